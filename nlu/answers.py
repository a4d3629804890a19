"""Reading a bare answer to a question that we asked: "5tr", "hôm qua", "ba người", "ừ"."""

from __future__ import annotations

import datetime as dt
import re

from nlu.steps.abbreviations import Abbreviations
from nlu.steps.entities import days
from nlu.steps.entities.dates import find_dates
from nlu.steps.entities.found import Found
from nlu.steps.entities.money import amounts
from nlu.steps.entities.numbers import national_phone
from nlu.steps.fold import fold
from nlu.steps.normalise import Message, spell

_NO_ABBREVIATIONS = Abbreviations({})
_WORDS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9,
    "muoi": 10, "chuc": 10, "ta": 12, "doi": 2, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_TENS = re.compile(
    r"\b(hai|ba|bon|nam|sau|bay|tam|chin)? ?(muoi|chuc|tram)(?: (mot|mot|hai|ba|bon|tu|lam|nam|sau"
    r"|bay|tam|chin))?\b"
)
_ALONE = frozenset(
    {
        "co minh toi",
        "minh toi",
        "co minh em",
        "minh em",
        "chi minh toi",
        "chi minh em",
        "co em",
        "moi em",
        "moi toi",
        "just me",
        "only me",
        "mot minh",
    }
)
_YES = re.compile(
    r"(?:da |vang |u |um |uh |co )*(?:co|dung|dung roi|dung vay|vang|da|ok|oke|okie|okay|okela|dong y"
    r"|duoc|dc|u|uh|um|uhm|phai|yes|yep|yeah|y|sure|chuan|nhat tri"
    r"|gui di|gui luon|gui|lam di|tiep tuc|xac nhan|chinh xac|co chu|duoc chu|hop ly|roi|c)(?: (?:a"
    r"|nhe|nha|luon|di|em|anh|chi|ban|ad|roi|chu|please|ha|the|vay|gui|dong y|toi dong y))*"
)
_NO = re.compile(
    r"(?:da |a )?(?:khong|ko|k|kg|hong|khum|hok|no|nope|not|thoi|chua|sai|sai roi|khoi|khong phai"
    r"|khong can|ko can|k can|khong dong y|bo qua|khong muon|ko muon|nham roi|chua dung|never"
    r"|thui)"
    r"(?: (?:a|nhe|nha|dau|em|anh|chi|ban|ad|roi|can|dung|phai|gui|dong y|muon|thanks|luon|nua|thoi"
    r"|co|cam on))*"
)
_MONTHS = rf"(?:{'|'.join(days.ENGLISH_MONTHS)})"
_VAGUE = re.compile(
    r"^(?!.*\d\s*(?:/|-|thang)\s*\d)(?!.*\b(?:(?<!mua )thu|chu nhat|cn)\b)"
    rf"(?!.*\d\w*(?: of)? {_MONTHS}\b)(?!.*\b{_MONTHS} \d\d?\b)"
    rf".*\b(?:tuan|thang|nam|week|month|year|he|tet|mua|spring|summer|autumn|winter|{_MONTHS})\b"
)
_TAIL = re.compile(r"[^\w\s]")


def parse_money(text: str) -> int | None:
    """Whole VND, or None. A bare number below 1,000 is thousands: asked how much, people say "500"."""
    folded = fold(text)
    found = list(amounts(folded))
    if found:
        return found[0].value
    if bare := re.fullmatch(r"\D{0,24}?(\d{1,12})\D{0,12}", folded.replace(".", "").replace(",", "")):
        number = int(bare[1])
        return number * 1000 if number < 1000 else number
    for cue in ("mat ", "gia "):
        if found := list(amounts(cue + folded)):
            return found[0].value
    return None


def parse_date(text: str, today: dt.date) -> dt.date | None:
    """The first day that is named, none in the future; a week or a month only where no day is named."""
    message = Message(text, _NO_ABBREVIATIONS)
    named = list(find_dates(message, today))
    if any(not found.normal for found in named):
        return None

    def exactness(found: Found) -> tuple[bool, int, int]:
        return vague(message.folded[found.start : found.end]), found.start, found.start - found.end

    for found in sorted(named, key=exactness):
        day = dt.date.fromisoformat(found.normal)
        if day <= today:
            return day
    if bare := re.fullmatch(r"\D{0,12}?(\d{1,2})\s*(?:[/.-]|thang)\s*(\d{1,2})\D*", fold(text)):
        return parse_date(f"{bare[1]}/{bare[2]}", today) if "/" not in text else None
    if bare := re.fullmatch(r"\s*(\d{1,2})\s*", text):
        return parse_date(f"ngay {bare[1]}", today)
    return None


def by_the_moon(text: str, today: dt.date) -> bool:
    """Names a day of the lunar calendar ("mùng 5", "rằm tháng 7")."""
    return any(not found.normal for found in find_dates(Message(text, _NO_ABBREVIATIONS), today))


def vague(said: str) -> bool:
    """The words name a week, a month or a year, and no day of it."""
    return _VAGUE.search(fold(said)) is not None


def parse_phone(text: str) -> str | None:
    """National digits, or None when no number of Viet Nam is in the text."""
    for run in re.finditer(r"\+?\d(?:[\s.\-()]{0,2}\d){6,13}", fold(text)):
        if phone := national_phone(run[0]):
            return phone
    return None


def parse_number(text: str) -> int | None:
    """How many people or things: "3 người", "ba", "khoảng chục người", "một mình tôi" -> 1."""
    folded = " ".join(fold(text).split())
    if digits := re.search(r"(?<!\d)\d{1,6}(?!\d)", folded.replace(".", "")):
        return int(digits[0])
    if _TAIL.sub("", folded) in _ALONE or "mot minh" in folded:
        return 1
    if tens := _TENS.search(folded):
        unit = 100 if tens[2] == "tram" else 10
        return (_WORDS[tens[1]] if tens[1] else 1) * unit + (_small(tens[3]) if tens[3] else 0)
    return next((_WORDS[word] for word in folded.split() if word in _WORDS), None)


def parse_yes_no(text: str) -> bool | None:
    """True, False, or None when it is neither."""
    folded = " ".join(_TAIL.sub(" ", fold(spell(text).replace("đừng", "không"))).split())
    if _NO.fullmatch(folded):
        return False
    return True if _YES.fullmatch(folded) else None


def _small(word: str) -> int:
    return 5 if word == "lam" else _WORDS[word]
