"""Goods that people buy, by name (`content/lexicon/products.yml`): where a message names one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nlu.steps.fold import fold, fold_each
from nlu.steps.keys import MEANT
from nlu.steps.normalise import SPELT, spell

_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_LONGEST = 3
"""Longer names count as long as this."""


class Word(NamedTuple):
    """A word as typed, read: folded, as its diacritics have it ("" without any), and its outer shape."""

    plain: str
    marked: str
    shape: str


def read_word(typed: str) -> Word:
    """What stands behind a typed word; digits of any value are one."""
    written = MEANT[SPELT[typed]]
    plain = fold(written)
    if not plain.isalpha():
        plain = _DIGIT.sub("0", plain)
    return Word(plain, "" if written.isascii() else written, _shape(typed))


def _shape(typed: str) -> str:
    if typed[:1].isdigit():
        return "0" if typed.isdigit() else "0a"
    if typed.isupper():
        return "A" if len(typed) > 1 else "I"
    return "Aa" if typed[:1].isupper() else ""


class _Node:
    """A place in the tree of names, one word deeper than its parent. `spellings`: the diacritics of the names
    that end here, word by word."""

    __slots__ = ("below", "spellings")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.spellings: set[tuple[str, ...]] = set()

    def fits(self, marked: tuple[str, ...]) -> str:
        """ "=" where all diacritics are as in a name, "~" where some lack, "" where they contradict."""
        if marked in self.spellings:
            return "="
        if not any(marked):
            return "~"
        for spelling in self.spellings:
            if all(not typed or typed == meant_ for typed, meant_ in zip(marked, spelling, strict=True)):
                return "~"
        return ""


PARTS = ("B", "I", "E")
"""First, middle and last word of a name."""
ROLES = tuple(f"{part}{size}{sure}" for sure in "=~" for size in range(1, _LONGEST + 1) for part in PARTS)
"""Which word of a good a word is, how many words that has, and how surely it is meant."""


class Goods:
    """Longest names first; the words of a name as typed must not contradict its diacritics."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        self._root = _Node()
        for line in entries.values():
            for name in spell(line).split(","):
                node = self._root
                written = _WORD.findall(name)
                for word in fold_each(written):
                    key = word if word.isalpha() else _DIGIT.sub("0", word)
                    node = node.below.get(key) or node.below.setdefault(key, _Node())
                node.spellings.add(tuple(["" if word.isascii() else word for word in written]))

    def roles(self, words: Sequence[Word]) -> list[tuple[int, int]]:
        """(place, number in `ROLES`) of every word of a good; `words`: one or more."""
        found: list[tuple[int, int]] = []
        plain, marked, _ = zip(*words, strict=True)
        free, last = 0, len(plain) - 1
        for index, node in enumerate(map(self._root.below.get, plain)):
            if node is None or index < free:
                continue
            if not node.spellings and (index == last or plain[index + 1] not in node.below):
                continue
            size, sure = _longest(plain, marked, index, node)
            if not size:
                continue
            first = (0 if sure == "=" else 3 * _LONGEST) + 3 * (min(size, _LONGEST) - 1)
            found.append((index, first))
            found += [(index + n, first + 1) for n in range(1, size - 1)]
            if size > 1:
                found.append((index + size - 1, first + 2))
            free = index + size
        return found


def _longest(
    plain: tuple[str, ...], marked: tuple[str, ...], index: int, node: _Node | None
) -> tuple[int, str]:
    size, sure, end = 0, "", index
    while node is not None:
        end += 1
        if node.spellings and (how := node.fits(marked[index:end])):
            size, sure = end - index, how
        node = node.below.get(plain[end]) if end < len(plain) and node.below else None
    return size, sure
