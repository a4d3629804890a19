"""The CDN of the platform: files that people sent, under links that need no token and may expire."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass

from aiohttp import web

from bot.clock import Clock
from tests.support.zalo_wire.faults import Faults
from tests.support.zalo_wire.host import Site


@dataclass(frozen=True)
class Stored:
    data: bytes
    content_type: str
    until: dt.datetime | None


class MediaHost:
    """`put` gives the link. `lifetime` is that of links made from now on; None: they stay."""

    def __init__(self, clock: Clock, port: int = 0) -> None:
        self.lifetime: dt.timedelta | None = None
        self.faults = Faults()
        self.fetched: list[str] = []
        self._clock = clock
        self._files: dict[str, Stored] = {}
        self._numbers = itertools.count(1)
        app = web.Application(middlewares=[self.faults.middleware(_refuse)])
        app.router.add_get("/{key}/{name}", self._serve)
        self._site = Site(app, port)

    @property
    def url(self) -> str:
        return self._site.url

    async def start(self) -> None:
        await self._site.start()

    async def stop(self) -> None:
        await self._site.stop()

    def put(self, data: bytes, name: str, content_type: str) -> str:
        key = f"{next(self._numbers):08x}"
        until = None if self.lifetime is None else self._clock.now() + self.lifetime
        self._files[key] = Stored(data, content_type, until)
        return f"{self.url}/{key}/{name}"

    async def _serve(self, request: web.Request) -> web.Response:
        self.fetched.append(request.path)
        stored = self._files.get(request.match_info["key"])
        if stored is None:
            raise web.HTTPNotFound
        if stored.until is not None and self._clock.now() >= stored.until:
            raise web.HTTPForbidden(text="link expired")
        return web.Response(body=stored.data, content_type=stored.content_type)


def _refuse(_: web.Request, code: int, message: str) -> web.Response:
    return web.Response(status=code, text=message)
