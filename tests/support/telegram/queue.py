"""Updates that wait for the bot, and the long poll that fetches them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tests.support.bad_day import Weather
from tests.support.telegram.wire import Json, Refusal

LIFETIME = 24 * 3600
LONGEST_POLL = 50
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
BY_WEBHOOK = "Conflict: terminated by setWebhook request"


@dataclass(eq=False)
class Pending:
    """`line`: updates of one line reach a webhook in order."""

    id: int
    body: Json
    line: int
    expires_at: float


class Changes:
    """Wakes everyone who waits for anything to happen."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, seconds: float | None) -> None:
        try:
            await asyncio.wait_for(self._next.wait(), seconds)
        except TimeoutError:
            return


class UpdateQueue:
    """`repeat`: how many times each following update is delivered. `refused` counts what `allowed_updates`
    held back. `listener` is told of every update as it comes: the webhook."""

    def __init__(self, now: Callable[[], float], changes: Changes) -> None:
        self.now = now
        self.changes = changes
        self.pending: dict[Pending, None] = {}
        self.allowed: list[str] = []
        self.next_id = 100_000_001
        self.repeat = 1
        self.refused = 0
        self.listener: Callable[[Pending], None] | None = None
        self.weather: Weather | None = None
        """Of a bad day: events come repeated, late, in another order."""
        self._poller: asyncio.Future[str] | None = None
        self._held: list[Pending] | None = None

    def add(self, kind: str, payload: Json, line: int) -> int:
        """Its number. An update of a kind that the bot did not ask for is dropped, as there."""
        number = self.next_id
        self.next_id += 1
        if kind not in self.allowed and (self.allowed or kind in NOT_BY_DEFAULT):
            self.refused += 1
            return number
        for _ in range(self.repeat):
            made = Pending(number, {"update_id": number, kind: payload}, line, self.now() + LIFETIME)
            if self._held is not None:
                self._held.append(made)
            elif self.weather is not None:
                for one in self.weather.arriving(str(line), made):
                    self._enter(replace(one))
            else:
                self._enter(made)
        return number

    async def clear_up(self) -> None:
        weather, self.weather = self.weather, None
        for one in weather.held() if weather else []:
            self._enter(one)

    def _enter(self, made: Pending) -> None:
        self.pending[made] = None
        if self.listener is not None:
            self.listener(made)
        self.changes.tell()

    @contextmanager
    def shuffled(self, seed: int = 1) -> Iterator[None]:
        """What happens inside reaches the bot afterwards, in another order, with the numbers it had."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            random.Random(seed).shuffle(held)
            for one in held:
                one.line = one.id
                self._enter(one)

    def live(self) -> list[Pending]:
        """The oldest first; what nobody fetched for a day is gone."""
        self._keep(lambda one: one.expires_at > self.now())
        return list(self.pending)

    def _keep(self, wanted: Callable[[Pending], bool]) -> None:
        self.pending = {one: None for one in self.pending if wanted(one)}

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Json]:
        """getUpdates: confirms what is below `offset`, then waits for at least one."""
        if self.listener is not None:
            raise Refusal(409, WEBHOOK_ACTIVE)
        self.interrupt(OTHER_POLLER)
        if offset < 0:
            self.pending = dict.fromkeys(list(self.pending)[offset:])
        elif offset > 0:
            self._keep(lambda one: one.id >= offset)
        if not self.live() and timeout > 0:
            await self._wait(min(timeout, LONGEST_POLL))
        return [one.body for one in self.live()[: min(max(limit, 1), 100)]]

    async def _wait(self, seconds: float) -> None:
        mine = self._poller = asyncio.get_running_loop().create_future()
        end = asyncio.get_running_loop().time() + seconds
        try:
            while not self.live() and not mine.done():
                left = end - asyncio.get_running_loop().time()
                if left <= 0:
                    return
                await self.changes.wait(left)
            if mine.done():
                raise Refusal(409, mine.result())
        finally:
            if self._poller is mine:
                self._poller = None

    def interrupt(self, reason: str) -> None:
        """Ends the poll that is waiting now, if any, with a conflict."""
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(reason)
            self._poller = None
            self.changes.tell()
