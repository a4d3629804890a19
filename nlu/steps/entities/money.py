"""Amounts of money, in digits, in words and in slang: "5tr", "1tr2", "hai triệu rưỡi", "5 lít", "$50"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from nlu.steps.entities.found import Found
from nlu.steps.normalise import Message

VND_PER_USD = 26_000
"""A round figure: officers see the consumer's own words beside it."""

_UNITS = {
    "k": 1_000, "ng": 1_000, "nghin": 1_000, "ngan": 1_000, "nghan": 1_000, "ngin": 1_000, "thousand": 1_000,
    "tr": 1_000_000, "trieu": 1_000_000, "triu": 1_000_000, "cu": 1_000_000,
    "million": 1_000_000, "mil": 1_000_000, "mio": 1_000_000, "m": 1_000_000, "chai": 1_000_000,
    "ty": 1_000_000_000, "ti": 1_000_000_000, "billion": 1_000_000_000,
    "lit": 100_000, "xi": 100_000, "loet": 100_000,
}  # fmt: skip
_CURRENCY = {
    "d": 1, "dong": 1, "vnd": 1, "usd": VND_PER_USD, "do": VND_PER_USD, "dola": VND_PER_USD,
    "$": VND_PER_USD, "dollar": VND_PER_USD, "dollars": VND_PER_USD, "bucks": VND_PER_USD,
}  # fmt: skip
_SLANG = frozenset({"lit", "chai", "xi", "loet", "m", "cu", "do", "ti"})
"""Units that are also things; they need a word of money before and no thing behind."""
_DIGITS = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5, "sau": 6,
    "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
_SPELLINGS = {
    "cu": "cu\u0309", "tram": "tra\u0306m", "dong": "do\u0302\u0300ng", "do": "do\u0302", "nam": "na\u0306m",
    "ngan": "nga\u0300n", "chai": "chai", "xi": "xi\u0323", "bay": "ba\u0309y", "ty": "ty\u0309", "k": "k",
}  # fmt: skip
_D_BAR = "\u0111"
_NUMBERS = frozenset({*_DIGITS, "$", "nua", "muoi"})
"""Whatever begins an amount, digits apart."""
_PLAIN_DIGITS = frozenset({"hai", "ba", "bon", "bay", "tam", "chin"})
"""Digits that are seldom another word when the diacritics are missing."""
_LEXEME = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?![\d])|\d{1,3}(?: \d{3}){2,}(?!\d)|\d+[.,]\d+|\d+|[a-z]+|\$|đ")
_HINTS, _HINT_WORDS = ("trieu", "nghin", "ngan", "$"), frozenset({"ty", "tram", "cu"})
_HINT = re.compile(r"\d|trieu|nghin|ngan|\bty\b|\btram\b|\bcu\b|\$")
_SPENT = re.compile(
    r"\b(?:mat|tra|het|tru|lua|ck|chuyen|khoan|coc|gia|phat|phi|ton|bay|tien|nop|nap|dong|ban|mua|gui"
    r"|rut|vay|no|doi|lay"
    r"|duoc|ca|hon|gan|tam|khoang|tan|paid|pay|sent|cost|boi thuong|den|an|chot|thue|chem|tinh"
    r"|moi)\b(?:\W+\w+){0,2}\W*$"
)
_THING_AFTER = re.compile(
    r"^\s?(?:nuoc|xang|dau|ruou|sua|mat|mam|bia|thuoc|khoai|hanh|toi|sam|sac|nghe|gung|gio|nay|lon"
    r"|loc|su hao|dan|xa|vuong|vao|thi)"
)
_NOT_MONEY_AFTER = re.compile(
    r"^\s?(?:nguoi|kg|ky|can|g\b|gam|ml|lit|l\b|m\b|met|km|cai|hop|chai|ngay|thang|gio|phut|tuoi|view"
    r"|like|follow|%|/\d|-\d|do c)"
)
_VESSEL = re.compile(r"\b(?:binh|thung|chai|can|phuy|bon|xo|loai)\s?$")
_MODEL = re.compile(r"\b(?:iphone|ip|ipad|samsung|ss|galaxy|note|redmi|oppo|xiaomi|macbook|promax|pro)\s?$")
""" "iPhone 15 cũ" is no price."""
_CROWD_AFTER = re.compile(r"^\s?(?:nguoi|ng|view|like|follow|tim|luot|sub)\b")
_COUNTED = re.compile(
    r"\s(?:thang|nam|ngay|tuan|nguoi|ng|cai|lan|hop|mui|chai|luot|dem|gio|chiec|con|cho|suat|thung|kg"
    r"|can|tram|muoi|chuc"
    r"|nghin|ngan|trieu|ty|phut|tieng|buoi|khoa|goi|lo|vi|vien|bo|doi|mon|phan|thang|dua|me|bua|xe"
    r"|cay|so|ve|phong|tr"
    r"|k|cu|met|m2|sao|tui|bao|ky|quyen|tam|bi|to|chi|la|%|/)\b|[\d.,]\d|\s?[/-]\s?\d"
)
_BARE_CUE = re.compile(
    r"\b(?:mat|tra|het|tru|lua|ck|chuyen khoan|chuyen|coc|gia|phat|phi|ton|so tien|nop|nap|tien|rut"
    r"|vay|doi|bao)\s?(?:la|:|toi|em|minh|co|tan|gan|hon|khoang|so|may|luon|di|them|oan)?\s?$"
)


