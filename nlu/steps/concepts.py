"""What the words of a message speak of: `content/lexicon/concepts.yml`, for what no training example said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from nlu.steps.fold import fold_each
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
                folded = written if phrase.isascii() else fold_each(written)
                one = _Phrase(folded, written, name)
                if len(folded) == 1:
                    self._words.setdefault(folded[0], []).append(one)
                elif folded:
                    self._phrases.setdefault((folded[0], folded[1]), []).append(one)
        for options in self._phrases.values():
            if len(options) > 1:
                options.sort(key=_Phrase.size)

    def find(self, message: Message) -> Sequence[tuple[str, bool]]:
        """Concept names as often as they are spoken of, and whether that is sure: one syllable without
        diacritics is many words. Remembered on the message."""
        if message.spoken_of is None:
            message.spoken_of = [*self._find(message)]
        return message.spoken_of

    def _find(self, message: Message) -> Iterator[tuple[str, bool]]:
        written, folded = message.words, message.plain_words
        accented = 0 if message.marked.isascii() else len(written) - sum(map(str.isascii, written))
        exact = accented > 0 and accented >= _ACCENTED_SHARE * len(written)
        phrases = [*map(self._phrases.get, pairwise(folded)), None]
        words = [*map(self._words.get, folded)]
        free = 0
        for index, (longer, single) in enumerate(zip(phrases, words, strict=False)):
            if index < free or not (longer or single):
                continue
            size = 0
            for phrase in longer or ():
                if len(phrase.folded) < size:
                    break
                if phrase.stands(folded, written, index, exact):
                    size = len(phrase.folded)
                    yield phrase.name, True
            if not size:
                for phrase in single or ():
                    as_meant = written[index] == phrase.written[0]
                    if as_meant or (not exact and written[index].isascii()):
                        yield phrase.name, exact or phrase.written == phrase.folded
            free = index + size


class _Phrase(NamedTuple):
    folded: list[str]
    written: list[str]
    name: str

    def size(self) -> int:
        """For sorting: the most words first."""
        return -len(self.folded)

    def stands(self, folded: list[str], written: list[str], index: int, exact: bool) -> bool:
        """Whether the message has the phrase at `index`, with the diacritics that it bothers to write. Its
        first two words are known to stand there."""
        end = index + len(self.folded)
        if len(self.folded) > 2 and folded[index:end] != self.folded:
            return False
        said = written[index:end]
        if said == self.written:
            return True
        return not exact and all(w.isascii() or w == m for w, m in zip(said, self.written, strict=True))
