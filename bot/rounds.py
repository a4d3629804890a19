"""The rounds of a worker: it looks for what is due, begins it, and looks again when some of it has ended,
when somebody tells of more, or after a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.storage.database import out_of_reach
from bot.storage.listen import Listener

_T = TypeVar("_T")

log = structlog.get_logger(__name__)


class Rounds:
    def __init__(self, trouble: str) -> None:
        """`trouble`: what the log calls a piece of work that failed."""
        self._trouble = trouble
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Pieces of work under way."""
        return len(self._tasks)

    def wake(self) -> None:
        self._wake.set()

    def start(self, work: Awaitable[None]) -> None:
        """In the background; when it has ended the next look is due."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def quietly(self, work: Awaitable[_T]) -> _T | None:
        """The rows stay where they are, so a failure here delays them and loses nothing."""
        try:
            return await work
        except Exception as error:
            log.warning(self._trouble, error=type(error).__name__, exc_info=not out_of_reach(error))
            return None

    async def run(
        self,
        look: Callable[[], Awaitable[int]],
        stop: asyncio.Event,
        pause: Callable[[int], float],
        listener: Listener | None,
        topic: str,
    ) -> None:
        """Looks until `stop` is set, then waits for what was begun. `look` tells how much it has begun,
        `pause` how many seconds to wait after so many looks in vain; `listener` wakes by news of `topic`."""
        heard = asyncio.create_task(self._hear(listener, topic)) if listener else None
        idle = 0
        try:
            while not stop.is_set():
                self._wake.clear()
                idle = 0 if await self.quietly(look()) else idle + 1
                await self._rest(stop, pause(idle))
        finally:
            if heard:
                heard.cancel()
            await self.drain()

    async def drain(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _rest(self, stop: asyncio.Event, seconds: float) -> None:
        waits = [asyncio.create_task(stop.wait()), asyncio.create_task(self._wake.wait())]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _hear(self, listener: Listener, topic: str) -> None:
        with listener.subscribe(topic) as news:
            async for _ in news:
                self._wake.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()
