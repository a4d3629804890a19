"""How fast a bot may send, and the 429 that it gets when it is faster."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.telegram.wire import Refusal


@dataclass
class _Bucket:
    """Lets `burst` through at once, then one every `interval` seconds."""

    interval: float
    burst: int
    full_until: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next one may pass; 0 when it may now."""
        return max(0.0, self.full_until - now - self.interval * (self.burst - 1) - 1e-9)

    def take(self, now: float) -> None:
        self.full_until = max(self.full_until, now) + self.interval


@dataclass
class Rates:
    """`violations` counts sends made while a `retry_after` was running: what a patient bot never does."""

    overall_per_second: int = 30
    paid_per_second: int = 1000
    chat_burst: int = 5
    group_per_minute: int = 20
    shortest_wait: int = 1
    paid_allowed: bool = True
    """Whether the bot's balance lets `allow_paid_broadcast` lift the overall rate."""
    clock: Callable[[], float] = time.monotonic
    violations: int = 0
    refused: int = 0
    _chats: dict[int, _Bucket] = field(default_factory=dict)
    _demanded: dict[int | None, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._overall = _Bucket(1 / self.overall_per_second, self.overall_per_second)
        self._paid = _Bucket(1 / self.paid_per_second, self.paid_per_second)

    def charge(self, chat_id: int, *, group: bool, paid: bool) -> None:
        """Counts one send, or raises the 429."""
        now = self.clock()
        overall = self._paid if paid and self.paid_allowed else self._overall
        fresh = (
            _Bucket(60 / self.group_per_minute, self.group_per_minute)
            if group
            else _Bucket(1.0, self.chat_burst)
        )
        chat = self._chats.setdefault(chat_id, fresh)
        for scope in (None, chat_id):
            left = self._demanded.get(scope, 0.0) - now
            if left > 0:
                self.violations += 1
                self.refused += 1
                raise flooded(math.ceil(left))
        if overall.wait(now):
            self._refuse(None, overall.wait(now), now)
        if chat.wait(now):
            self._refuse(chat_id, chat.wait(now), now)
        overall.take(now)
        chat.take(now)

    def _refuse(self, scope: int | None, left: float, now: float) -> None:
        seconds = max(self.shortest_wait, math.ceil(left))
        self.refused += 1
        self._demanded[scope] = now + seconds
        raise flooded(seconds)


def flooded(seconds: int) -> Refusal:
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
