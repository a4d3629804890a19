"""A clock that stands still until it is moved: for limits that must be met to the second."""

from __future__ import annotations

import datetime as dt

from bot.clock import VIETNAM, MovableClock


class StandingClock(MovableClock):
    """Stands at ten in the morning in Viet Nam."""

    def __init__(self) -> None:
        super().__init__()
        self._at = dt.datetime(2026, 11, 20, 10, tzinfo=VIETNAM)

    def now(self) -> dt.datetime:
        return self._at.astimezone(dt.UTC)

    def move(self, by: dt.timedelta) -> None:
        self._at += by
