"""Folding: lower case, no diacritics, one character for each that is kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from nlu.steps.remembered import Remembered

_WORD = 24
"""What is no longer than this is folded once and remembered."""
_DROPPED_CATEGORIES = frozenset({"Mn", "Me", "Cf"})
_BLANK_CATEGORIES = frozenset({"Cs", "Cc", "Co", "Cn", "Zs", "Zl", "Zp"})


class _FoldTable(dict[int, str]):
    """Code point -> its folded letter, "" for marks, " " for blanks and lone surrogates; filled as met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_one(chr(code))
        return folded


def _fold_one(char: str) -> str:
    category = unicodedata.category(char)
    if category in _DROPPED_CATEGORIES:
        return ""
    if char == "\n":
        return char
    if category in _BLANK_CATEGORIES:
        return " "
    if char in "đĐ\u00d0\u00f0":
        return "d"
    base = [c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) != "Mn"]
    letter = base[0].lower() if len(base) == 1 else char.lower()
    return letter if len(letter) == 1 else char


_FOLD = _FoldTable()


def _translated(text: str) -> str:
    return text.translate(_FOLD)


_FOLDED = Remembered(_translated, _WORD)


def fold(text: str) -> str:
    """Lower case without diacritics, đ -> d; never longer than `text`."""
    return _FOLDED[text] if len(text) <= _WORD else text.translate(_FOLD)


def fold_each(words: Iterable[str]) -> list[str]:
    """Every word folded."""
    return _FOLDED.each(words)


def kept(text: str) -> list[int]:
    """The offsets of those characters of `text` that `fold` keeps."""
    return [i for i, char in enumerate(text) if _FOLD[ord(char)]]
