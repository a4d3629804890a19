"""What the words of a message speak of: `content/lexicon/concepts.yml`, for what no training example said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nlu.features import Hashes, name_hash
from nlu.steps.fold import fold
from nlu.steps.normalise import Message, spell

_WORD = re.compile(r"[^\W_]+")
_ACCENTED_SHARE = 0.2
"""From this share of words with diacritics on, a word without is meant as it stands: "mua" is not "mưa"."""


class Concepts:
    """Longest phrases first; a word belongs to one phrase at most, a phrase to several concepts perhaps."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], str]]] = {}
        self._hash = {(name, sure): name_hash(f"{name}/{sure}") for name in entries for sure in (True, False)}
        for name, line in entries.items():
            for phrase in line.split(","):
                written = tuple(_WORD.findall(spell(phrase)))
                folded = tuple(fold(word) for word in written)
                self._by_first.setdefault(folded[0], []).append((folded, written, name))
        for options in self._by_first.values():
            options.sort(key=lambda option: -len(option[0]))

    def hashes(self, message: Message) -> Hashes:
        """The concepts of a message as features."""
        return np.array([self._hash[found] for found in self.find(message)], dtype=np.uint64)

    def find(self, message: Message) -> Iterator[tuple[str, bool]]:
        """Concept names as often as they are spoken of, and whether that is sure: one syllable without
        diacritics is many words."""
        written = message.words
        folded = message.plain.split(" ") if written else []
        accented = sum(1 for word in written if not word.isascii())
        exact = accented >= _ACCENTED_SHARE * len(written) and accented > 0
        index = 0
        while index < len(folded):
            size = 1
            for phrase, as_written, name in self._by_first.get(folded[index], ()):
                if len(phrase) < size:
                    break
                if self._stands(phrase, as_written, folded, written, index, exact):
                    size = len(phrase)
                    yield name, exact or size > 1 or as_written == phrase
            index += size

    @staticmethod
    def _stands(
        phrase: tuple[str, ...],
        as_written: tuple[str, ...],
        folded: Sequence[str],
        written: Sequence[str],
        index: int,
        exact: bool,
    ) -> bool:
        end = index + len(phrase)
        if tuple(folded[index:end]) != phrase:
            return False
        said = written[index:end]
        if exact:
            return tuple(said) == as_written
        return all(word.isascii() or word == meant for word, meant in zip(said, as_written, strict=True))
