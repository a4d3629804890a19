"""How fast a platform may be sent to, as its channel declares it, and the count of it within one process.

The rule is GCRA, the leaky bucket as a meter: one number a key, the moment up to which the rate is used up.
Unlike a window it sends evenly, and it can say when there is room again. `shared_rates` has it in Redis.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Literal

import msgspec

MARGIN = 0.9
"""Of the platform's rate: on the way to it, and by its clock, a second can be shorter than ours."""

_MANY = 10_000

Lane = Literal["talk", "bulk"]


class Pacing(msgspec.Struct, frozen=True):
    """A platform's limits, as it publishes them.

    At most `amount` sends within any `seconds`, to all chats together; `kept` of these are left for bursts,
    of talk before bulk. To one chat at most `chat_burst` at once, then
    one every `chat_seconds` (0: no limit of its own). `bulk_within`: bulk goes only to people who were seen
    within that time.
    """

    amount: float
    seconds: float
    kept: int
    chat_seconds: float = 0.0
    chat_burst: int = 1
    bulk_within: dt.timedelta | None = None

    @property
    def interval(self) -> float:
        """Seconds between two sends, over time."""
        return self.seconds / (self.amount * MARGIN - self.kept)

    def burst(self, lane: Lane) -> int:
        """As many as may go at once after a pause; it also makes up for a process that comes late to a slot.
        Bulk leaves the rest to talk: however much of it waits, a reply finds room."""
        return self.kept if lane == "talk" else max(1, self.kept * 2 // 3)

    def lowered(self, amount: float) -> Pacing:
        """The same for a lower rate; of it the same part is kept."""
        kept = max(1, round(self.kept * amount / self.amount))
        return msgspec.structs.replace(self, amount=amount, kept=kept)

    def for_one_of(self, processes: int) -> Pacing:
        """What one of so many may do where they cannot count together: evenly, without bursts."""
        each = self.seconds / ((self.amount * MARGIN - self.kept) / processes)
        return msgspec.structs.replace(self, amount=2 / MARGIN, seconds=each, kept=1)


class Turn(msgspec.Struct, frozen=True):
    """`wait`: seconds; 0: send now, it is counted. `why` it has to wait: the `chat`'s own rate, the `rate` of
    the platform, or a `rest` that it has asked for."""

    wait: float = 0.0
    why: Literal["go", "chat", "rate", "rest"] = "go"


GO = Turn()


class Counted:
    """The rate of one platform, counted by this process alone."""

    def __init__(self, now: Callable[[], float], *, used_up: float = 0.0) -> None:
        """`now` in seconds. `used_up`: the moment up to which others have used the rate already."""
        self._now = now
        self._all = used_up
        self._chats: dict[int, float] = {}
        self._queue: dict[Lane, float] = {}

    def ask(self, pacing: Pacing, chat: int | None, lane: Lane) -> Turn:
        now = self._now()
        used = max(self._all, now)
        wait = used - now - (pacing.burst(lane) - 1) * pacing.interval
        its_own = self._chats.get(chat, 0.0) if chat is not None else 0.0
        chat_used = max(its_own, now)
        chat_wait = chat_used - now - (pacing.chat_burst - 1) * pacing.chat_seconds
        if chat_wait > max(wait, _EPSILON):
            return Turn(chat_wait, "chat")
        if wait > _EPSILON:
            return Turn(self._place(lane, now, wait, pacing.interval), "rate")
        self._all = used + pacing.interval
        if chat is not None and pacing.chat_seconds:
            self._chats[chat] = chat_used + pacing.chat_seconds
            self._forget(now)
        return GO

    def _place(self, lane: Lane, now: float, wait: float, interval: float) -> float:
        """Whoever has to wait is told a moment of its own, or all would come back at the same time."""
        place = max(self._queue.get(lane, 0.0), now + wait)
        self._queue[lane] = place + interval
        return place - now

    def _forget(self, now: float) -> None:
        if len(self._chats) > _MANY:
            self._chats = {chat: used for chat, used in self._chats.items() if used > now}


_EPSILON = 1e-6
"""Seconds; so much the sum of intervals may be beside itself."""
