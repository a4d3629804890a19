"""Days that people name, as dates: "hôm qua", "sáng 15/3", "thứ hai vừa rồi", "ngày 5 tháng 4"."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator

from nlu.steps.entities.found import Found
from nlu.steps.fold import fold
from nlu.steps.normalise import Message

_PART = r"(?:(?:sang|trua|chieu|toi|dem|khuya) (?:ngay )?(?:hom )?)?"
_DAY_PART = r"(?:(?:sang|trua|chieu|toi|dem|hom) )?"
_DAYS_AGO = {
    "hom nay": 0, "hnay": 0, "bua nay": 0, "ngay hom nay": 0, "today": 0, "this morning": 0, "tonight": 0,
    "hom qua": 1, "hqua": 1, "ngay hom qua": 1, "bua qua": 1, "yesterday": 1, "last night": 1,
    "hom kia": 2, "ngay hom kia": 2, "bua kia": 2, "hom no": 3, "hom kia kia": 3,
    "the day before yesterday": 2,
}  # fmt: skip
_TODAY_PARTS = r"(?:sang|trua|chieu|toi|dem|khuya) nay"
_YESTERDAY_PARTS = r"(?:chieu|toi|dem|sang|trua|khuya) (?:qua|hom qua|hqua)"
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
_ENGLISH_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_COUNT = r"(\d{1,3}|mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi|a|one|two|three)"
_LAST = r"(?: (?:tuan )?(?:vua roi|vua qua|truoc|tuan truoc|roi|qua|vua xong))"
_LAST_WEEK = r"tuan (?:truoc|trc|roi|vua roi|vua qua|qua)"
_WEEKDAY = r"(thu (?:hai|ba|tu|nam|sau|bay|[2-7])|chu nhat|cn)"
_SMALL = (
    r"(?:[\s,.;:-]+(?:hom|vao|ngay|la|dung|khoang|tam|nham|sang|trua|chieu|toi|dem|cua|em|minh|nho|chac"
    r"|co le)){0,5}[\s,.;:-]+"
)
_LUNAR = re.compile(
    r"(?<!\w)(?:(?:sang|trua|chieu|toi|dem) )?"
    r"(?:(?:hom |ngay )?(?:mung|mong) \d{1,2}(?!\s?(?:/|-|thang|th)\s?\d)|(?:hom|ngay) ram|ram(?= thang))"
    r"(?: thang (?:\d{1,2}|gieng|hai|ba|tu|nam|sau|bay|tam|chin|muoi|chap))?"
    r"(?: (?:vua roi|vua qua|thang nay|thang truoc))?(?!\w)"
)
_BY_THE_MOON = re.compile(r"\s*\(?(?:am lich|am|al)(?!\w)")
""" "Mùng 5" and "rằm" mostly count by the moon: which day of ours that was is not guessed. With the number of
a month ("mùng 2 tháng 9") it is a day of ours."""
_HINT = re.compile(r"\d|nay|qua|kia|truoc|roi|thu|nhat|ngay|today|yesterday|last|ago|night|mung|mong|ram")


def _on(today: dt.date, day: int, month: int, year: int | None) -> dt.date | None:
    """The day in that year, or the last time that it came round."""
    try:
        if year is not None:
            return dt.date(year + 2000 if year < 100 else year, month, day)
        found = dt.date(today.year, month, day)
        return found if found <= today else dt.date(today.year - 1, month, day)
    except ValueError:
        return None


def _numeric(match: re.Match[str], today: dt.date) -> dt.date | None:
    return _on(today, int(match[1]), int(match[2]), int(match[3]) if match[3] else None)


def _iso(match: re.Match[str], today: dt.date) -> dt.date | None:
    return _on(today, int(match[3]), int(match[2]), int(match[1]))


def _day_of_month(match: re.Match[str], today: dt.date) -> dt.date | None:
    """ "ngày 5", "mùng 3": in this month, or in the last when still to come."""
    for back in range(3):
        month = (today.year * 12 + today.month - 1 - back) % 12 + 1
        year = (today.year * 12 + today.month - 1 - back) // 12
        found = _on(today, int(match[1]), month, year)
        if found and found <= today:
            return found
    return None


_MONTHS = {**_NUMBERS, "gieng": 1, "tu": 4, "chap": 12}


def _month(match: re.Match[str], today: dt.date) -> dt.date | None:
    """The first of the month, the last time that it began."""
    month = int(match[1]) if match[1].isdigit() else _MONTHS[match[1]]
    if not 1 <= month <= 12:
        return None
    if match[2]:
        return dt.date(int(match[2]), month, 1)
    return dt.date(today.year - 1, month, 1) if match[3] else _on(today, 1, month, None)


def _month_of_year(match: re.Match[str], _today: dt.date) -> dt.date | None:
    return dt.date(int(match[2]), int(match[1]), 1)


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word]


def _ago(match: re.Match[str], today: dt.date) -> dt.date | None:
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


def _weekday(match: re.Match[str], today: dt.date) -> dt.date | None:
    name = match[1]
    number = 6 if name in ("chu nhat", "cn") else _WEEKDAYS[name.split()[-1]]
    if "tuan" not in match[0] and re.search(r" (?:vua|roi|qua)", match[0]):
        return _last_weekday(number, today - dt.timedelta(days=1), week_before=False)  # not this very day
    return _last_weekday(number, today, "tuan" in match[0] or "truoc" in match[0])


def _weekday_of_this_week(match: re.Match[str], today: dt.date) -> dt.date | None:
    name = match[1]
    number = 6 if name in ("chu nhat", "cn") else _WEEKDAYS[name.split()[-1]]
    return today + dt.timedelta(days=number - today.weekday())


def _english_weekday(match: re.Match[str], today: dt.date) -> dt.date | None:
    return _last_weekday(_ENGLISH_DAYS.index(match[1]), today, week_before=False)


def _last_weekday(number: int, today: dt.date, week_before: bool) -> dt.date:
    back = (today.weekday() - number) % 7
    if week_before:
        return today - dt.timedelta(days=today.weekday() + 7 - number)
    return today - dt.timedelta(days=back)


def _last_week(match: re.Match[str], today: dt.date) -> dt.date | None:
    days = {"tuan": 7, "week": 7, "thang": 30, "month": 30, "nam": 365, "year": 365}
    unit = next(word for word in days if word in match[0])
    return today - dt.timedelta(days=days[unit])


def _named(days: int) -> Callable[[re.Match[str], dt.date], dt.date | None]:
    return lambda _match, today: today - dt.timedelta(days=days)


_NAMED = "|".join(sorted(_DAYS_AGO, key=len, reverse=True))
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], dt.date], dt.date | None]], ...] = tuple(
    (re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"), rule)
    for pattern, rule in (
        (
            rf"{_PART}(?:(?:mung|mong) )?(\d{{1,2}})\s?(?:thang|th)\s?(\d{{1,2}})"
            r"(?:\s?(?:nam|,|/|-)?\s?(20\d\d))?", _numeric
        ),
        (r"(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})", _iso),
        (
            rf"{_PART}(?<![\d/.-])(\d{{1,2}})\s?[/.-]\s?(\d{{1,2}})\s?[/.-]\s?((?:20)?\d\d)"
            r"(?![/.-]?\d)", _numeric
        ),
        (rf"{_PART}(?<![\d/.-])(\d{{1,2}})/(\d{{1,2}})(?![/\d])()", _numeric),
        (rf"(?<=ngay ){_PART}(\d{{1,2}})-(\d{{1,2}})(?![/\d-])()", _numeric),
        (rf"(?<=hom ){_PART}(\d{{1,2}})-(\d{{1,2}})(?![/\d-])()", _numeric),
        (r"(?<![\d/.-])(0?[1-9]|1[0-2])\s?[/-]\s?(20\d\d)(?![/.-]?\d)", _month_of_year),
        (
            r"(?:dau |giua |cuoi )?thang (\d{1,2}|gieng|mot|hai|ba|tu|nam|sau|bay|tam|chin|muoi"
            r"|chap)(?! ?(?:nay|roi|ngay))(?:(?: nam)? (20\d\d)| (nam ngoai|nam truoc))?", _month),
        (
            r"(?:hom|ngay) (\d{1,2})(?= (?:vua roi|vua qua|thang nay|toi|em|minh|e|co)\b"
            r"|\W*$)(?: (?:vua roi|vua qua|thang nay))?", _day_of_month),
        (rf"{_COUNT} (ngay|hom|tuan|thang|nam) truoc", _ago),
        (rf"cach day (?:khoang )?{_COUNT} (ngay|hom|tuan|thang|nam)", _ago),
        (rf"{_COUNT} (days?|weeks?|months?|years?) ago", _ago),
        (rf"{_DAY_PART}{_WEEKDAY}{_LAST}", _weekday),
        (rf"{_DAY_PART}{_WEEKDAY}{_SMALL}{_LAST_WEEK}", _weekday),
        (rf"{_LAST_WEEK}{_SMALL}{_WEEKDAY}", _weekday),
        (rf"{_DAY_PART}{_WEEKDAY} tuan nay", _weekday_of_this_week),
        (
            rf"{_DAY_PART}(?<!lan )(?<!nguoi )(?<!cai )(?<!tuan )(?<!ngay )(?<!dua )(?<!mon )(?<!ben )"
            r"(?<!so )(thu (?:ba|tu|nam|sau|bay|[2-7])|chu nhat)", _weekday),
        (r"(?:(?:sang|trua|chieu|toi|dem|hom) )(thu hai|cn)", _weekday),
        (r"^\W*(thu hai|cn)(?=\W*$)", _weekday),
        (rf"(?:last |on )({'|'.join(_ENGLISH_DAYS)})", _english_weekday),
        (
            r"(?:dau |giua |cuoi )?(?:tuan (?:truoc|vua roi|vua qua|trc)|thang (?:truoc|vua roi|vua qua"
            r"|trc))|nam (?:ngoai|truoc)|last (?:week|month|year)", _last_week),
        (_TODAY_PARTS, _named(0)),
        (_YESTERDAY_PARTS, _named(1)),
    )
)  # fmt: skip
_NAMED_DAY = re.compile(rf"(?<!\w){_PART}({_NAMED})(?!\w)")


_THU, _CHU = "thu\u031b\u0301", "chu\u0309"


def _spelt_right(message: Message, match: re.Match[str]) -> bool:
    """A weekday written with diacritics is "thứ" or "chủ": "thử 7 ngày", "chữ Nhật" are not."""
    if "thu " not in match[0] and "chu " not in match[0]:
        return True
    start, end = message.span(*match.span())
    words = unicodedata.normalize("NFD", message.text[start:end].lower()).split()
    return all(word in ("thu", "chu", _THU, _CHU) for word in words if fold(word) in ("thu", "chu"))


def find_dates(message: Message, today: dt.date) -> Iterator[Found]:
    """Days up to `today`: a month without a year is the last one that has begun. A day by the moon has no
    normal form."""
    folded = message.folded
    if not _HINT.search(folded):
        return
    for match in _LUNAR.finditer(folded):
        yield Found("date", *match.span())
    for match in _NAMED_DAY.finditer(folded):
        yield Found("date", *match.span(), (today - dt.timedelta(days=_DAYS_AGO[match[1]])).isoformat())
    for pattern, rule in _RULES:
        for match in pattern.finditer(folded):
            if (day := rule(match, today)) is not None and _spelt_right(message, match):
                moon = _BY_THE_MOON.match(folded, match.end())
                yield Found("date", *match.span(), "" if moon else day.isoformat())
