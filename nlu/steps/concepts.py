"""What the words of a message speak of: `content/lexicon/concepts.yml`, for what no training example said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from nlu.steps.fold import fold
from nlu.steps.normalise import Message, spell

_WORD = re.compile(r"[^\W_]+")
_ACCENTED_SHARE = 0.2
"""From this share of words with diacritics on, a word without is meant as it stands: "mua" is not "mưa"."""


class Concepts:
    """Longest phrases first; a word belongs to one phrase at most, a phrase to several concepts perhaps."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        self.names = tuple(entries)
        self._words: dict[str, list[_Phrase]] = {}
        self._phrases: dict[tuple[str, str], list[_Phrase]] = {}
        for name, line in entries.items():
            for phrase in spell(line).split(","):
                written = _WORD.findall(phrase)
                folded = [*map(fold, written)]
                one = _Phrase(folded, written, name)
                if len(folded) == 1:
                    self._words.setdefault(folded[0], []).append(one)
                elif folded:
                    self._phrases.setdefault((folded[0], folded[1]), []).append(one)
        for options in self._phrases.values():
            options.sort(key=lambda option: -len(option.folded))

    def find(self, message: Message) -> Sequence[tuple[str, bool]]:
        """Concept names as often as they are spoken of, and whether that is sure: one syllable without
        diacritics is many words. Remembered on the message."""
        if message.spoken_of is None:
            message.spoken_of = [*self._find(message)]
        return message.spoken_of

    def _find(self, message: Message) -> Iterator[tuple[str, bool]]:
        written = message.words
        folded = message.plain.split(" ") if written else []
        accented = 0 if message.marked.isascii() else sum(1 for word in written if not word.isascii())
        exact = accented > 0 and accented >= _ACCENTED_SHARE * len(written)
        index, last = 0, len(folded) - 1
        while index <= last:
            size = 0
            if index < last:
                for phrase in self._phrases.get((folded[index], folded[index + 1]), ()):
                    if len(phrase.folded) < size:
                        break
                    if phrase.stands(folded, written, index, exact):
                        size = len(phrase.folded)
                        yield phrase.name, True
            if not size:
                for phrase in self._words.get(folded[index], ()):
                    as_meant = written[index] == phrase.written[0]
                    if as_meant or (not exact and written[index].isascii()):
                        yield phrase.name, exact or phrase.written == phrase.folded
            index += size or 1


class _Phrase(NamedTuple):
    folded: list[str]
    written: list[str]
    name: str

    def stands(self, folded: list[str], written: list[str], index: int, exact: bool) -> bool:
        """Whether the message has the phrase at `index`, with the diacritics that it bothers to write."""
        end = index + len(self.folded)
        if folded[index:end] != self.folded:
            return False
        said = written[index:end]
        if said == self.written:
            return True
        return not exact and all(w.isascii() or w == m for w, m in zip(said, self.written, strict=True))
