"""When an agency is reminded, and of what: values in, values out. `bot.cases.watch` does it."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from bot.cases.calendar import Calendar, local_day
from bot.clock import VIETNAM

Kind = Literal["unseen", "escalated", "soon", "late", "nobody", "trader", "morning", "mornings"]
"""`mornings`: the mark that all lists of a province's morning are out."""

REMIND_AFTER = dt.timedelta(hours=1)
"""By the clock, at night too: who is in danger does not wait for office hours (P21)."""

ESCALATE_AFTER = dt.timedelta(hours=4)
"""Of working time (P21)."""

URGENT_SOON = dt.timedelta(hours=4)
MORNING = dt.time(8, 0)


def of_unseen(since: dt.datetime, now: dt.datetime, calendar: Calendar) -> tuple[Kind, ...]:
    """Of an urgent case that lies unopened with its lead agency since then."""
    steps: tuple[Kind, ...] = ()
    if now - since >= REMIND_AFTER:
        steps += ("unseen",)
    if calendar.add(since, ESCALATE_AFTER) <= now:
        steps += ("escalated",)
    return steps


def of_deadline(
    filed_at: dt.datetime, due_at: dt.datetime, urgent: bool, now: dt.datetime, calendar: Calendar
) -> Kind | None:
    """Who is late is not told that it is soon; nor is who has had no more time than that from the start."""
    if due_at < now:
        return "late"
    soon = soon_at(due_at, urgent, calendar)
    return "soon" if filed_at < soon <= now else None


def soon_at(due_at: dt.datetime, urgent: bool, calendar: Calendar) -> dt.datetime:
    """When the working day before the last one begins; in danger four hours before the end."""
    if urgent:
        return due_at - URGENT_SOON
    return calendar.opening(calendar.day_before(local_day(due_at)))


def is_morning(now: dt.datetime, calendar: Calendar) -> bool:
    """From 08:00 until the work of a working day ends: who was away at eight is late, not silent."""
    spans = list(calendar.spans(local_day(now)))
    if not spans:
        return False
    eight = dt.datetime.combine(local_day(now), MORNING, VIETNAM)
    return eight <= now < spans[-1][1]
