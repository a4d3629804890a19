"""The emulated platform as a whole: one address for openapi and oauth, one more for media."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.clock import Clock, MovableClock
from tests.support.ban import Ban
from tests.support.zalo_oa.account import JSON, PER_MINUTE, Account, MessageIds, People, Person, Sent
from tests.support.zalo_oa.assets import Assets
from tests.support.zalo_oa.errors import MESSAGES, Refused
from tests.support.zalo_oa.events import Events
from tests.support.zalo_oa.oauth import OAuth
from tests.support.zalo_oa.phone import Phone, Visitor
from tests.support.zalo_oa.reading import Reading, question
from tests.support.zalo_oa.sending import Sending
from tests.support.zalo_oa.shape import Shape, Shapes
from tests.support.zalo_oa.webhook import Webhook
from tests.support.zalo_wire.faults import Faults
from tests.support.zalo_wire.host import Site
from tests.support.zalo_wire.media import MediaHost

NO_PACKAGE = 100
"""Calls a minute that are told to an OA without OpenAPI; each answers -224 anyway."""


@dataclass(frozen=True)
class Call:
    """One call of the product, and the `error` it was answered with (None: none was readable)."""

    method: str
    path: str
    error: int | None
    body: JSON | None = None


class ZaloOA:
    """`async with ZaloOA() as oa`. Everything it knows about time comes from `clock`."""

    def __init__(
        self,
        account: Account | None = None,
        clock: Clock | None = None,
        *,
        webhook_url: str | None = None,
        port: int = 0,
        media_port: int = 0,
    ) -> None:
        self.account = account or Account()
        self.clock: Clock = clock or MovableClock()
        self.people = People()
        self.ids = MessageIds()
        self.faults = Faults(sends=("/v3.0/oa/message/cs", "/v2.0/oa/message"), flooded=-32)
        self.calls: list[Call] = []
        self.events = Events(self.account, self.clock)
        self.webhook = Webhook(self.account)
        self.webhook.url = webhook_url
        self.media = MediaHost(self.clock, media_port)
        self.oauth = OAuth(self.account, self.clock)
        self.assets = Assets(self.clock)
        self._reading = Reading(self.account, self.people, self.clock)
        shapes = Shapes(self.assets)
        self._sending = Sending(self.account, self.people, self.ids, self.clock, shapes, self._deliver)
        self.ban: Ban | None = None
        """Of calls, whatever they ask for."""
        self._recent: deque[float] = deque()
        self._sent = asyncio.Event()
        self._site = Site(self._app(), port)

    @property
    def url(self) -> str:
        """Stands for https://openapi.zalo.me and for https://oauth.zaloapp.com."""
        return self._site.url

    async def __aenter__(self) -> Self:
        await self.webhook.start()
        await self.media.start()
        await self._site.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._site.stop()
        await self.media.stop()
        await self.webhook.stop()

    @property
    def carrier(self) -> Webhook:
        """What a bad day disturbs on the way to the product."""
        return self.webhook

    def seconds(self) -> float:
        return self.clock.now().timestamp()

    def phone(self, name: str = "Nguyễn Thị Thử") -> Phone:
        """A new person."""
        return Phone(self, self.people.new(name))

    def visitor(self) -> Visitor:
        """Somebody who is not logged in, at the widget of a website."""
        return Visitor(self, self.people.visitor())

    async def admin_says(self, phone: Phone, text: str, admin_id: str = "3000000000000000001") -> None:
        """A human writes to the person in OA chat; the product hears of it by webhook."""
        message_id = self.ids.next()
        phone.person.inbox.append(Sent(message_id, "text", text, self.clock.now()))
        message = {"msg_id": message_id, "text": text}
        await self.webhook.emit(self.events.from_oa(phone.person, "oa_send_text", message, admin_id))

    async def wait_for_a_send(self) -> None:
        await self._sent.wait()

    # --- the application ------------------------------------------------------------

    def _app(self) -> web.Application:
        app = web.Application(
            middlewares=[self._record, self.faults.middleware(self._ordered), self._unknown],
            client_max_size=16 * 1024 * 1024,
        )
        read, send = self._reading, self._sending
        app.router.add_get("/v4/oa/permission", self.oauth.permission_page)
        app.router.add_post("/v4/oa/access_token", self.oauth.token_endpoint)
        app.router.add_post("/v3.0/oa/message/cs", self._post(send.v3))
        app.router.add_post("/v2.0/oa/message", self._post(send.v2))
        app.router.add_post("/v2.0/oa/upload/{kind:image|gif|file}", self._api(self.assets.upload))
        app.router.add_get("/v2.0/oa/getoa", self._get(read.getoa))
        app.router.add_get("/v3.0/oa/user/detail", self._get(read.user_detail))
        app.router.add_get("/v3.0/oa/user/getlist", self._get(read.user_list))
        app.router.add_get("/v2.0/oa/tag/gettagsofoa", self._get(read.tags))
        for path, reader in (
            ("/v3.0/oa/quota/message", read.quota),
            ("/v2.0/oa/tag/tagfollower", read.tag),
            ("/v2.0/oa/tag/rmfollowerfromtag", read.untag),
            ("/v2.0/oa/deletefollowerinfo", read.forget),
        ):
            app.router.add_post(path, self._post(_soon(reader)))
        return app

    def _api(self, work: Callable[[web.Request], Awaitable[JSON]]) -> Handler:
        """Token, rate and package stand before every call; errors are answered over HTTP 200."""

        async def handle(request: web.Request) -> web.StreamResponse:
            limit, remain = self._count()
            try:
                self._admit(request, remain)
                body = await work(request)
            except Refused as refused:
                body = {"error": refused.code, "message": refused.message}
            return self._answer(body, limit, max(remain, 0))

        return handle

    def _get(self, work: Callable[[JSON], JSON]) -> Handler:
        async def read(request: web.Request) -> JSON:
            return work(question(request))

        return self._api(read)

    def _post(self, work: Callable[[JSON], Awaitable[JSON]]) -> Handler:
        async def write(request: web.Request) -> JSON:
            try:
                body = json.loads(await request.read())
            except ValueError:
                body = None
            if request.content_type != "application/json" or not isinstance(body, dict):
                raise Refused(-201, "body is invalid")
            return await work(body)

        return self._api(write)

    def _admit(self, request: web.Request, remain: int) -> None:
        code = self.oauth.judge(request.headers.get("access_token"))
        if code:
            raise Refused(code)
        if remain < 0 or (self.ban is not None and not self.ban.admits()):
            raise Refused(-32)
        if self.account.package not in PER_MINUTE:
            raise Refused(-224)
        if self.account.refuses is not None:
            raise Refused(self.account.refuses)

    def _count(self) -> tuple[int, int]:
        """Calls allowed within 60 seconds, and how many are left after this one (negative: none was)."""
        limit = self.account.per_minute or PER_MINUTE.get(self.account.package, NO_PACKAGE)
        now = self.clock.now().timestamp()
        while self._recent and now - self._recent[0] >= 60:
            self._recent.popleft()
        if len(self._recent) >= limit:
            return limit, -1
        self._recent.append(now)
        return limit, limit - len(self._recent)

    def _answer(self, body: JSON, limit: int, remain: int) -> web.Response:
        response = web.json_response(body)
        response.headers["X-RateLimit-Limit"] = str(limit)
        response.headers["X-RateLimit-Remain"] = str(remain)
        return response

    def _ordered(self, request: web.Request, code: int, message: str) -> web.Response:
        if request.path.startswith("/v4/"):
            return self.oauth.failure(code, message)
        limit = self.account.per_minute or PER_MINUTE.get(self.account.package, NO_PACKAGE)
        remain = 0 if code == -32 else max(limit - len(self._recent), 0)
        return self._answer(
            {"error": code, "message": message or MESSAGES.get(code, "Unknown error")}, limit, remain
        )

    @web.middleware
    async def _record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        body = await _json(request)
        response: web.StreamResponse | None = None
        try:
            response = await handler(request)
            return response
        finally:
            self.calls.append(Call(request.method, request.path, _error(response), body))

    @web.middleware
    async def _unknown(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
            text = "You are accessing an empty or invalid API"
            return web.json_response({"error": 404, "message": text}, status=404)

    # --- what a send brings about ------------------------------------------------------------

    async def _deliver(self, person: Person, sent: Sent, shape: Shape) -> None:
        person.inbox.append(sent)
        self._sent.set()
        self._sent = asyncio.Event()
        prefix = "oa_send_anonymous" if person.id in self.people.visitors else "oa_send"
        echo = self.events.from_oa(person, f"{prefix}_{_echo_kind(sent)}", _echo(sent))
        if self.account.echo_before_answer:
            await self.webhook.emit(echo)
        else:
            self.webhook.background(self.webhook.emit(echo))
        if self.account.receipts:
            self.webhook.background(self.webhook.emit(self.events.received(person, sent.message_id)))


def _soon(work: Callable[[JSON], JSON]) -> Callable[[JSON], Awaitable[JSON]]:
    async def run(body: JSON) -> JSON:
        return work(body)

    return run


def _echo_kind(sent: Sent) -> str:
    return "template" if sent.kind == "request_user_info" else sent.kind


def _echo(sent: Sent) -> JSON:
    message: JSON = {"msg_id": sent.message_id, "text": sent.text}
    if sent.kind != "text":
        message["attachments"] = [{"type": sent.kind, "payload": {"url": sent.url or ""}}]
    return message


async def _json(request: web.Request) -> JSON | None:
    if request.content_type != "application/json" or not request.can_read_body:
        return None
    try:
        body: Any = json.loads(await request.read())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _error(response: web.StreamResponse | None) -> int | None:
    if not isinstance(response, web.Response) or response.text is None:
        return None
    try:
        body = json.loads(response.text)
    except ValueError:
        return None
    error = body.get("error", 0) if isinstance(body, dict) else None
    return error if isinstance(error, int) else None
