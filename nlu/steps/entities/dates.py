"""Days that people name, as dates: "hôm qua", "sáng 15/3", "thứ hai vừa rồi", "ngày 5 tháng 4"."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from nlu.steps.entities import days
from nlu.steps.entities.found import Found
from nlu.steps.fold import fold
from nlu.steps.normalise import Message

_PART = r"(?:(?:sang|trua|chieu|toi|dem|khuya) (?:ngay )?(?:hom )?)?"
_DAY_PART = r"(?:(?:sang|trua|chieu|toi|dem) (?:hom )?)?"
_DAYS_AGO = {
    "hom nay": 0, "hnay": 0, "bua nay": 0, "ngay hom nay": 0, "today": 0, "this morning": 0, "tonight": 0,
    "this afternoon": 0, "this evening": 0,
    "hom qua": 1, "hqua": 1, "ngay hom qua": 1, "bua qua": 1, "yesterday": 1, "last night": 1,
    "hom kia": 2, "ngay hom kia": 2, "bua kia": 2, "hom kia kia": 3,
    "the day before yesterday": 2,
    "ngay mai": -1, "hom mai": -1, "tomorrow": -1, "ngay kia": -2,
}  # fmt: skip
_TODAY_PARTS = r"(?:sang som|rang sang|sang|trua|chieu|toi|dem|khuya) nay"
_YESTERDAY_PARTS = r"(?:chieu|toi|dem|sang|trua|khuya) (?:qua|hom qua|hqua)"
_TOMORROW_PARTS = r"(?:sang|trua|chieu|toi) mai"
_TOMORROW = (
    r"(?:^|(?<=[,.;:?!] )|(?<=den )|(?<=de )|(?<=hen )|(?<=roi ))mai(?= (?:toi|em|minh|e|ho|no|co|moi|den"
    r"|phai|se|di|giao|la|ban|chuyen|tra|con|chau|bo|me|anh|chi)\b|\W*$)"
)
""" "Mai" alone is a name, too."""
_SEASON = r"(?:mua (?:xuan|he|thu|dong)|he|tet)(?: nam)? (?:ngoai|nay|vua roi|vua qua|roi|truoc|20\d\d)"
_COUNT = r"(\d{1,3}|mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi|a|one|two|three)"
_LAST = r"(?: (?:tuan )?(?:vua roi|vua qua|truoc|tuan truoc|roi|qua|vua xong))"
_LAST_WEEK = r"tuan (?:truoc|trc|roi|vua roi|vua qua|qua)"
_WEEKDAY = r"(thu (?:hai|ba|tu|nam|sau|bay|[2-7])|chu nhat|cn)"
_SMALL = (
    r"(?:[\s,.;:-]+(?:hom|vao|ngay|la|dung|khoang|tam|nham|sang|trua|chieu|toi|dem|cua|em|minh|nho|chac"
    r"|co le)){0,5}[\s,.;:-]+"
)
_ORDINAL = "".join(
    rf"(?<!{word} )"
    for word in (
        "lan", "nguoi", "cai", "tuan", "ngay", "dua", "mon", "ben", "so", "don", "thang", "nam", "chiec",
        "bai", "buoi", "dieu", "cau", "tang", "hang", "loai", "lop", "chai", "hop", "ca", "doi", "vong",
        "phan",
    )
)  # fmt: skip
"""Behind these words "thứ ba" counts things, it names no day."""
_MONTH_NAMES = r"\d{1,2}|gieng|mot|hai|ba|tu|nam|sau|bay|tam|chin|muoi|chap"
_LUNAR = re.compile(
    r"(?<!\w)(?:(?:sang|trua|chieu|toi|dem) )?"
    r"(?:(?:hom |ngay )?(?:mung|mong) \d{1,2}(?!\s?(?:/|-|thang|th)\s?\d)|(?:hom|ngay) ram|ram(?= thang))"
    rf"(?: thang (?:{_MONTH_NAMES}))?"
    r"(?: (?:vua roi|vua qua|thang nay|thang truoc))?(?!\w)"
)
_BY_THE_MOON = re.compile(r"\s*\(?(?:am lich|am|al)(?!\w)")
""" "Mùng 5" and "rằm" mostly count by the moon: which day of ours that was is not guessed. With the number of
a month ("mùng 2 tháng 9") it is a day of ours."""
_ROUND_THE_CLOCK = re.compile(r"(?<!ngay )(?<!hom )24/7")


class _Rule(NamedTuple):
    """A pattern that is only tried where one of `needs` is said, words or two words side by side; of
    `_NUMERIC`, where these letters stand."""

    needs: frozenset[str]
    pattern: re.Pattern[str]
    day: Callable[[re.Match[str], dt.date], dt.date | None]


def _rule(
    needs: str | frozenset[str], pattern: str, day: Callable[[re.Match[str], dt.date], dt.date | None]
) -> _Rule:
    signs = frozenset(needs.split()) if isinstance(needs, str) else needs
    return _Rule(signs, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"), day)


def _beside(first: str, second: str) -> frozenset[str]:
    """Any word of the one beside any word of the other."""
    return frozenset(f"{a} {b}" for a in first.split() for b in second.split())


_NAMED = "|".join(sorted(_DAYS_AGO, key=len, reverse=True))
_NAMED_SIGNS = frozenset(" ".join(name.split()[:2]) for name in _DAYS_AGO)
_WEEKDAYS = _beside("thu", "ba tu nam sau bay 2 3 4 5 6 7") | {"chu nhat"}
_WEEKDAYS_OR_SHORT = _WEEKDAYS | {"thu hai", "cn"}
_NUMERIC = (
    _rule(
        "th", rf"{_PART}(?:ngay )?(?:(?:mung|mong) )?(\d{{1,2}})\s?(?:thang|th)\s?(\d{{1,2}})"
        r"(?:\s?(?:nam|,|/|-)?\s?(20\d\d))?", days.numeric,
    ),
    _rule("20", r"(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})", days.iso),
    _rule(
        "/ . -", rf"{_PART}(?:ngay )?(?<![\d/.-])(\d{{1,2}})\s?[/.-]\s?(\d{{1,2}})\s?[/.-]\s?((?:20)?\d\d)"
        r"(?![/.-]?\d)", days.numeric,
    ),
    _rule("/", rf"{_PART}(?:ngay )?(?<![\d/.-])(\d{{1,2}})/(\d{{1,2}})(?![/\d])()", days.numeric),
    _rule("-", rf"(?<=ngay ){_PART}(\d{{1,2}})-(\d{{1,2}})(?![/\d-])()", days.numeric),
    _rule("-", rf"(?<=hom ){_PART}(\d{{1,2}})-(\d{{1,2}})(?![/\d-])()", days.numeric),
    _rule("20", r"(?<![\d/.-])(0?[1-9]|1[0-2])\s?[/-]\s?(20\d\d)(?![/.-]?\d)", days.month_of_year),
    _rule(
        "hom ngay", r"(?:hom|ngay) (\d{1,2})(?= (?:vua roi|vua qua|thang nay|toi|em|minh|e|co)\b"
        r"|\W*$)(?: (?:vua roi|vua qua|thang nay))?", days.day_of_month,
    ),
    _rule("ngay", r"(?<!\d )(?<!may )(?<!moi )ngay ([12]?\d|3[01])(?=\s?[.,;:!?)])", days.day_of_month),
    _rule("nam", r"nam (20[0-3]\d)", days.year),
)  # fmt: skip
_SAID = (
    _rule(_NAMED_SIGNS, rf"{_PART}({_NAMED})",
          lambda match, today: today - dt.timedelta(days=_DAYS_AGO[match[1]])),
    _rule(_beside("som sang trua chieu toi dem khuya", "nay"), _TODAY_PARTS, days.named(0)),
    _rule(_beside("chieu toi dem sang trua khuya", "qua hom hqua"), _YESTERDAY_PARTS, days.named(1)),
    _rule(_beside("sang trua chieu toi", "mai"), _TOMORROW_PARTS, days.named(-1)),
    _rule("mai", _TOMORROW, days.named(-1)),
    _rule(
        frozenset({"nam nay"}), r"(?<!nua )(?<!hai )(?<!ba )(?<!bon )(?<!muoi )(?<!\d )nam nay",
        days.this_year,
    ),
    _rule(
        _beside("tuan thang", "sau toi"),
        r"(?<!\d )(?:tuan (?:sau|toi)(?: nua)?|thang (?:sau|toi)(?! (?:thang|lan|tien|\d)))",
        days.next_week,
    ),
    _rule("mua he tet", _SEASON, days.season),
    _rule(
        _beside("last this", "spring summer autumn winter"),
        r"(?:last|this) (?:spring|summer|autumn|winter)", days.english_season,
    ),
    _rule(
        "thang", rf"(?:dau |giua |cuoi )?thang ({_MONTH_NAMES})(?! ?(?:nay|roi|ngay))"
        r"(?:(?: nam)? (20\d\d)| (nam ngoai|nam truoc))?", days.month,
    ),
    _rule(_beside("tuan thang nam", "truoc trc vua roi ngoai") | _beside("last", "week month year"),
          r"(?:dau |giua |cuoi )?(?:tuan (?:truoc|roi|vua roi|vua qua|trc)|thang (?:truoc|vua roi|vua qua"
          r"|trc))|nam (?:ngoai|truoc)|last (?:week|month|year)", days.last_week),
    _rule(
        _beside("dau cuoi", "thang nam"),
        r"(?:dau|cuoi) (?:thang|nam)(?! (?:\w*\d|nay|sau|truoc|toi|gieng|chap))", days.beginning,
    ),
    _rule(
        _beside("ngay hom tuan thang nam", "truoc"), rf"{_COUNT} (ngay|hom|tuan|thang|nam) truoc", days.ago
    ),
    _rule(frozenset({"cach day"}), rf"cach day (?:khoang )?{_COUNT} (ngay|hom|tuan|thang|nam)", days.ago),
    _rule("ago", rf"{_COUNT} (days?|weeks?|months?|years?) ago", days.ago),
    _rule(_WEEKDAYS_OR_SHORT, rf"{_DAY_PART}{_WEEKDAY}{_LAST}", days.weekday),
    _rule(_WEEKDAYS_OR_SHORT, rf"{_DAY_PART}{_WEEKDAY}{_SMALL}{_LAST_WEEK}", days.weekday),
    _rule(_WEEKDAYS_OR_SHORT, rf"{_LAST_WEEK}{_SMALL}{_WEEKDAY}", days.weekday),
    _rule(_WEEKDAYS_OR_SHORT, rf"{_DAY_PART}{_WEEKDAY} tuan nay", days.weekday_of_this_week),
    _rule(_WEEKDAYS, rf"{_DAY_PART}{_ORDINAL}(thu (?:ba|tu|nam|sau|bay|[2-7])|chu nhat)", days.weekday),
    _rule(frozenset({"thu hai", "cn"}), r"(?:(?:sang|trua|chieu|toi|dem|hom) )(thu hai|cn)", days.weekday),
    _rule(frozenset({"thu hai"}), r"(?<=\btu )(thu hai)", days.weekday),
    _rule(frozenset({"thu hai", "cn"}), r"^\W*(thu hai|cn)(?=\W*$)", days.weekday),
    _rule(
        " ".join(days.ENGLISH_MONTHS),
        rf"(?:(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? )?({'|'.join(days.ENGLISH_MONTHS)})\b\.?"
        r"(?: (\d{1,2})(?:st|nd|rd|th)?(?! ?(?:pm|am|o'clock|%|dong|people|times)\b))?(?:,? (20\d\d))?",
        days.english_month,
    ),
    _rule(" ".join(days.ENGLISH_DAYS), rf"(?:last )?({'|'.join(days.ENGLISH_DAYS)})", days.english_weekday),
)  # fmt: skip
_THU, _CHU = "thu\u031b\u0301", "chu\u0309"
_MOON_WORDS = frozenset({"mung", "mong", "ram"})
_ANY = frozenset().union(*(rule.needs for rule in _SAID), _MOON_WORDS)


def find_dates(message: Message, today: dt.date) -> Iterator[Found]:
    """Days beside `today`: a month without a year is the last one that has begun. A day by the moon has no
    normal form."""
    folded = message.folded
    said = _ANY.intersection(message.spoken) | _ANY.intersection(message.neighbours)
    if said:
        if not said.isdisjoint(_MOON_WORDS):
            for match in _LUNAR.finditer(folded):
                yield Found("date", *match.span())
        for rule in _SAID:
            if not said.isdisjoint(rule.needs):
                yield from _days(message, rule, today)
    if message.has_digits and any(char in folded for char in "0123456789"):
        for rule in _NUMERIC:
            if any(need in folded for need in rule.needs):
                yield from _days(message, rule, today)


def _days(message: Message, rule: _Rule, today: dt.date) -> Iterator[Found]:
    folded = message.folded
    for match in rule.pattern.finditer(folded):
        day = rule.day(match, today)
        if day is not None and _spelt_right(message, match) and not _of_late(folded, match.start()):
            moon = _BY_THE_MOON.match(folded, match.end())
            yield Found("date", *match.span(), "" if moon else day.isoformat())


def _of_late(folded: str, start: int) -> bool:
    """ "Mấy hôm nay" is no day, "24/7" is any."""
    return folded.endswith(("may ", "nhung "), 0, start) or bool(_ROUND_THE_CLOCK.match(folded, start))


def _spelt_right(message: Message, match: re.Match[str]) -> bool:
    """A weekday written with diacritics is "thứ" or "chủ": "thử 7 ngày", "chữ Nhật" are not."""
    if "thu " not in match[0] and "chu " not in match[0]:
        return True
    start, end = message.span(*match.span())
    words = unicodedata.normalize("NFD", message.text[start:end].lower()).split()
    return all(word in ("thu", "chu", _THU, _CHU) for word in words if fold(word) in ("thu", "chu"))
