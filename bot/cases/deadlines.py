"""Until when an agency has to answer, by whose word, and how long that clock stood still.

The day on which a complaint comes in does not count, and the last day ends at midnight. Neither of the two
plans sets a time limit for answering one person: where the law has none either it is the province's target.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

import msgspec
import structlog
from sqlalchemy import ColumnElement, func

from bot.cases.calendar import Calendar, end_of_day, local_day
from bot.cases.daysoff import calendar_of
from bot.settings import Settings
from content.schema import Topic

FORWARD_DAYS = 7
"""Law 19/2023 Art. 57(4): the agency forwards the request to the trader within 7 working days."""

log = structlog.get_logger(__name__)


class Due(msgspec.Struct, frozen=True):
    """`by_law`: a time limit of the law; otherwise the province's own target ("mục tiêu")."""

    at: dt.datetime
    by_law: bool
    estimated: bool = False
    """Days of a year were counted whose days off are not announced yet."""


class Targets(msgspec.Struct, frozen=True):
    """A province's own targets: working days for a report and for a question, clock hours for danger."""

    report: int
    ask: int
    urgent: int


class Limit(msgspec.Struct, frozen=True):
    """How much time there is: working days, or clock hours."""

    days: int | None
    hours: int | None
    by_law: bool


class Clocked(Protocol):
    """A complaint's clock, as its row holds it."""

    @property
    def urgent(self) -> bool: ...
    @property
    def due_at(self) -> dt.datetime: ...
    @property
    def first_due_at(self) -> dt.datetime | None: ...
    @property
    def paused_at(self) -> dt.datetime | None: ...


def targets_of(settings: Settings, province: str) -> Targets:
    own = settings.targets.get(province, {})
    return Targets(
        own.get("report", settings.target_working_days),
        own.get("ask", settings.target_ask_days),
        own.get("urgent", settings.target_urgent_hours),
    )


def limit(topic: Topic, kind: str, urgent: bool, targets: Targets) -> Limit:
    """Of a `complaint` (act report) or a `request` to speak to an officer (act ask): docs/deadlines.md."""
    if urgent:
        return Limit(None, targets.urgent, by_law=False)
    if kind == "request":
        return Limit(targets.ask, None, by_law=False)
    if topic.negotiation:
        return Limit(FORWARD_DAYS, None, by_law=True)
    return Limit(targets.report, None, by_law=False)


def end_of(now: dt.datetime, allowed: Limit, calendar: Calendar) -> Due:
    """When the limit of what comes in `now` is over."""
    if allowed.hours is not None:
        return Due(now + dt.timedelta(hours=allowed.hours), allowed.by_law)
    today = local_day(now)
    last = calendar.add_days(today, allowed.days or 0)
    return Due(end_of_day(last), allowed.by_law, estimated=bool(calendar.unannounced(today, last)))


def due(
    now: dt.datetime,
    topic: Topic,
    urgent: bool,
    settings: Settings,
    *,
    province: str,
    kind: str = "complaint",
) -> Due:
    """The deadline of a complaint that comes in `now`."""
    allowed = limit(topic, kind, urgent, targets_of(settings, province))
    found = end_of(now, allowed, calendar_of(settings, province))
    if found.estimated:
        log.error("holidays_not_announced", until=local_day(found.at).isoformat())
    return found


def paused(row: Clocked, now: dt.datetime) -> dict[str, Any]:
    """What changes on the complaint's row when the consumer is asked: the clock stands from then on."""
    return {"paused_at": row.paused_at or now, "first_due_at": row.first_due_at or row.due_at}


def resumed(row: Clocked, now: dt.datetime, calendar: Calendar) -> dict[str, Any]:
    """What changes when the wait is over: the deadline moves by as much as was waited, counted as the
    deadline itself is, in clock hours where there is danger and in working days otherwise. Who was late stays
    late."""
    if row.paused_at is None:
        return {}
    values: dict[str, Any] = {"paused_at": None}
    if row.due_at < row.paused_at:
        return values
    if row.urgent:
        return values | {"due_at": row.due_at + (now - row.paused_at)}
    waited = calendar.days_between(local_day(row.paused_at), local_day(now))
    if waited == 0:
        return values
    return values | {"due_at": end_of_day(calendar.add_days(local_day(row.due_at), waited))}


def going_on(settings: Settings, complaint: Any, now: dt.datetime) -> dict[str, Any]:
    """`resumed` with the calendar of the complaint's province."""
    return resumed(complaint, now, calendar_of(settings, complaint.province))


def is_late(due_at: dt.datetime, paused_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Nobody grows late while the consumer's answer is waited for."""
    return due_at < (paused_at or now)


def late(columns: Any, now: dt.datetime) -> ColumnElement[bool]:
    """`is_late` in a query, of a table or subquery with these two columns."""
    return columns.due_at < func.coalesce(columns.paused_at, now)  # type: ignore[no-any-return]
