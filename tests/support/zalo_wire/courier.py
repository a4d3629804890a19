"""Carries webhook events to the product: a limit of time, retries, repeats, a changed order.

courier.url = "http://127.0.0.1:8000/channels/zalo-oa"
courier.scale = 0.001          # waits between tries: 30 s become 30 ms
courier.copies = 2             # every event arrives twice
courier.hold(); ...; await courier.release(reverse=True)
await courier.repeat(courier.deliveries[-1])
await courier.settle()         # nothing is under way any more, retries included
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.support.bad_day import Weather, chat_of

OK = 200


@dataclass(frozen=True)
class Attempt:
    """One POST: `status` is None when no answer came, and `reason` says why."""

    status: int | None
    seconds: float
    reason: str = ""


@dataclass
class Delivery:
    """An event on its way: the same bytes in every attempt."""

    event: dict[str, Any]
    raw: bytes
    headers: dict[str, str]
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        return any(attempt.status == OK for attempt in self.attempts)


class Courier:
    """`pauses`: seconds before each retry. After the last it is `enabled` no more, if it `ends_for_good`."""

    def __init__(
        self,
        pauses: Sequence[float],
        answer_within: float,
        retry_header: str | None = None,
        *,
        ends_for_good: bool = True,
    ) -> None:
        self.url: str | None = None
        self.enabled = True
        self.scale = 1.0
        self.copies = 1
        self.answer_within = answer_within
        self.retries_answers = True
        """Whether an answer other than 200, or none in time, is tried again; a broken connection is."""
        self.deliveries: list[Delivery] = []
        self.weather: Weather | None = None
        """Of a bad day: events come repeated, late, in another order."""
        self._pauses = tuple(pauses)
        self._retry_header = retry_header
        self._ends_for_good = ends_for_good
        self._session: aiohttp.ClientSession | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._held: list[Delivery] | None = None

    async def start(self) -> None:
        # A connection kept open would make the restart of a product look like a lost event.
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))

    async def stop(self) -> None:
        for task in tuple(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def carry(self, event: dict[str, Any], raw: bytes, headers: Mapping[str, str]) -> Delivery:
        """Returns after the first attempt; retries go on by themselves."""
        delivery = Delivery(event, raw, dict(headers))
        self.deliveries.append(delivery)
        if self._held is not None:
            self._held.append(delivery)
        elif self.weather is not None:
            for one in self.weather.arriving(chat_of(event), delivery):
                await self._deliver(one)
        else:
            await self._deliver(delivery)
        return delivery

    async def clear_up(self) -> None:
        weather, self.weather = self.weather, None
        for delivery in weather.held() if weather else []:
            await self._deliver(delivery)

    def hold(self) -> None:
        """Events wait for `release`."""
        self._held = []

    async def release(self, *, reverse: bool = False, at_once: bool = False) -> None:
        """What was held goes out, one after another or all at the same time."""
        held, self._held = self._held or [], None
        if reverse:
            held.reverse()
        if at_once:
            await asyncio.gather(*(self._deliver(delivery) for delivery in held))
            return
        for delivery in held:
            await self._deliver(delivery)

    async def repeat(self, delivery: Delivery) -> int | None:
        """The same bytes once more; the status of the answer."""
        return await self.post(delivery.raw, delivery.headers)

    async def post(self, raw: bytes, headers: Mapping[str, str]) -> int | None:
        """One POST of anything at all; the status of the answer, None without one."""
        return (await self._try(raw, headers)).status

    async def settle(self) -> None:
        while self._under_way:
            await asyncio.gather(*tuple(self._under_way), return_exceptions=True)

    def background(self, work: Coroutine[Any, Any, Any]) -> None:
        async def run() -> None:
            await work

        task = asyncio.create_task(run())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, delivery: Delivery) -> None:
        if self.url is None or not self.enabled:
            return
        for _ in range(self.copies):
            attempt = await self._try(delivery.raw, delivery.headers)
            delivery.attempts.append(attempt)
        if not delivery.accepted and self._worth_a_retry(attempt):
            self.background(self._retry(delivery))

    async def _retry(self, delivery: Delivery) -> None:
        for number, pause in enumerate(self._pauses, start=1):
            await asyncio.sleep(pause * self.scale)
            again = {self._retry_header: str(number)} if self._retry_header else {}
            attempt = await self._try(delivery.raw, {**delivery.headers, **again})
            delivery.attempts.append(attempt)
            if attempt.status == OK:
                return
        self.enabled = not self._ends_for_good

    def _worth_a_retry(self, attempt: Attempt) -> bool:
        return self.retries_answers or attempt.reason == "connection"

    async def _try(self, raw: bytes, headers: Mapping[str, str]) -> Attempt:
        if self._session is None or self.url is None:
            raise RuntimeError("the emulator is not running, or its webhook has no url")
        began = time.monotonic()
        limit = aiohttp.ClientTimeout(total=self.answer_within)
        try:
            async with self._session.post(self.url, data=raw, headers=headers, timeout=limit) as answer:
                await answer.read()
                return Attempt(answer.status, time.monotonic() - began)
        except TimeoutError:
            return Attempt(None, time.monotonic() - began, "too slow")
        except aiohttp.ClientError:
            return Attempt(None, time.monotonic() - began, "connection")
