"""Which open cases wait for something: the queries of the worker's clock (`bot.cases.watch`).

Each gives rows of a complaint with the hand-off of its lead: `province`, `agency`, `unit`, `commune` are the
lead's, `handoff_id` its row, `since` when the case came to it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select, tuple_

from bot.cases.access import GONE
from bot.cases.calendar import end_of_day, local_day
from bot.cases.daysoff import calendar_of
from bot.cases.filing import Registry
from bot.cases.reminding import REMIND_AFTER
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, handoffs, officers, reminders, trader_legs

LIVE = ("open", "accepted", "asked")
FOUND_AFTER = dt.timedelta(seconds=60)
_OTHER = handoffs.alias("other")


def _led() -> Select[Any]:
    """Every live case with the hand-off of its lead."""
    leads = ("province", "commune", "state", "updated_at")
    own = [column for column in complaints.c if column.name not in leads]
    return (
        select(
            *own,
            handoffs.c.id.label("handoff_id"),
            handoffs.c.province,
            handoffs.c.agency,
            handoffs.c.unit,
            handoffs.c.commune,
            handoffs.c.clauses,
            handoffs.c.basis,
            handoffs.c.updated_at.label("since"),
        )
        .join(handoffs, handoffs.c.complaint_id == complaints.c.id)
        .where(complaints.c.state.in_(LIVE), handoffs.c.lead, handoffs.c.state.not_in(GONE))
    )


def unseen(registry: Registry, now: dt.datetime) -> Select[Any]:
    """Urgent cases that nobody of the lead agency, nor of the focal agency, has opened for an hour."""
    focal_has_seen = select(_OTHER.c.id).where(
        _OTHER.c.complaint_id == complaints.c.id, _focal(registry, _OTHER.c), _OTHER.c.seen_at.is_not(None)
    )
    told = select(reminders.c.id).where(
        reminders.c.complaint_id == complaints.c.id,
        reminders.c.kind == "escalated",
        reminders.c.at >= handoffs.c.updated_at,
    )
    return _led().where(
        complaints.c.urgent,
        handoffs.c.state == "new",
        handoffs.c.seen_at.is_(None),
        handoffs.c.updated_at <= now - REMIND_AFTER,
        ~focal_has_seen.exists(),
        ~told.exists(),
    )


def falling_due(registry: Registry, now: dt.datetime) -> Select[Any]:
    """Cases whose deadline is over, or so near that somebody may have to be reminded of it, and whose clock
    does not stand; without those that were called late already."""
    horizons = [
        end_of_day(calendar_of(registry.settings, province).add_days(local_day(now), 1))
        for province in registry.settings.provinces
    ]
    told = select(reminders.c.id).where(
        reminders.c.complaint_id == complaints.c.id,
        reminders.c.kind == "late",
        reminders.c.at >= complaints.c.due_at,
    )
    return _led().where(
        complaints.c.paused_at.is_(None), complaints.c.due_at <= max(horizons), ~told.exists()
    )


def traders(now: dt.datetime) -> Select[Any]:
    """Cases whose trader should have negotiated, or reported, by now."""
    told = select(reminders.c.id).where(
        reminders.c.complaint_id == complaints.c.id,
        reminders.c.kind == "trader",
        reminders.c.at >= trader_legs.c.due_at,
    )
    return (
        _led()
        .add_columns(trader_legs.c.due_at.label("leg_due_at"))
        .join(trader_legs, trader_legs.c.complaint_id == complaints.c.id)
        .where(trader_legs.c.due_at < now, ~told.exists())
    )


def unread(registry: Registry) -> Select[Any]:
    """Cases whose lead agency has no active officer, and in which the focal agency takes no part."""
    covered = select(_OTHER.c.id).where(
        _OTHER.c.complaint_id == complaints.c.id, _OTHER.c.state.not_in(GONE), _focal(registry, _OTHER.c)
    )
    told = select(reminders.c.id).where(
        reminders.c.complaint_id == complaints.c.id,
        reminders.c.kind == "nobody",
        reminders.c.occasion == cast(handoffs.c.id, String),
    )
    return _led().where(~_has_reader(handoffs.c), ~covered.exists(), ~told.exists())


async def nobodys(uow: UnitOfWork, now: dt.datetime) -> int:
    """How many open complaints older than a minute have no lead, or lie only with agencies where nobody reads
    (P5). Should be 0: where it is not, the focal agency itself has no active officer."""
    part = select(handoffs.c.id).where(
        handoffs.c.complaint_id == complaints.c.id, handoffs.c.state.not_in(GONE)
    )
    read, led = part.where(_has_reader(handoffs.c)), part.where(handoffs.c.lead)
    query = (
        select(func.count())
        .select_from(complaints)
        .where(
            complaints.c.state.in_(LIVE),
            complaints.c.filed_at <= now - FOUND_AFTER,
            or_(~read.exists(), ~led.exists()),
        )
    )
    return int((await uow.execute(query)).scalar_one())


def _has_reader(part: Any) -> ColumnElement[bool]:
    """Whether an active officer reads the queue in which a hand-off lies, as `bot.cases.access` says it."""
    reader = select(officers.c.id).where(
        officers.c.active,
        officers.c.province == part.province,
        officers.c.agency == part.agency,
        or_(officers.c.unit.is_(None), officers.c.unit == part.unit),
        officers.c.commune.is_not_distinct_from(part.commune),
    )
    return reader.exists()


def _focal(registry: Registry, part: Any) -> ColumnElement[bool]:
    """Whether a hand-off is the focal agency's, or that of the committee which stands in its place."""
    places = [
        (province, rule.agency)
        for province in registry.settings.provinces
        for rule in (
            registry.catalog.provinces[province].routing.focal,
            registry.catalog.provinces[province].routing.committee,
        )
    ]
    return tuple_(part.province, part.agency).in_(places)