class Amount(NamedTuple):
    """Whole VND at `folded[start:end]`; `sure` when a unit or the shape says that it is money."""

    value: int
    start: int
    end: int
    sure: bool


def find_money(message: Message) -> Iterator[Found]:
    folded = message.folded
    said = message.has_digits or not _HINT_WORDS.isdisjoint(message.spoken)
    if not said and not any(hint in folded for hint in _HINTS):
        return
    for amount in amounts(folded):
        if _spelt_right(message, amount):
            yield Found("money", amount.start, amount.end, str(amount.value))


def _spelt_right(message: Message, amount: Amount) -> bool:
    """Where diacritics were typed they must be those of the unit: an old man is no million."""
    start, end = message.span(amount.start, amount.end)
    for word in unicodedata.normalize("NFD", message.text[start:end].lower()).replace(_D_BAR, "d").split():
        plain = "".join(char for char in word if not unicodedata.combining(char))
        if plain in _SPELLINGS and word not in (plain, _SPELLINGS[plain]):
            return False
    return True


def amounts(folded: str) -> Iterator[Amount]:
    """Every amount of money, left to right."""
    if not _HINT.search(folded):
        return
    lexemes = [(m[0], m.start(), m.end()) for m in _LEXEME.finditer(folded)]
    index = 0
    while index < len(lexemes):
        word, start, _ = lexemes[index]
        index += 1
        if (word in _NUMBERS or word[0].isdigit()) and not _glued(folded, start):
            reader = _Reader(folded, lexemes, index - 1)
            if (amount := reader.amount()) is not None:
                yield amount
                index = reader.index


def _glued(folded: str, start: int) -> bool:
    return start > 0 and (folded[start - 1].isalnum() or folded[start - 1] in "_@/")


