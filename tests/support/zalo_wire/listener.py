"""Stands where the product's webhook would: keeps what came, answers as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from tests.support.zalo_wire.host import Site


@dataclass(frozen=True)
class Heard:
    raw: bytes
    headers: Mapping[str, str]

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


class Listener:
    """`statuses`: of the next answers; 200 when there are none. `pause`: seconds before each answer."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.statuses: list[int] = []
        self.pause = 0.0
        app = web.Application()
        app.router.add_post("/hook", self._hear)
        self._site = Site(app)

    @property
    def url(self) -> str:
        return f"{self._site.url}/hook"

    @property
    def last(self) -> Heard:
        return self.heard[-1]

    async def __aenter__(self) -> Self:
        await self._site.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._site.stop()

    async def _hear(self, request: web.Request) -> web.Response:
        self.heard.append(Heard(await request.read(), dict(request.headers)))
        await asyncio.sleep(self.pause)
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)
