"""Days off and days worked instead: the installed `holidays`, and over it what the operator has entered.

The government announces swaps a year at a time. `working_days.yml` in NTD_DATA_DIR carries what the package
does not know yet, or a province's own days. A year that neither knows is counted with the public holidays
that the law fixes, is called provisional, and is an alarm.
"""

from __future__ import annotations

import datetime as dt
from functools import cache, lru_cache, partial
from pathlib import Path

import holidays
import msgspec
import structlog

from bot.cases.calendar import Calendar, Year, read_hours
from bot.settings import Settings

ANNOUNCED_YEARS = range(2025, 2028)
"""Whose days off and swaps the installed `holidays` knows. A new year is added after an upgrade of that
package has been compared with the government's announcement."""

FILE = "working_days.yml"
HOURS = "07:30-11:30,13:30-17:00"
AHEAD = dt.timedelta(days=60)
"""Longer than any deadline that is given out: the alarm comes before the first provisional one."""

_LARGEST = 100_000  # bytes

log = structlog.get_logger(__name__)


class Entered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`working_days.yml`. `years`: those that are complete with what stands here."""

    years: tuple[int, ...] = ()
    days_off: tuple[dt.date, ...] = ()
    worked: tuple[dt.date, ...] = ()


class Alarm(msgspec.Struct, frozen=True):
    """What is not known of the days ahead."""

    years: tuple[int, ...] = ()
    fault: str | None = None
    """Why the local file was not taken; it counts as empty then."""

    def __bool__(self) -> bool:
        return bool(self.years or self.fault)


def calendar_of(settings: Settings, province: str) -> Calendar:
    """Looks at the local file each time, so that a change counts at once and in every process."""
    entered, _ = _entered(settings.data_dir / FILE)
    hours = settings.working_hours.get(province, HOURS)
    return Calendar(read_hours(hours), partial(_year, entered))


def alarm(settings: Settings, today: dt.date) -> Alarm:
    """Of today and the time within which deadlines fall."""
    entered, fault = _entered(settings.data_dir / FILE)
    ahead = Calendar(read_hours(HOURS), partial(_year, entered)).unannounced(today, today + AHEAD)
    return Alarm(ahead, fault)


@lru_cache(maxsize=64)
def _year(entered: Entered, number: int) -> Year:
    package = _package(number)
    off, worked = frozenset(entered.days_off), frozenset(entered.worked)
    return Year(
        off=(package.off - worked) | off,
        worked=(package.worked - off) | worked,
        announced=number in ANNOUNCED_YEARS or number in entered.years,
    )


@cache
def _package(number: int) -> Year:
    known = holidays.country_holidays("VN", years=number, expand=False)
    worked = getattr(known, "weekend_workdays", ())
    return Year(frozenset(known), frozenset(day for day in worked if day.year == number))


def _entered(path: Path) -> tuple[Entered, str | None]:
    try:
        stat = path.stat()
    except OSError:
        return Entered(), None
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, changed: int, size: int) -> tuple[Entered, str | None]:  # noqa: ARG001 - the key
    """A file with a fault counts as empty: a wrong calendar would be worse than a provisional one."""
    fault: str | None = None
    try:
        if size > _LARGEST:
            raise msgspec.ValidationError("the file is too large")
        entered = msgspec.yaml.decode(path.read_bytes() or b"{}", type=Entered)
        both = set(entered.days_off) & set(entered.worked)
        if both:
            raise msgspec.ValidationError(f"{min(both)} is both off and worked")
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        fault = str(error).splitlines()[0]
        log.error("working_days_not_taken", file=path.name, fault=fault)
        return Entered(), fault
    return entered, fault