class _Reader:
    """Reads one amount from a list of lexemes; `index` is the next unread one."""

    def __init__(self, folded: str, lexemes: list[tuple[str, int, int]], index: int) -> None:
        self.folded, self.lexemes, self.first, self.index = folded, lexemes, index, index

    def amount(self) -> Amount | None:
        """The amount that begins here, or None when this is a number of something else."""
        if self._word() == "$":
            return self._dollars()
        total, last_unit = 0.0, None
        while (part := self._part(last_unit)) is not None:
            value, last_unit = part
            total += value
            if last_unit is None:
                break
        if self.index == self.first:
            return None
        currency = self._currency()
        start, end = self.lexemes[self.first][1], self.lexemes[self.index - 1][2]
        value = round(total * (_CURRENCY.get(currency, 1) if currency else 1))
        sure = last_unit is not None or currency is not None
        if not self._is_money(start, end, value, last_unit, currency) or not 100 <= value <= 10**13:
            return None
        return Amount(value, start, end, sure)

    def _is_money(self, start: int, end: int, value: int, unit: str | None, currency: str | None) -> bool:
        before, after = self.folded[max(0, start - 40) : start], self.folded[end : end + 12]
        if after[:1].isalnum():
            return False
        if unit in _SLANG or currency in _SLANG:
            thing = _THING_AFTER.match(after) or _VESSEL.search(before)
            if unit == "cu" and _MODEL.search(before):
                return False
            measured = unit == "lit" and re.search(r"[.,]\d", self.folded[start:end])
            return not thing and not measured and (unit == "cu" or bool(_SPENT.search(before)))
        if unit or currency:
            return not _CROWD_AFTER.match(after)
        written = self.folded[start:end]
        if _NOT_MONEY_AFTER.match(after):
            return False
        if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", written) and value >= 1000:
            return not before.endswith(("+", "0 "))
        return bool(re.fullmatch(r"[1-9]\d{2,8}00", written) and _BARE_CUE.search(before))

    def _part(self, larger: str | None) -> tuple[float, str | None] | None:
        """One number with its unit: "2 triệu", "1tr2", "hai triệu rưỡi". Later parts need a smaller unit."""
        start = self.index
        number = self._number()
        if number is None:
            return None
        unit = self._word()
        if unit not in _UNITS or not self._close() or self._spaced_letter(unit, number):
            if larger is not None or (self.lexemes[start][0] in _DIGITS and not self._hundreds(start)):
                self.index = start
                return None
            hundreds = self.lexemes[self.index - 1][0] in ("tram", "ruoi")
            return number * (1000 if hundreds else 1), ("k" if hundreds and self._said_spent(start) else None)
        if larger is not None and (_UNITS[unit] >= _UNITS.get(larger, 1) or unit in _SLANG):
            self.index = start
            return None
        self.index += 1
        return number * _UNITS[unit] + self._tail(_UNITS[unit]), unit

    def _hundreds(self, start: int) -> bool:
        """ "năm trăm" alone means 500,000 where money is spoken of."""
        return self.lexemes[self.index - 1][0] in ("tram", "ruoi") and self._said_spent(start)

    def _said_spent(self, start: int) -> bool:
        at = self.lexemes[start][1]
        return bool(_SPENT.search(self.folded[max(0, at - 40) : at]))

    def _spaced_letter(self, unit: str, number: float) -> bool:
        """ "3 k" may be "3 không", "5 ng" are people."""
        spaced = self.lexemes[self.index][1] > self.lexemes[self.index - 1][2]
        return (unit == "ng" and number < 100) or (spaced and unit in ("k", "m") and number < 10)

    def _tail(self, unit: int) -> float:
        """What follows a unit: "rưỡi", the 2 of "1tr2", the "hai" of "một triệu hai"."""
        word = self._word()
        if word is None or unit < 1000:
            return 0
        at, end = self.lexemes[self.index][1:]
        gap = self.folded[self.lexemes[self.index - 1][2] : at]
        if word == "ruoi" and gap == " ":
            self.index += 1
            return unit / 2
        free = not _COUNTED.match(self.folded[end : end + 12])
        if (
            word.isdigit()
            and len(word) <= 3
            and (gap == "" or (gap == " " and free and self._short(word, unit)))
        ):
            if self.folded[end : end + 1].isalnum():
                return 0
            self.index += 1
            return float(unit * int(word) / 10.0 ** len(word))
        if gap == " " and free and unit >= 10**6 and word in _PLAIN_DIGITS:
            self.index += 1
            return unit * _DIGITS[word] / 10
        return 0

    @staticmethod
    def _short(word: str, unit: int) -> bool:
        return (len(word) == 1 or len(word) == 3) and word != "0" and unit >= 10**6

    def _number(self) -> float | None:
        word = self._word()
        if word is None or (self.index > self.first and not self._close()):
            return None
        if word[0].isdigit():
            self.index += 1
            return _read_digits(word)
        if word == "nua":
            self.index += 1
            return 0.5
        return self._number_in_words()

    def _number_in_words(self) -> float | None:
        """Below a thousand: "một trăm hai mươi", "ba trăm rưỡi", "mười lăm"."""
        total, pending, start = 0.0, None, self.index
        while (word := self._word()) is not None and (self.index == start or self._close()):
            if word in _DIGITS:
                if pending is not None:
                    break
                pending = _DIGITS[word]
            elif word == "tram":
                total, pending = (1 if pending is None else pending) * 100, None
            elif word in ("muoi", "chuc"):
                total, pending = total + (1 if pending is None else pending) * 10, None
            elif word == "ruoi" and total >= 100:
                total += 50
            elif word not in ("linh", "le") or self.index == start:
                break
            self.index += 1
        return total + (pending or 0) if self.index > start else None

    def _currency(self) -> str | None:
        word = self._word()
        if word in _CURRENCY and self._close():
            spaced = self.lexemes[self.index][1] > self.lexemes[self.index - 1][2]
            if not (word in ("d", "do") and spaced and self._goes_on()):
                self.index += 1
                return word
        return None

    def _goes_on(self) -> bool:
        """Another word follows, so that "đ" and "đô" may be the first letters of something else."""
        return bool(re.match(r"\s?\w", self.folded[self.lexemes[self.index][2] :][:3]))

    def _dollars(self) -> Amount | None:
        start = self.lexemes[self.index][1]
        self.index += 1
        if (word := self._word()) is None or not word[0].isdigit() or not self._close():
            return None
        self.index += 1
        return Amount(round(_read_digits(word) * VND_PER_USD), start, self.lexemes[self.index - 1][2], True)

    def _word(self) -> str | None:
        return self.lexemes[self.index][0] if self.index < len(self.lexemes) else None

    def _close(self) -> bool:
        """Nothing but one blank stands before the next lexeme."""
        gap = self.folded[self.lexemes[self.index - 1][2] : self.lexemes[self.index][1]]
        return gap in ("", " ")


def _read_digits(word: str) -> float:
    """ "1.500" is fifteen hundred, "1,5" one and a half."""
    plain = word.replace(" ", "")
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", plain):
        return float(re.sub(r"[.,]", "", plain))
    return float(plain.replace(",", ".")[:18])
