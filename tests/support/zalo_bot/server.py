"""The emulated platform as a whole: the Bot API on one address, media on another."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from bot.clock import Clock, MovableClock
from tests.support.ban import Ban
from tests.support.zalo_bot.account import JSON, BotAccount, Chats, MessageIds, Quota
from tests.support.zalo_bot.methods import Methods, Refused
from tests.support.zalo_bot.phone import Phone
from tests.support.zalo_bot.updates import Updates
from tests.support.zalo_wire.faults import Faults
from tests.support.zalo_wire.host import Site
from tests.support.zalo_wire.media import MediaHost

DESCRIPTIONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    408: "Request timeout",
    429: "Quota exceeded",
}


@dataclass(frozen=True)
class Call:
    """One call of the product; `error` is the code it was answered with, 0 for none."""

    method: str
    given: JSON
    error: int


class ZaloBot:
    """`async with ZaloBot() as bot`. Everything it knows about time comes from `clock`."""

    def __init__(
        self,
        account: BotAccount | None = None,
        clock: Clock | None = None,
        *,
        port: int = 0,
        media_port: int = 0,
    ) -> None:
        self.account = account or BotAccount()
        self.clock: Clock = clock or MovableClock()
        self.chats = Chats(self.account)
        self.quota = Quota(self.account, self.clock)
        self.ids = MessageIds()
        self.faults = Faults(sends=("/sendMessage", "/sendPhoto"), flooded=429)
        self.calls: list[Call] = []
        self.updates = Updates(self.account, self.clock)
        self.media = MediaHost(self.clock, media_port)
        self._sent = asyncio.Event()
        self._methods = Methods(self.account, self.chats, self.clock, self.quota, self.ids, self._tell)
        self._table = self._methods.table | self.updates.table
        app = web.Application(middlewares=[self.faults.middleware(self._ordered)])
        app.router.add_route("*", "/bot{token:[^/]*}/{method:.*}", self._handle)
        self._site = Site(app, port)

    @property
    def url(self) -> str:
        """Stands for https://bot-api.zaloplatforms.com."""
        return self._site.url

    async def __aenter__(self) -> Self:
        await self.updates.start()
        await self.media.start()
        await self._site.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._site.stop()
        await self.media.stop()
        await self.updates.stop()

    @property
    def ban(self) -> Ban | None:
        return self._methods.ban

    @ban.setter
    def ban(self, ban: Ban | None) -> None:
        self._methods.ban = ban

    @property
    def carrier(self) -> Updates:
        """What a bad day disturbs on the way to the product."""
        return self.updates

    def seconds(self) -> float:
        return self.clock.now().timestamp()

    def phone(self, name: str = "Nguyễn Thị Thử") -> Phone:
        """A new person."""
        return Phone(self, self.chats.new(name))

    async def wait_for_a_send(self) -> None:
        await self._sent.wait()

    async def _handle(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        given = await _parameters(request)
        try:
            if request.match_info["token"] != self.account.token:
                raise Refused(401, DESCRIPTIONS[401])
            method = self._table.get(name)
            if method is None:
                raise Refused(400, "Bad Request: unknown method")
            result = await method(given)
        except Refused as refused:
            self.calls.append(Call(name, given, refused.code))
            return self._error(refused.code, refused.description)
        self.calls.append(Call(name, given, 0))
        return self._answer({"ok": True, "result": result})

    def _ordered(self, _: web.Request, code: int, description: str) -> web.Response:
        return self._error(code, description or DESCRIPTIONS.get(code, "Error"))

    def _error(self, code: int, description: str) -> web.Response:
        body = {"ok": False, "error_code": code, "description": description}
        return self._answer(body, 200 if self.account.errors_over_200 else code)

    def _answer(self, body: JSON, status: int = 200) -> web.Response:
        response = web.json_response(body, status=status)
        if self.account.double_server_header:
            response.headers.add("Server", "edge")
            response.headers.add("Server", "bot-api")
        return response

    def _tell(self) -> None:
        self._sent.set()
        self._sent = asyncio.Event()


async def _parameters(request: web.Request) -> JSON:
    """From the query, and from a body that is JSON or a form."""
    given: JSON = dict(request.query)
    if request.content_type == "application/json" and request.body_exists:
        try:
            body: Any = json.loads(await request.read())
        except ValueError:
            body = None
        return given | body if isinstance(body, dict) else given
    return given | dict(await request.post())
