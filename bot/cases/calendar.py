"""Working time: which minutes count, and where so many of them end. Values in, values out.

A working day is Monday to Friday less the days off, and every Saturday or Sunday that is worked in exchange.
Of a working day only the sessions count: with the lunch break between them they are 7.5 hours, not a day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

import msgspec

from bot.clock import VIETNAM

Sessions = tuple[tuple[dt.time, dt.time], ...]
"""From and until, in order, without overlap."""

_SESSION = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_SATURDAY = 5
_NOTHING = dt.timedelta()


class HoursError(ValueError):
    """Working hours that cannot be read."""


class Year(msgspec.Struct, frozen=True):
    """The days of one year that are not what their weekday says. `announced`: the government has published
    its days off and swaps; otherwise only what the law fixes is in it, and what is counted is provisional."""

    off: frozenset[dt.date] = frozenset()
    worked: frozenset[dt.date] = frozenset()
    announced: bool = False


class Calendar(msgspec.Struct, frozen=True):
    """One province's working time. Moments are aware; what comes back is in UTC."""

    sessions: Sessions
    year: Callable[[int], Year]

    def is_working_day(self, day: dt.date) -> bool:
        year = self.year(day.year)
        return day in year.worked or (day.weekday() < _SATURDAY and day not in year.off)

    def is_working(self, at: dt.datetime) -> bool:
        """The first moment of a session belongs to it, the last one does not."""
        local = at.astimezone(VIETNAM)
        return any(begin <= local < end for begin, end in self.spans(local.date()))

    def spans(self, day: dt.date) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        if self.is_working_day(day):
            for begin, end in self.sessions:
                yield dt.datetime.combine(day, begin, VIETNAM), dt.datetime.combine(day, end, VIETNAM)

    def add(self, at: dt.datetime, amount: dt.timedelta) -> dt.datetime:
        """When `amount` of working time after `at` is over: the end of a session rather than the beginning of
        the next. `at` itself where the amount is nothing."""
        if amount <= _NOTHING:
            return at
        local = at.astimezone(VIETNAM)
        day = local.date()
        while True:
            for opens, end in self.spans(day):
                begin = max(opens, local)
                if begin < end and end - begin >= amount:
                    return (begin + amount).astimezone(dt.UTC)
                amount -= max(end - begin, _NOTHING)
            day += dt.timedelta(days=1)

    def between(self, first: dt.datetime, last: dt.datetime) -> dt.timedelta:
        """Working time from `first` to `last`; nothing where `last` is not later."""
        day, total = first.astimezone(VIETNAM).date(), _NOTHING
        while day <= last.astimezone(VIETNAM).date():
            for opens, closes in self.spans(day):
                total += max(min(closes, last) - max(opens, first), _NOTHING)
            day += dt.timedelta(days=1)
        return total

    def add_days(self, day: dt.date, days: int) -> dt.date:
        """The `days`-th working day after `day`; `day` itself where `days` is 0."""
        while days > 0:
            day += dt.timedelta(days=1)
            days -= self.is_working_day(day)
        return day

    def days_between(self, first: dt.date, last: dt.date) -> int:
        """Working days after `first` up to and with `last`."""
        span = (first + dt.timedelta(days=n) for n in range(1, (last - first).days + 1))
        return sum(map(self.is_working_day, span))

    def day_before(self, day: dt.date) -> dt.date:
        """The last working day before `day`."""
        day -= dt.timedelta(days=1)
        while not self.is_working_day(day):
            day -= dt.timedelta(days=1)
        return day

    def opening(self, day: dt.date) -> dt.datetime:
        """When work begins on a day, had it any work."""
        return dt.datetime.combine(day, self.sessions[0][0], VIETNAM).astimezone(dt.UTC)

    def unannounced(self, first: dt.date, last: dt.date) -> tuple[int, ...]:
        """The years of these days whose days off nobody has told us."""
        return tuple(year for year in range(first.year, last.year + 1) if not self.year(year).announced)


def read_hours(text: str) -> Sessions:
    """`07:30-11:30,13:30-17:00`. Raises HoursError."""
    sessions = []
    for part in text.split(","):
        found = _SESSION.fullmatch(part.strip())
        if found is None:
            raise HoursError(part)
        from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
        sessions.append((dt.time(from_hour, from_minute), dt.time(to_hour, to_minute)))
    ends = [moment for session in sessions for moment in session]
    if ends != sorted(set(ends)):
        raise HoursError(text)
    return tuple(sessions)


def end_of_day(day: dt.date) -> dt.datetime:
    """The last second of a day in Viet Nam, so that its date is that day's."""
    return dt.datetime.combine(day, dt.time(23, 59, 59), VIETNAM).astimezone(dt.UTC)


def local_day(at: dt.datetime) -> dt.date:
    return at.astimezone(VIETNAM).date()
