"""The worker's clock over open cases: reminders, escalation, cases that nobody reads, the morning lists.

Every worker looks; none is in charge. What must happen once is a unique row of `reminders`, written in the
same transaction as what it stands for: of several that see the same case one wins, and one that dies half-way
has done nothing. Each case is a transaction of its own, so that one that fails delays no other.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec
import structlog
from sqlalchemy import Row, Select, delete, select
from sqlalchemy.dialects.postgresql import insert

from bot.cases import morning, reminding, standin, waiting
from bot.cases.calendar import local_day
from bot.cases.daysoff import alarm, calendar_of
from bot.cases.filing import Registry
from bot.cases.morning import Place
from bot.cases.parties import responsibility
from bot.cases.reminding import Kind
from bot.clock import Clock
from bot.delivery import ledger
from bot.storage.database import Database, UnitOfWork, out_of_reach
from bot.storage.tables import complaints, handoffs, reminders

EVERY_SECONDS = 15.0
"""Four looks a minute: nobody's complaint is found well within the 60 seconds of P5."""

DUTY_SECONDS = 5.0
"""After days without a worker thousands of reminders are due: no duty keeps the others waiting for long."""

ALARM_EVERY = dt.timedelta(hours=1)
MORNINGS_KEPT = dt.timedelta(days=31)

log = structlog.get_logger(__name__)

Done = Counter[str]


Steps = list[tuple[Kind, str]]
"""What is to be said of a case now, each with its occasion (`bot.storage.tables.reminders`)."""


class _Duty(msgspec.Struct, frozen=True):
    """`query`: the cases that may be due. `act`: what one step means, in its transaction."""

    query: Select[Any]
    steps: Callable[[Row[Any]], Steps]
    act: Callable[[UnitOfWork, Row[Any], Kind, dt.datetime], Awaitable[None]]


