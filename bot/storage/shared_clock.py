"""The clock that all processes on one database share: the database's own.

Leases, due times and deadlines are written by one process and read by another. A machine whose clock is
minutes off would take rows that others are sending, or leave rows alone that are due; so each process
measures how far its clock is from the database's, and corrects itself.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import suppress

import structlog
from sqlalchemy import text

from bot.clock import Clock, SystemClock
from bot.storage.database import Database, out_of_reach

TOLERANCE = dt.timedelta(seconds=1)
"""Less is left alone: leases last for many seconds, and a measurement takes its own time."""
_LOOK_SECONDS = 15.0
_TIMELY = dt.timedelta(seconds=2)
"""A measurement that took longer says little."""

log = structlog.get_logger(__name__)


class SharedClock:
    """Implements `bot.clock.Clock`. Until the first look, and where the database is away, what is known."""

    def __init__(self, own: Clock | None = None) -> None:
        self._own = own or SystemClock()
        self.shift = dt.timedelta()
        """What is added to the machine's time."""
        self._task: asyncio.Task[None] | None = None

    def now(self) -> dt.datetime:
        return self._own.now() + self.shift

    async def start(self, database: Database) -> None:
        """Looks once, and then every quarter of a minute in the background."""
        await self.look(database)
        self._task = asyncio.create_task(self._follow(database), name="shared-clock")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def look(self, database: Database) -> None:
        """Compares the clocks. Raises nothing when the database is away."""
        try:
            async with database.begin() as uow:
                before = self._own.now()
                there: dt.datetime = (await uow.execute(_TIME)).scalar_one()
                after = self._own.now()
        except Exception as error:
            if not out_of_reach(error):
                raise
            return
        found = there - (before + (after - before) / 2)
        if after - before < _TIMELY and abs(found - self.shift) > max(TOLERANCE, after - before):
            self.shift = found if abs(found) > TOLERANCE else dt.timedelta()
            log.warning("clock_differs", from_the_database=round(-found.total_seconds(), 1))

    async def _follow(self, database: Database) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.look(database)
            except Exception as error:
                log.warning("clock_not_compared", error=type(error).__name__)


_TIME = text("SELECT clock_timestamp()")
