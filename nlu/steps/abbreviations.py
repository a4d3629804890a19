"""Short forms written out; those with several meanings only where the neighbours tell which."""

from __future__ import annotations

import re
from collections.abc import Mapping

from content.schema import Abbreviation
from nlu.steps.fold import fold

# Words (folded, and short forms as typed) that show what the message is about.
_ABOUT: dict[str, frozenset[str]] = {
    "money": frozenset(
        [
            "tien",
            "khoan",
            "ngan",
            "nganh",
            "stk",
            "vcb",
            "vietcombank",
            "bidv",
            "agribank",
            "vietinbank",
            "techcombank",
            "mbbank",
            "momo",
            "otp",
            "the",
            "vay",
            "lai",
            "atm",
            "chuyen",
            "rut",
            "no",
            "bank",
            "napas",
            "sao",
            "trieu",
            "nghin",
            "cu",
            "tr",
            "ck",
            "tk",
            "nh",
            "gd",
            "giao",
            "dich",
        ]
    ),
    "food": frozenset(["an", "uong", "quan", "mon", "bun", "pho", "com", "do", "bep", "nau"]),
    "secret": frozenset(
        ["doi", "quen", "lo", "dang", "nhap", "otp", "pin", "mat", "cap", "cho", "hack", "khoan", "tk"]
    ),
    "place": frozenset(["o", "tai", "tinh", "que", "huyen", "xa", "phuong", "so", "thanh", "pho"]),
    "signing": frozenset(
        ["ky", "ki", "ket", "huy", "cham", "dut", "gym", "thue", "coc", "vay", "khoan", "dieu"]
    ),
    "stock": frozenset(["san", "quoc", "te", "co", "phieu", "chung", "dau", "tu"]),
    "goods": frozenset(["mua", "hang", "shop", "doi", "tra", "shopee", "tiktok", "lazada", "giao", "nhan"]),
    "family": frozenset(["em", "minh", "toi", "nha", "con", "vk", "vo", "bo", "me", "ck"]),
    "sign_up": frozenset(
        [
            "goi",
            "cuoc",
            "sim",
            "so",
            "thue",
            "bao",
            "dich",
            "vu",
            "hoc",
            "thuoc",
            "kinh",
            "doanh",
            "the",
            "vneid",
            "muon",
        ]
    ),
    "police": frozenset(["cong", "an", "xa", "gia", "danh", "xung", "phuong", "cax"]),
    "days": frozenset(["sang", "chieu", "toi", "nay", "nua"]),
}

# Key -> (what the message is about, meaning), tried in order; the last may be unconditional ("").
_MEANINGS: dict[str, tuple[tuple[str, int], ...]] = {
    "ck": (("stock", 3), ("money", 0), ("family", 1), ("", 0)),
    "tk": (("", 0),),
    "đk": (("sign_up", 0), ("", 2)),
    "dk": (("sign_up", 1), ("", 0)),
    "tn": (("place", 1), ("", 0)),
    "tb": (("place", 1), ("", 0)),
    "hn": (("place", 1), ("", 0)),
    "nh": (("food", 1), ("money", 0)),
    "sp": (("", 0),),
    "đt": (("", 0),),
    "dt": (("", 0),),
    "hđ": (("signing", 0), ("money", 1), ("", 0)),
    "hd": (("signing", 0), ("goods", 1), ("", 2)),
    "cs": (("", 0),),
    "kh": (("", 0),),
    "sk": (("money", 0), ("", 1)),
    "mk": (("secret", 1), ("", 0)),
    "ca": (("police", 0),),
    "nt": (("", 0),),
    "mb": (("money", 0),),
    "tp": (("food", 1), ("", 0)),
    "0": (("", 0),),
    "vc": (("goods", 1), ("", 2)),
}


_UNITS = frozenset(["k", "kg", "tr", "km", "m", "c", "h", "t", "p", "đ", "0", "g", "ch", "r"])
"""After a number these are units, not short forms."""


class Abbreviations:
    """Expands a list of words. A word that carries diacritics only matches a key that carries the same."""

    def __init__(self, entries: Mapping[str, Abbreviation]) -> None:
        self._plain: dict[str, list[str]] = {}
        self._meanings: dict[str, list[list[str]]] = {}
        for key, entry in entries.items():
            if entry.ambiguous:
                self._meanings[key] = [m.lower().split() for m in entry.means.split(";")]
            else:
                self._plain[key] = entry.means.lower().split()

    def expand(self, words: list[str]) -> list[str]:
        """The words as meant. Expanding twice changes nothing more."""
        plain, meanings = self._plain, self._meanings
        about: set[str] | None = None
        out: list[str] = []
        for i, word in enumerate(words):
            unit = word in _UNITS and i > 0 and words[i - 1].isdigit()
            if unit or (word not in plain and word not in meanings):
                out.append(word)
            elif word in plain:
                out += plain[word]
            else:
                about = _about(words) if about is None else about
                out += self._meaning(word, about) or [word]
        return out

    def _meaning(self, word: str, about: set[str]) -> list[str] | None:
        for subject, index in _MEANINGS.get(word, ()):
            if not subject or subject in about:
                return self._meanings[word][index]
        return None


_MONEY = re.compile(r"\d+(?:k|tr|cu|trieu|nghin)\d*")


def _about(words: list[str]) -> set[str]:
    said = set(fold(" ".join(words)).split())
    about = {subject for subject, signs in _ABOUT.items() if not signs.isdisjoint(said)}
    if any(_MONEY.fullmatch(word) for word in said):
        about.add("money")
    return about
