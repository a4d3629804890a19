"""Between the worker and the ways out: what is sent, to whom, and how it can fail."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

import msgspec

from bot.cases.directory import Reach
from bot.handoff.news import CREATED, EventType
from bot.handoff.parcel import Case


class Parcel(msgspec.Struct, frozen=True):
    """A hand-off as it leaves on one way, or what happened on a case since."""

    key: str
    """Stays the same when it is tried again: by it the receiver knows a repeat."""
    case: Case
    reach: Reach
    queued_at: dt.datetime
    now: dt.datetime
    event: EventType = CREATED


class NotTakenError(Exception):
    """It did not get through; the reason is for officers and holds neither secrets nor personal data.
    `retry_after`: seconds that the receiver asks us to wait."""

    def __init__(self, reason: str, *, retry_after: float = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Carrier(Protocol):
    async def send(self, parcel: Parcel) -> None:
        """Returns once the receiver has taken it. Raises NotTakenError."""
        ...

    async def close(self) -> None: ...
