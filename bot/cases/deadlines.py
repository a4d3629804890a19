"""Until when an agency has to answer, counted in Viet Nam's working days.

The day on which a complaint comes in does not count, and the last day ends at midnight. Monday to Friday are
working days, less public holidays and the days off that the government swaps for a Saturday, then worked.
Swaps are announced a year at a time, so what is counted into a year not announced yet is only an estimate.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

import holidays
import msgspec
import structlog

from bot.clock import VIETNAM
from bot.settings import Settings
from content.schema import Topic

ANNOUNCED_YEARS = range(2025, 2028)
"""Whose days off and swaps the installed `holidays` knows. A new year is added after an upgrade of that
package has been compared with the government's announcement."""

FORWARD_DAYS = 7
"""Law 19/2023 Art. 57(4): the agency forwards the request to the trader within 7 working days."""

log = structlog.get_logger(__name__)


class Due(msgspec.Struct, frozen=True):
    """`by_law`: a time limit of the law; otherwise the province's own target ("mục tiêu")."""

    at: dt.datetime
    by_law: bool
    estimated: bool = False
    """Days of a year were counted whose days off are not announced yet."""


def due(now: dt.datetime, topic: Topic, urgent: bool, settings: Settings) -> Due:
    """The deadline of a complaint that comes in `now`."""
    if urgent:
        return Due(now + dt.timedelta(hours=settings.target_urgent_hours), by_law=False)
    days = FORWARD_DAYS if topic.negotiation else settings.target_working_days
    today = now.astimezone(VIETNAM).date()
    last = add_working_days(today, days)
    unannounced = unannounced_years(today, last)
    if unannounced:
        log.error("holidays_not_announced", years=unannounced)
    return Due(end_of_day(last), topic.negotiation, estimated=bool(unannounced))


def add_working_days(day: dt.date, days: int) -> dt.date:
    """The `days`-th working day after `day`."""
    while days > 0:
        day += dt.timedelta(days=1)
        days -= is_working_day(day)
    return day


def is_working_day(day: dt.date) -> bool:
    return _calendar().is_working_day(day)


def end_of_day(day: dt.date) -> dt.datetime:
    """The last second of a day in Viet Nam, so that its date is that day's."""
    return dt.datetime.combine(day, dt.time(23, 59, 59), VIETNAM).astimezone(dt.UTC)


def unannounced_years(first: dt.date, last: dt.date) -> list[int]:
    """Years between two days for which this version cannot know the days off: for alarms and `ntd doctor`."""
    return [year for year in range(first.year, last.year + 1) if year not in ANNOUNCED_YEARS]


@cache
def _calendar() -> holidays.HolidayBase:
    """Works out further years when it is first asked about them."""
    return holidays.country_holidays("VN", expand=True)
