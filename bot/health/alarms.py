"""Who must be called, and when: if a user would notice, and only then (P26). A long queue is no alarm, a late
answer is."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog
from prometheus_client import Gauge
from sqlalchemy import func, select

from bot.cases.waiting import nobodys
from bot.clock import Clock
from bot.health import canary, identity
from bot.health.canary import Came
from bot.health.identity import Day
from bot.spool.store import Figures as Spooled
from bot.spool.store import figures
from bot.storage.database import Database, UnitOfWork, out_of_reach
from bot.storage.tables import dead_letters, deliveries

LEAST_SHARE = 0.995
LATE_ANSWER = dt.timedelta(minutes=2)
LONG_ON_DISK = dt.timedelta(minutes=5)
LONG_UNREPLAYED = dt.timedelta(hours=1)
_LOOK_SECONDS = 60.0

_RAISED = Gauge("ntd_alarm", "1 while a person must be called: consumers notice it", ["alarm"])

log = structlog.get_logger(__name__)


class Pulse(msgspec.Struct, frozen=True):
    """What the alarms go by, as of `now`."""

    now: dt.datetime
    days: list[Day]
    """Of today and yesterday."""
    oldest_answer: dt.datetime | None
    """When the answer was written that waits longest to leave; who must write first does not count."""
    oldest_letter: dt.datetime | None
    spooled: Spooled
    nobodys_complaints: int
    canaries: list[Came]


def alarms(pulse: Pulse) -> dict[str, bool]:
    """By name, whether it is raised."""

    def older(moment: dt.datetime | None, than: dt.timedelta) -> bool:
        return moment is not None and pulse.now - moment > than

    return {
        "answers_late": older(pulse.oldest_answer, LATE_ANSWER),
        "messages_not_answered": identity.share(pulse.days) < LEAST_SHARE,
        "letters_wait": older(pulse.oldest_letter, LONG_UNREPLAYED),
        "events_wait_on_disk": older(pulse.spooled.oldest, LONG_ON_DISK),
        "nobodys_complaint": pulse.nobodys_complaints > 0,
        "canary_lost": any(came.failures >= 2 for came in pulse.canaries),
    }


async def pulse(uow: UnitOfWork, data_dir: Path, now: dt.datetime) -> Pulse:
    answers = (deliveries.c.kind.in_(("reply", "answer")), deliveries.c.state == "queued", ~deliveries.c.held)
    unsent = select(func.min(deliveries.c.created_at)).where(*answers)
    letters = (dead_letters.c.replayed_at.is_(None), dead_letters.c.set_aside_at.is_(None))
    return Pulse(
        now,
        await identity.days(uow, now, back=2),
        (await uow.execute(unsent)).scalar_one(),
        (await uow.execute(select(func.min(dead_letters.c.at)).where(*letters))).scalar_one(),
        await asyncio.to_thread(figures, data_dir),
        await nobodys(uow, now),
        await canary.results(uow),
    )


class Alarms:
    """Looks every minute while a worker runs, and whenever somebody asks."""

    def __init__(self, database: Database, data_dir: Path, clock: Clock) -> None:
        self._database = database
        self._data_dir = data_dir
        self._clock = clock
        self._raised: Mapping[str, bool] = {}

    async def look(self, uow: UnitOfWork) -> tuple[Pulse, list[str]]:
        """What it went by, and the names of the alarms that are raised."""
        found = await pulse(uow, self._data_dir, self._clock.now())
        raised = alarms(found)
        for name, up in raised.items():
            _RAISED.labels(name).set(up)
            if up != self._raised.get(name, False):
                (log.error if up else log.warning)("alarm" if up else "alarm_over", alarm=name)
        self._raised = raised
        return found, [name for name, up in raised.items() if up]

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`. Raises nothing."""
        while not stop.is_set():
            try:
                async with self._database.begin() as uow:
                    await self.look(uow)
            except Exception as error:
                log.warning("alarms_not_looked", error=type(error).__name__, exc_info=not out_of_reach(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
