"""Posts events at the product's webhooks as platforms do: each until it gets its 200, a person's in order."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
import msgspec

from scripts.faults.bodies import Bodies, Request
from scripts.faults.plan import Event, Plan

IN_FLIGHT = 24
"""Requests at the same time, of all people together."""
ANSWER_SECONDS = 5.0
REST_SECONDS = 4.0
"""For which an address is left alone that gave no answer in time, as a proxy does."""
PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Before each further try. Platforms wait longer, but so each fall of the product meets more of them."""


class Posted(msgspec.Struct):
    """What the platform knows of an event. Seconds since 1970."""

    number: int
    first_at: float
    accepted_at: float = 0.0
    """When the first 200 came, also one for a repeat; 0: none did."""
    took: float = 0.0
    """Seconds that the try took which was answered so."""
    tries: int = 0
    spooled: bool = False
    """It lay in the spool when the 200 came."""
    copies: int = 0
    """How many repeats got a 200."""
    statuses: list[int] = msgspec.field(default_factory=list)
    """Answers other than 200; 0: the connection broke or no answer came."""


class Sender:
    def __init__(
        self,
        plan: Plan,
        bodies: Bodies,
        addresses: list[str],
        note: Callable[[Event, int, float], None],
        before_leaving: Callable[[Event], Awaitable[None]],
        spooled: Callable[[Event], bool],
    ) -> None:
        """`note` tells the platform of an event before the product hears of it; `spooled`: whether the spool
        holds something of the event's chat."""
        self._plan = plan
        self._bodies = bodies
        self._addresses = dict.fromkeys(addresses, 0.0)
        """Until when each is left alone."""
        self._turn = itertools.count()
        self._note = note
        self._before_leaving = before_leaving
        self._spooled = spooled
        self._events = {event.number: event for event in plan.events}
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._late: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self.posted = {event.number: Posted(event.number, 0.0) for event in plan.events}
        self.accepted = 0
        self._requests: dict[int, Request] = {}

    async def run(self) -> None:
        """Until every event and every repeat has its 200."""
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=4)
        limit = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(connector=connector, timeout=limit) as self._session:
            self._began = time.monotonic()
            people = self._plan.people().values()
            try:
                await asyncio.gather(*(self._person(said) for said in people))
                while self._late:
                    await asyncio.wait(self._late)
            finally:
                for task in self._late:
                    task.cancel()

    async def reach(self, count: int) -> None:
        """Waits until so many events are accepted."""
        while self.accepted < count:
            self._news.clear()
            await self._news.wait()

    async def once_more(self, numbers: list[int]) -> None:
        """The same bytes again, long after."""
        limit = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(timeout=limit) as self._session:
            await asyncio.gather(*(self._again(number) for number in numbers))

    async def _person(self, said: list[Event]) -> None:
        behind = 0.0  # who had to wait for an answer keeps the pauses between their messages
        for event in said:
            await self._until(event.due + behind)
            behind = max(behind, time.monotonic() - self._began - event.due)
            await self._first(event)

    async def _until(self, due: float) -> None:
        left = due - (time.monotonic() - self._began)
        if left > 0:
            await asyncio.sleep(left)

    async def _first(self, event: Event) -> None:
        now = time.time()
        posted = self.posted[event.number]
        posted.first_at = now
        self._note(event, self._plan.space * 1_000_000 + event.number, now)
        self._requests[event.number] = self._bodies.request(event, now)
        if event.kind == "leave":
            await self._before_leaving(event)
        for delay in event.repeats:
            self._soon(self._repeat(event, delay))
        posted.took, posted.tries = await self._post(event.number)
        self.accepted += 1
        self._news.set()
        if not event.repeats:
            del self._requests[event.number]

    async def _repeat(self, event: Event, delay: float) -> None:
        await asyncio.sleep(delay)
        await self._again(event.number)

    async def _again(self, number: int) -> None:
        await self._post(number)
        self.posted[number].copies += 1

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _post(self, number: int) -> tuple[float, int]:
        """Until it is answered with 200: how long that try took, and which it was."""
        posted = self.posted[number]
        for tries in itertools.count(1):
            async with self._slots:
                began = time.monotonic()
                status = await self._try(self._requests[number])
                took = time.monotonic() - began
            if status == 200:
                self._answered(number)
                return took, tries
            posted.statuses.append(status)
            await asyncio.sleep(PAUSES[min(tries, len(PAUSES)) - 1])
        raise AssertionError("counting ends")

    def _answered(self, number: int) -> None:
        posted = self.posted[number]
        if not posted.accepted_at:
            posted.accepted_at = time.time()
            posted.spooled = self._spooled(self._events[number])

    async def _try(self, request: Request) -> int:
        address = self._address()
        try:
            async with self._session.post(
                address + request.path, data=request.body, headers=request.headers
            ) as answer:
                await answer.read()
                return answer.status
        except TimeoutError:
            self._addresses[address] = time.monotonic() + REST_SECONDS
        except (aiohttp.ClientError, OSError):
            self._addresses[address] = time.monotonic() + PAUSES[0]
        return 0

    def _address(self) -> str:
        """One after the other, of those that are not left alone; of all where there is none."""
        now = time.monotonic()
        awake = [address for address, until in self._addresses.items() if until <= now]
        among = awake or list(self._addresses)
        return among[next(self._turn) % len(among)]
