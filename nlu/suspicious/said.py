"""Which phrases stand in a text: by whole words, without patterns, however the letters were disguised."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlu.steps.fold import fold

_WORD = re.compile(r"[^\W_]+(?:/[^\W_]+)*")
_INSIDE = re.compile(r"(?<=[^\W\d_])[.\-_*·](?=[^\W\d_])")
"""Scammers write "ch.uyển kh-oản" so that filters do not read it."""
_LEET = str.maketrans("013457$@", "oieastsa")
_MIXED = re.compile(r"(?=[a-z0-9]*[a-z])(?=[a-z0-9]*\d)[a-z0-9]+")
_LONGEST = 7
"""Words of the longest phrase that is looked for."""
_MOST_WORDS = 600
"""No message that people pass on is longer; the rest is not read."""


class Said:
    """The runs of words of one text."""

    def __init__(self, *texts: str) -> None:
        """Each text is one view of the same message: as typed, short forms written out."""
        self._runs: set[str] = set()
        for text in texts:
            folded = fold(text)
            for view in {folded, _INSIDE.sub("", folded), _plain_letters(folded)}:
                self._runs |= _runs(_WORD.findall(view)[:_MOST_WORDS])

    def holds(self, phrase: str) -> bool:
        return phrase in self._runs

    def hits(self, phrases: Iterable[str]) -> frozenset[str]:
        return frozenset(self._runs.intersection(phrases))

    def any(self, phrases: Iterable[str]) -> bool:
        return not self._runs.isdisjoint(phrases)


def without(text: str, phrases: Iterable[str]) -> str:
    """The folded words of the text with the phrases taken out, longest first."""
    words = f" {' '.join(_WORD.findall(fold(text))[:_MOST_WORDS])} "
    for phrase in sorted(phrases, key=len, reverse=True):
        words = words.replace(f" {phrase} ", "  ")
    return " ".join(words.split())


def _plain_letters(folded: str) -> str:
    """ "kh0a" is "khoa"; a word of digits alone stays what it is."""
    return _MIXED.sub(lambda match: match[0].translate(_LEET), folded)


def _runs(words: list[str]) -> set[str]:
    return {
        " ".join(words[start : start + size])
        for size in range(1, _LONGEST + 1)
        for start in range(len(words) - size + 1)
    }
