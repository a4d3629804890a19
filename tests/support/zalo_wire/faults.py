"""What goes wrong on the way, by order: the next N calls of a path meet a fault.

faults.drop_answer()                      # the call is carried out, the connection then breaks
faults.cut(where="upload")                # it breaks before anything is done
faults.delay(3.0, times=2)                # the answer comes late
faults.status(503, where="message")       # an answer of some proxy, not JSON
faults.garbage()                          # HTTP 200, but no JSON of the platform
faults.error(-32, times=50)               # any error code of the platform, in its own form
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.support.bad_day import Kind as Bad
from tests.support.bad_day import Weather, chat_of

Kind = Literal["drop", "cut", "delay", "status", "garbage", "error"]
Render = Callable[[web.Request, int, str], web.StreamResponse]

GARBAGE = '{"error":0,"mess'
GATEWAY_PAGE = "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"


@dataclass
class Fault:
    kind: Kind
    where: str
    left: int
    seconds: float = 0.0
    code: int = 0
    text: str = ""
    accept: bool = False
    """Garbage after the call was carried out."""


class Faults:
    """First ordered, first met. `where` is a part of the path; empty means any call.

    `sends`: ends of the paths that send something; `flooded`: the platform's code for too many of them.
    """

    def __init__(self, sends: Collection[str] = (), flooded: int = 0) -> None:
        self.weather: Weather | None = None
        """Of a bad day: sends that no order fits meet it."""
        self._sends = tuple(sends)
        self._flooded = flooded
        self._waiting: list[Fault] = []

    def drop_answer(self, times: int = 1, where: str = "") -> None:
        self._waiting.append(Fault("drop", where, times))

    def cut(self, times: int = 1, where: str = "") -> None:
        self._waiting.append(Fault("cut", where, times))

    def delay(self, seconds: float, times: int = 1, where: str = "") -> None:
        self._waiting.append(Fault("delay", where, times, seconds=seconds))

    def status(self, status: int = 503, times: int = 1, where: str = "", text: str = GATEWAY_PAGE) -> None:
        self._waiting.append(Fault("status", where, times, code=status, text=text))

    def garbage(self, times: int = 1, where: str = "", text: str = GARBAGE) -> None:
        self._waiting.append(Fault("garbage", where, times, text=text))

    def error(self, code: int, message: str = "", times: int = 1, where: str = "") -> None:
        self._waiting.append(Fault("error", where, times, code=code, text=message))

    def clear(self) -> None:
        self._waiting.clear()

    @property
    def pending(self) -> int:
        """Faults that no call has met yet."""
        return sum(fault.left for fault in self._waiting)

    def middleware(self, render: Render) -> Middleware:
        """`render` puts an ordered error code into the platform's own form."""

        @web.middleware
        async def meet(request: web.Request, handler: Handler) -> web.StreamResponse:
            fault = self._take(request.path) or await self._bad(request)
            if fault is None:
                return await handler(request)
            return await _act(fault, request, handler, render)

        return meet

    def _take(self, path: str) -> Fault | None:
        for fault in self._waiting:
            if fault.where in path:
                fault.left -= 1
                if fault.left <= 0:
                    self._waiting.remove(fault)
                return fault
        return None

    async def _bad(self, request: web.Request) -> Fault | None:
        if self.weather is None or not request.path.endswith(self._sends):
            return None
        match self.weather.call(await _chat(request)):
            case Bad.DROPPED:
                return Fault("drop", "", 0)
            case Bad.GARBLED:
                return Fault("garbage", "", 0, text=GARBAGE, accept=True)
            case Bad.SLOW:
                return Fault("delay", "", 0, seconds=self.weather.slow_seconds)
            case Bad.STORM:
                return Fault("error", "", 0, code=self._flooded)
            case Bad.ERROR:
                return Fault("status", "", 0, code=503, text=GATEWAY_PAGE)
            case Bad.BROKEN:
                return Fault("cut", "", 0)
            case _:
                return None


async def _chat(request: web.Request) -> str:
    try:
        told = json.loads(await request.read())
    except ValueError:
        return ""
    return chat_of(told) if isinstance(told, dict) else ""


async def _act(fault: Fault, request: web.Request, handler: Handler, render: Render) -> web.StreamResponse:
    match fault.kind:
        case "error":
            return render(request, fault.code, fault.text)
        case "status":
            return web.Response(status=fault.code, text=fault.text, content_type="text/html")
        case "garbage":
            if fault.accept:
                await handler(request)
            return web.Response(text=fault.text, content_type="application/json")
        case "delay":
            answer = await handler(request)
            await asyncio.sleep(fault.seconds)
            return answer
        case "cut":
            return _hang_up(request)
        case "drop":
            await handler(request)
            return _hang_up(request)


def _hang_up(request: web.Request) -> web.StreamResponse:
    """The peer sees a connection that was reset; what is returned is never written."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
