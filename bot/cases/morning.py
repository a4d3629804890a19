"""What is stuck, agency by agency: the list with which a working day begins."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

import msgspec
from sqlalchemy import ColumnElement, Row, select, true

from bot.cases import ways
from bot.cases.access import Acting, own_handoffs
from bot.cases.calendar import local_day
from bot.cases.deadlines import is_late
from bot.cases.sight import newest_answer
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, handoffs, reminders, trader_legs
from content.catalog import Catalog

LIVE = ("open", "accepted", "asked")
Why = Literal["late", "today", "unseen", "answers", "trader"]
WHYS: tuple[Why, ...] = get_args(Why)


class Place(msgspec.Struct, frozen=True):
    province: str
    agency: str
    unit: str | None
    commune: str | None

    @property
    def part(self) -> str | None:
        return self.commune or self.unit

    def __str__(self) -> str:
        return "/".join(filter(None, (self.province, self.agency, self.part)))


class Matter(msgspec.Struct, frozen=True):
    """A live hand-off, as the list needs to know it."""

    code: str
    topic: str
    urgent: bool
    place: Place
    lead: bool
    filed_at: dt.datetime
    due_at: dt.datetime
    paused_at: dt.datetime | None
    by_law: bool
    seen_at: dt.datetime | None
    taken: bool
    """An officer has accepted it."""
    answered_at: dt.datetime | None
    leg_due_at: dt.datetime | None
    """End of the time limit of the trader's leg."""

    def late(self, now: dt.datetime) -> bool:
        return self.lead and is_late(self.due_at, self.paused_at, now)


class Stuck(msgspec.Struct, frozen=True):
    """What an agency begins its day with."""

    matters: Mapping[Why, tuple[Matter, ...]]
    handoffs: tuple[ways.Stuck, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.handoffs or any(self.matters.values()))

    def counts(self) -> dict[str, int]:
        return {why: len(self.matters[why]) for why in WHYS} | {"handoffs": len(self.handoffs)}


def whys(matter: Matter, now: dt.datetime) -> tuple[Why, ...]:
    """Why a matter is on the list; it may stand there for several reasons."""
    found: list[Why] = []
    if matter.late(now):
        found.append("late")
    elif matter.lead and matter.paused_at is None and local_day(matter.due_at) == local_day(now):
        found.append("today")
    if not matter.taken and matter.seen_at is None:
        found.append("unseen")
    if matter.lead and _unread(matter):
        found.append("answers")
    if matter.lead and matter.leg_due_at is not None and local_day(matter.leg_due_at) <= local_day(now):
        found.append("trader")
    return tuple(found)


def _unread(matter: Matter) -> bool:
    if matter.answered_at is None:
        return False
    return matter.seen_at is None or matter.seen_at < matter.answered_at


def listed(matters: Iterable[Matter], now: dt.datetime, stuck: tuple[ways.Stuck, ...] = ()) -> Stuck:
    """The most pressing first: urgent ones, then by deadline."""
    groups: dict[Why, list[Matter]] = {why: [] for why in WHYS}
    for matter in sorted(matters, key=lambda one: (not one.urgent, one.due_at, one.code)):
        for why in whys(matter, now):
            groups[why].append(matter)
    return Stuck({why: tuple(found) for why, found in groups.items()}, stuck)


async def of_officer(uow: UnitOfWork, catalog: Catalog, officer: Acting, now: dt.datetime) -> Stuck:
    """The list of the officer's agency; of their unit and commune only, where they belong to one."""
    matters = await _matters(uow, own_handoffs(officer))
    stuck = await ways.stuck(uow, province=officer.province) if officer.province else []
    own = Place(officer.province or "", officer.agency or "", officer.unit, officer.commune)
    return listed(matters, now, _stuck_of(catalog, own, stuck))


async def of_all(uow: UnitOfWork, catalog: Catalog, now: dt.datetime) -> dict[Place, Stuck]:
    """Of every place with something on its list."""
    by_place: dict[Place, list[Matter]] = defaultdict(list)
    for matter in await _matters(uow, true()):
        by_place[matter.place].append(matter)
    stuck = await ways.stuck(uow)
    for province, content in catalog.provinces.items():
        by_place[Place(province, content.routing.focal.agency, content.routing.focal.unit, None)] += []
    lists = {
        place: listed(matters, now, _stuck_of(catalog, place, stuck)) for place, matters in by_place.items()
    }
    return {place: found for place, found in lists.items() if found}


def _stuck_of(catalog: Catalog, place: Place, stuck: list[ways.Stuck]) -> tuple[ways.Stuck, ...]:
    """Whoever it should have reached hears of it, and the focal agency of everything in its province."""
    content = catalog.provinces.get(place.province)
    if content is not None and (place.agency, place.unit) == (
        content.routing.focal.agency,
        content.routing.focal.unit,
    ):
        return tuple(one for one in stuck if one.province == place.province)
    own = (place.province, place.agency, place.unit, place.commune)
    return tuple(one for one in stuck if (one.province, one.agency, one.unit, one.commune) == own)


async def _matters(uow: UnitOfWork, whose: ColumnElement[bool]) -> list[Matter]:
    answered = newest_answer(complaints.c.id).label("answered_at")
    query = (
        select(
            complaints.c.code,
            complaints.c.topic,
            complaints.c.urgent,
            complaints.c.filed_at,
            complaints.c.due_at,
            complaints.c.paused_at,
            complaints.c.by_law,
            handoffs.c.province,
            handoffs.c.agency,
            handoffs.c.unit,
            handoffs.c.commune,
            handoffs.c.lead,
            handoffs.c.seen_at,
            handoffs.c.state,
            trader_legs.c.due_at.label("leg_due_at"),
            answered,
        )
        .join(handoffs, handoffs.c.complaint_id == complaints.c.id)
        .outerjoin(trader_legs, trader_legs.c.complaint_id == complaints.c.id)
        .where(complaints.c.state.in_(LIVE), handoffs.c.state.in_(("new", "accepted")), whose)
    )
    return [_matter(row) for row in (await uow.execute(query)).all()]


def _matter(row: Row[Any]) -> Matter:
    place = Place(row.province, row.agency, row.unit, row.commune)
    same = {name: getattr(row, name) for name in Matter.__struct_fields__ if name not in ("place", "taken")}
    return Matter(**same, place=place, taken=row.state == "accepted")


class Told(msgspec.Struct, frozen=True):
    kind: str
    code: str
    at: dt.datetime


async def told(uow: UnitOfWork, officer: Acting, since: dt.datetime) -> list[Told]:
    """What the officer's agency was reminded of, of the cases that it still has."""
    reachable = select(handoffs.c.id).where(handoffs.c.complaint_id == complaints.c.id, own_handoffs(officer))
    query = (
        select(reminders.c.kind, complaints.c.code, reminders.c.at)
        .join(complaints, complaints.c.id == reminders.c.complaint_id)
        .where(reminders.c.at >= since, reachable.exists())
        .order_by(reminders.c.at.desc(), reminders.c.id.desc())
        .limit(50)
    )
    return [Told(row.kind, row.code, row.at) for row in (await uow.execute(query)).all()]