class Watch:
    def __init__(
        self, database: Database, registry: Registry, clock: Clock, *, seconds: float = DUTY_SECONDS
    ) -> None:
        """`seconds`: for which one duty of a look goes on."""
        self._database = database
        self._seconds = seconds
        self._registry = registry
        self._clock = clock
        self._alarmed: dt.datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Looks until `stop` is set, at once again where there was something to do. What fails is looked at
        again the next time."""
        while not stop.is_set():
            done = Done()
            try:
                done = await self.look()
            except Exception as error:
                log.warning("watch_interrupted", error=type(error).__name__, exc_info=not out_of_reach(error))
            if done:
                log.info("watch", **done)
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY_SECONDS)

    async def look(self) -> Done:
        """Does what is due now, as far as the time of each duty goes; returns what this process did of it."""
        now, done = self._clock.now(), Done()
        self._tell_alarm(now)
        for duty in self._duties(now):
            done += await self._each(duty, now)
        return done + await self._mornings(now)

    def _duties(self, now: dt.datetime) -> tuple[_Duty, ...]:
        return (
            _Duty(waiting.unread(self._registry), lambda row: [("nobody", f"{row.handoff_id}")], self._cover),
            _Duty(waiting.unseen(self._registry, now), lambda row: self._unseen_steps(row, now), self._hurry),
            _Duty(
                waiting.falling_due(self._registry, now),
                lambda row: self._deadline_steps(row, now),
                self._notice,
            ),
            _Duty(
                waiting.traders(now),
                lambda row: [("trader", f"{row.id}@{row.leg_due_at.isoformat()}")],
                self._notice,
            ),
        )

    async def _each(self, duty: _Duty, now: dt.datetime) -> Done:
        """The cases of which something is to be said that was not said yet. In no order: workers do not wait
        for each other's rows, and cases that fail again and again are not always the first."""
        async with self._database.begin() as uow:
            found = (await uow.execute(duty.query)).all()
            said = await _said(uow, {row.id for row in found})
        todo = [row for row in found if not said.issuperset(duty.steps(row))]
        random.shuffle(todo)
        done, until = Done(), asyncio.get_running_loop().time() + self._seconds
        for row in todo:
            if asyncio.get_running_loop().time() > until:
                break
            try:
                done += await self._one(duty, row, now)
            except Exception as error:
                if out_of_reach(error):
                    raise
                log.exception("watch_failed", case=row.code)
        return done

    async def _one(self, duty: _Duty, found: Row[Any], now: dt.datetime) -> Done:
        """The case is asked again under its lock: an officer may have opened it this second."""
        done = Done()
        async with self._database.begin() as uow:
            await uow.execute(select(complaints.c.id).where(complaints.c.id == found.id).with_for_update())
            query = duty.query.where(handoffs.c.id == found.handoff_id)
            row = (await uow.execute(query)).one_or_none()
            if row is None:
                return done
            for kind, occasion in duty.steps(row):
                if await _first(uow, kind, occasion, found.id, _place(row), now):
                    await duty.act(uow, row, kind, now)
                    done[kind] += 1
            await uow.commit()
        return done

    async def _cover(self, uow: UnitOfWork, row: Row[Any], _: Kind, now: dt.datetime) -> None:
        """Nobody reads at the lead agency: the focal agency takes part too (P5)."""
        brought = await standin.bring_in(uow, self._registry, row, "covered", now=now)
        log.error("nobody_reads", case=row.code, agency=row.agency, covered=brought is not None)

    def _unseen_steps(self, row: Row[Any], now: dt.datetime) -> Steps:
        calendar = calendar_of(self._registry.settings, row.province)
        occasion = f"{row.handoff_id}@{row.since.isoformat()}"
        return [(kind, occasion) for kind in reminding.of_unseen(row.since, now, calendar)]

    async def _hurry(self, uow: UnitOfWork, row: Row[Any], kind: Kind, now: dt.datetime) -> None:
        """Nobody has opened the urgent case (P21)."""
        if kind == "unseen":
            await self._remind(uow, row, now)
        else:
            await standin.bring_in(uow, self._registry, row, "escalated", now=now)
        log.warning("urgent_case_unseen", case=row.code, agency=row.agency, step=kind)

    def _deadline_steps(self, row: Row[Any], now: dt.datetime) -> Steps:
        calendar = calendar_of(self._registry.settings, row.province)
        kind = reminding.of_deadline(row.filed_at, row.due_at, row.urgent, now, calendar)
        return [(kind, f"{row.id}@{row.due_at.isoformat()}")] if kind else []

    async def _remind(self, uow: UnitOfWork, row: Row[Any], now: dt.datetime) -> None:
        who = responsibility(self._registry.catalog, row)
        await standin.remind(uow, self._registry, row, row.handoff_id, who, now=now)

    async def _notice(self, uow: UnitOfWork, row: Row[Any], _: Kind, now: dt.datetime) -> None:
        """The agency's open pages look again."""
        await ledger.to_agency(
            uow,
            self._registry.vault,
            province=row.province,
            agency=row.agency,
            text=row.code,
            complaint_id=row.id,
            now=now,
        )

    async def _mornings(self, now: dt.datetime) -> Done:
        """Once on a working day every agency with something on its list hears of it."""
        settings = self._registry.settings
        awake = {
            province
            for province in settings.provinces
            if reminding.is_morning(now, calendar_of(settings, province))
        }
        if not awake or await self._all_told(awake, now):
            return Done()
        async with self._database.begin() as uow:
            lists = await morning.of_all(uow, self._registry.catalog, now)
        done = Done()
        for place in lists:
            if place.province in awake:
                done += await self._good_morning(place, now)
        for province in awake:
            await self._end_of_mornings(province, now)
        return done

    async def _good_morning(self, place: Place, now: dt.datetime) -> Done:
        async with self._database.begin() as uow:
            if not await _first(uow, "morning", f"{place}@{local_day(now)}", None, place, now):
                return Done()
            await ledger.to_agency(
                uow,
                self._registry.vault,
                province=place.province,
                agency=place.agency,
                text=self._registry.catalog.say("vi", "reminders.morning"),
                complaint_id=None,
                now=now,
            )
            await uow.commit()
        return Done(morning=1)

    async def _all_told(self, provinces: set[str], now: dt.datetime) -> bool:
        """A worker that dies among the agencies leaves this mark unset, and another goes on from there."""
        marks = {f"{province}@{local_day(now)}" for province in provinces}
        query = select(reminders.c.occasion).where(
            reminders.c.kind == "mornings", reminders.c.occasion.in_(marks)
        )
        async with self._database.begin() as uow:
            return set((await uow.execute(query)).scalars()) == marks

    async def _end_of_mornings(self, province: str, now: dt.datetime) -> None:
        focal = self._registry.catalog.provinces[province].routing.focal
        async with self._database.begin() as uow:
            place = Place(province, focal.agency, focal.unit, None)
            await _first(uow, "mornings", f"{province}@{local_day(now)}", None, place, now)
            old = (reminders.c.complaint_id.is_(None), reminders.c.at < now - MORNINGS_KEPT)
            await uow.execute(delete(reminders).where(*old))
            await uow.commit()

    def _tell_alarm(self, now: dt.datetime) -> None:
        """Once an hour in the log; the health page and the console say it all the time."""
        found = alarm(self._registry.settings, local_day(now))
        if found and (self._alarmed is None or now - self._alarmed >= ALARM_EVERY):
            self._alarmed = now
            log.error("holidays_not_announced", years=list(found.years), fault=found.fault)


async def _first(
    uow: UnitOfWork, kind: Kind, occasion: str, complaint_id: int | None, place: Place, now: dt.datetime
) -> bool:
    """True if nobody has done this yet; from then on it counts as done, once the caller commits."""
    row = {
        "kind": kind,
        "occasion": occasion,
        "complaint_id": complaint_id,
        "province": place.province,
        "agency": place.agency,
        "part": place.part,
        "at": now,
    }
    statement = insert(reminders).on_conflict_do_nothing(index_elements=["kind", "occasion"])
    return (await uow.execute(statement.returning(reminders.c.id), row)).first() is not None


async def _said(uow: UnitOfWork, ids: set[int]) -> set[tuple[str, str]]:
    query = select(reminders.c.kind, reminders.c.occasion).where(reminders.c.complaint_id.in_(ids))
    return {(row.kind, row.occasion) for row in (await uow.execute(query)).all()} if ids else set()


def _place(row: Row[Any]) -> Place:
    return Place(row.province, row.agency, row.unit, row.commune)
