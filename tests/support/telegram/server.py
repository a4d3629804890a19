"""The server: one bot, one address on this machine, and everything a test wants to look at or to disturb."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.support.ban import Ban
from tests.support.telegram import methods, profile, receiving
from tests.support.telegram.chats import Chat, Chats
from tests.support.telegram.faults import Fault, Faults
from tests.support.telegram.groups import add_group
from tests.support.telegram.phone import Phone
from tests.support.telegram.profile import Profile
from tests.support.telegram.queue import Changes, UpdateQueue
from tests.support.telegram.rates import Rates
from tests.support.telegram.webhook import Webhook
from tests.support.telegram.wire import Json, Parameters, Refusal, as_text, read_parameters

TOKEN = "100000001:emulated-no-real-bot"
USERNAME = "ntd_emulated_bot"
METHODS = {
    name.lower(): (name, run) for name, run in (methods.METHODS | receiving.METHODS | profile.METHODS).items()
}
BODY_LIMIT = 64 * 1024 * 1024
Found = TypeVar("Found")


class Described:
    """A result that comes with a sentence."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence


@dataclass(frozen=True)
class Call:
    """One call of a bot. `answer`: what the platform would say, also when a fault kept it back."""

    method: str
    values: dict[str, str]
    answered: bytes
    at: float

    @property
    def answer(self) -> Json:
        body: Json = json.loads(self.answered)
        return body

    @property
    def accepted(self) -> bool:
        return bool(self.answer["ok"])


class TelegramEmulator:
    """`now`: the platform's clock. `webhook_pace`: the waits between repeats are multiplied by it.
    `privacy`: in groups the bot sees only what is meant for it, as is usual."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        port: int = 0,
        webhook_pace: float = 1.0,
        privacy: bool = True,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.token = token
        self.privacy = privacy
        self.now = now
        self.bot: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Emulated bot",
            "username": USERNAME,
        }
        self.changes = Changes()
        self.chats = Chats(self.bot, now)
        self.updates = UpdateQueue(now, self.changes)
        self.webhook = Webhook(self.updates, self._call_from_webhook, pace=webhook_pace)
        self.profile = Profile()
        self.faults = Faults()
        self.rates: Rates | None = None
        self.ban: Ban | None = None
        self.calls: list[Call] = []
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """What a bot uses instead of the official address."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def settings(self) -> dict[str, str]:
        """What the product needs in its environment to be this bot."""
        return {"TELEGRAM_BOT_TOKEN": self.token, "TELEGRAM_API_URL": self.url}

    @property
    def carrier(self) -> UpdateQueue:
        """What a bad day disturbs on the way to the bot."""
        return self.updates

    def seconds(self) -> float:
        return self.now()

    async def start(self) -> None:
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_route("*", "/bot{token}/{method}", self._serve_call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)
        app.router.add_route("*", "/{rest:.*}", self._serve_nothing)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Also ends waiting polls and deliveries. Can be started again, on the same port."""
        await self.webhook.stop()
        self.updates.interrupt("Conflict: terminated by shutdown")
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def phone(self, first_name: str = "Lan", *, phone: str = "84900000001", **details: Any) -> Phone:
        """A person with this app, who has not written to the bot yet. `details`: fields of `User`."""
        return Phone(self, self.chats.new_person(first_name, phone=phone, **details))

    def group(self, title: str, by: Phone, *, supergroup: bool = False) -> Chat:
        """A group to which the person `by` has just added the bot; more in `groups.py`."""
        return add_group(self, title, by, supergroup=supergroup)

    def sent(self, method: str | None = None) -> list[Call]:
        """The calls so far, all or of one method."""
        return [call for call in self.calls if method in (None, call.method)]

    async def until(self, look: Callable[[], Found | None], within: float = 10.0) -> Found:
        """Waits until `look` finds something; a TimeoutError when it does not in time."""
        end = asyncio.get_running_loop().time() + within
        while (found := look()) is None or found is False:
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                raise TimeoutError(f"nothing came within {within} s")
            await self.changes.wait(left)
        return found

    def described(self, sentence: str) -> Described:
        return Described(sentence)

    async def _serve_nothing(self, request: web.Request) -> web.Response:
        return _answer({"ok": False, "error_code": 404, "description": "Not Found"})

    def _check_token(self, token: str) -> None:
        if not re.fullmatch(r"[1-9]\d{0,15}:[\w-]+", token, re.ASCII):
            raise Refusal(404, "Not Found")
        if token != self.token:
            raise Refusal(401, "Unauthorized")

    async def _serve_call(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request.match_info["token"])
            name, _ = METHODS.get(request.match_info["method"].lower(), ("", None))
            if not name:
                raise Refusal(404, "Not Found: method not found")
            given = await read_parameters(request)
        except Refusal as refused:
            return _answer(refused.as_json())
        except web.HTTPRequestEntityTooLarge:
            return _answer(Refusal(413, "Request Entity Too Large").as_json())
        fault = self.faults.take(name, given.values)
        answer = await self._run(name, given, fault)
        return await self._hand_over(request, answer, fault)

    async def _run(self, name: str, given: Parameters, fault: Fault | None = None) -> Json:
        _, run = METHODS[name.lower()]
        try:
            if fault is not None and fault.refusal is not None:
                raise fault.refusal
            if fault is not None and not fault.accept:
                raise Refusal(500, "Internal Server Error")
            result = await run(self, given)
            answer: Json = {"ok": True, "result": result}
            if isinstance(result, Described):
                answer = {"ok": True, "result": True, "description": result.sentence}
        except Refusal as refused:
            answer = refused.as_json()
        self.calls.append(Call(name, given.values, json.dumps(answer).encode(), self.now()))
        self.changes.tell()
        return answer

    async def _hand_over(self, request: web.Request, answer: Json, fault: Fault | None) -> web.StreamResponse:
        if fault is None:
            return _answer(answer)
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.close:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if fault.body is not None:
            kind = "text/html" if fault.body.startswith(b"<") else "application/json"
            return web.Response(body=fault.body, status=fault.status, content_type=kind)
        return _answer(answer)

    async def _call_from_webhook(self, call: Json) -> None:
        name = str(call.get("method", "")).lower()
        if name in METHODS and not name.startswith("get") and name not in {"setwebhook", "deletewebhook"}:
            await self._run(METHODS[name][0], Parameters(as_text(call)))

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request.match_info["token"])
            found = self.chats.at_path(request.match_info["path"])
            fault = self.faults.take("file", {})
            if found is None:
                raise Refusal(404, "Not Found")
        except Refusal as refused:
            return _answer(refused.as_json())
        if fault is not None:
            return await self._hand_over(request, {"ok": False, "error_code": 500}, fault)
        return web.Response(body=found.data, content_type="application/octet-stream")


def _answer(body: Json) -> web.Response:
    return web.json_response(body, status=200 if body["ok"] else body["error_code"])
