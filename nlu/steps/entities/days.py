"""From the words of a day to the day: arithmetic of the calendar for `dates`.

Each rule takes the match of its pattern and the day of today, and returns None where there is no such day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

_NUMBERS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10,
    "a": 1, "one": 1, "two": 2, "three": 3,
}  # fmt: skip
_WEEKDAYS = {
    "hai": 0,
    "2": 0,
    "ba": 1,
    "3": 1,
    "tu": 2,
    "4": 2,
    "nam": 3,
    "5": 3,
    "sau": 4,
    "6": 4,
    "bay": 5,
    "7": 5,
}
ENGLISH_MONTHS = (
    "january", "february", "march", "april", "june", "july", "august", "september", "october", "november",
    "december", "jan", "feb", "apr", "jun", "jul", "aug", "sept", "oct", "nov", "dec",
)  # fmt: skip
"""Without "may", "mar" and "sep": these are words of ours, too."""
_MONTH_STARTS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SEASONS = {
    "xuan": 2, "tet": 2, "spring": 2, "he": 5, "summer": 5, "thu": 8, "autumn": 8, "dong": 11, "winter": 11,
}  # fmt: skip
"""The month that each begins with."""
ENGLISH_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _on(today: dt.date, day: int, month: int, year: int | None) -> dt.date | None:
    """The day in that year, or the last time that it came round."""
    try:
        if year is not None:
            return dt.date(year + 2000 if year < 100 else year, month, day)
        found = dt.date(today.year, month, day)
        return found if found <= today else dt.date(today.year - 1, month, day)
    except ValueError:
        return None


def numeric(match: re.Match[str], today: dt.date) -> dt.date | None:
    return _on(today, int(match[1]), int(match[2]), int(match[3]) if match[3] else None)


def iso(match: re.Match[str], today: dt.date) -> dt.date | None:
    return _on(today, int(match[3]), int(match[2]), int(match[1]))


def day_of_month(match: re.Match[str], today: dt.date) -> dt.date | None:
    """ "ngày 5", "mùng 3": in this month, or in the last when still to come."""
    for back in range(3):
        month = (today.year * 12 + today.month - 1 - back) % 12 + 1
        year = (today.year * 12 + today.month - 1 - back) // 12
        found = _on(today, int(match[1]), month, year)
        if found and found <= today:
            return found
    return None


_MONTHS = {**_NUMBERS, "gieng": 1, "tu": 4, "chap": 12}


def month(match: re.Match[str], today: dt.date) -> dt.date | None:
    """The first of the month, the last time that it began."""
    month = int(match[1]) if match[1].isdigit() else _MONTHS[match[1]]
    if not 1 <= month <= 12:
        return None
    if match[2]:
        return dt.date(int(match[2]), month, 1)
    return dt.date(today.year - 1, month, 1) if match[3] else _on(today, 1, month, None)


def year(match: re.Match[str], _today: dt.date) -> dt.date:
    return dt.date(int(match[1]), 1, 1)


def beginning(match: re.Match[str], today: dt.date) -> dt.date:
    """ "đầu tháng", "cuối năm": the first of this one, the last of the one before."""
    first = today.replace(day=1) if "thang" in match[0] else today.replace(month=1, day=1)
    return first if match[0].startswith("dau") else first - dt.timedelta(days=1)


def month_of_year(match: re.Match[str], _today: dt.date) -> dt.date | None:
    return dt.date(int(match[2]), int(match[1]), 1)


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word]


def ago(match: re.Match[str], today: dt.date) -> dt.date | None:
    count, unit = _count(match[1]), match[2]
    days = {
        "ngay": 1,
        "hom": 1,
        "day": 1,
        "tuan": 7,
        "week": 7,
        "thang": 30,
        "month": 30,
        "nam": 365,
        "year": 365,
    }
    total = count * days[unit.removesuffix("s")]
    return today - dt.timedelta(days=total) if total < 20_000 else None


def weekday(match: re.Match[str], today: dt.date) -> dt.date | None:
    name = match[1]
    number = 6 if name in ("chu nhat", "cn") else _WEEKDAYS[name.split()[-1]]
    if "tuan" not in match[0] and re.search(r" (?:vua|roi|qua)", match[0]):
        return _last_weekday(number, today - dt.timedelta(days=1), week_before=False)  # not this very day
    return _last_weekday(number, today, "tuan" in match[0] or "truoc" in match[0])


def weekday_of_this_week(match: re.Match[str], today: dt.date) -> dt.date | None:
    name = match[1]
    number = 6 if name in ("chu nhat", "cn") else _WEEKDAYS[name.split()[-1]]
    return today + dt.timedelta(days=number - today.weekday())


def english_weekday(match: re.Match[str], today: dt.date) -> dt.date | None:
    return _last_weekday(ENGLISH_DAYS.index(match[1]), today, week_before=False)


def _last_weekday(number: int, today: dt.date, week_before: bool) -> dt.date:
    back = (today.weekday() - number) % 7
    if week_before:
        return today - dt.timedelta(days=today.weekday() + 7 - number)
    return today - dt.timedelta(days=back)


def last_week(match: re.Match[str], today: dt.date) -> dt.date | None:
    days = {"tuan": 7, "week": 7, "thang": 30, "month": 30, "nam": 365, "year": 365}
    unit = next(word for word in days if word in match[0])
    return today - dt.timedelta(days=days[unit])


def named(days: int) -> Callable[[re.Match[str], dt.date], dt.date | None]:
    return lambda _match, today: today - dt.timedelta(days=days)


def this_year(_match: re.Match[str], today: dt.date) -> dt.date:
    return today.replace(month=1, day=1)


def next_week(match: re.Match[str], today: dt.date) -> dt.date:
    """ "tuần sau", "tháng tới", "tuần sau nữa": its first day."""
    weeks = 2 if match[0].endswith("nua") else 1
    if "tuan" in match[0]:
        return today + dt.timedelta(days=7 * weeks - today.weekday())
    return (today.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def season(match: re.Match[str], today: dt.date) -> dt.date | None:
    """ "hè năm ngoái", "mùa đông 2024": the first of its first month."""
    words = match[0].split()
    month = next(number for name, number in _SEASONS.items() if name in words)
    if words[-1].isdigit():
        return dt.date(int(words[-1]), month, 1)
    if words[-1] == "nay":
        return dt.date(today.year, month, 1)
    return dt.date(today.year - 1, month, 1) if "ngoai" in words else _on(today, 1, month, None)


def english_season(match: re.Match[str], today: dt.date) -> dt.date | None:
    return _on(today, 1, _SEASONS[match[0].split()[-1]], None)


def english_month(match: re.Match[str], today: dt.date) -> dt.date | None:
    """ "3 November", "Nov 3rd, 2025", "in March": without a day its first."""
    month = _MONTH_STARTS.index(match[2][:3]) + 1
    return _on(today, int(match[1] or match[3] or 1), month, int(match[4]) if match[4] else None)
