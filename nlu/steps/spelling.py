"""Slips of the keyboard mended: what nobody writes is read as the likeliest words that it nearly is.

A noisy channel: each reading of an odd word (a blank was lost; a letter is left out, too many, swapped or
another) is weighed by how often people write that between these neighbours. The counts are learned from the
training sentences and lie in the model file. What people do write stays as it is, and so does any syllable.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nlu.steps.fold import fold
from nlu.steps.keys import is_syllable

SLIP, LOST_BLANK, AS_IT_STANDS = -10.0, -6.5, -3.0
"""Log-chances of a slip, of each lost blank, and of a word that we do not know. Chosen on training sentences
with slips put in and on such without any (of 20,078 one is changed): of lost blanks 78 in 100 are found
again, 3 are read wrongly; of slips 39 and 9."""
KNOWN, COMMON, COMMON_FOREIGN = 3, 8, 30
"""How often a word must be seen to stay as it is, and to be what another was meant to be."""
_SHORTEST, _LONGEST, _LONGEST_SLIP, _LONGEST_PART = 3, 40, 12, 8
_SMOOTHING = 50.0
_MEMORY = 20_000
_LETTERS = "abcdeghiklmnopqrstuvxy"
_START, _END = "^", "$"

Parts = tuple[str, ...]


class Spelling:
    """Words and neighbours as people write them, folded, with their counts."""

    def __init__(self, words: Mapping[str, int], pairs: Mapping[tuple[str, str], int]) -> None:
        self._words, self._pairs = words, pairs
        self._total = float(max(1, sum(words.values())))
        self._common = {word for word, count in words.items() if _is_common(word, count)}
        self._readings: dict[str, list[tuple[Parts, float]]] = {}
        self._right: set[str] = set()

    @classmethod
    def learned(cls, lines: Iterable[Sequence[str]], names: Iterable[str]) -> Spelling:
        """From folded words of sentences. `names` are right, however rare."""
        words: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for line in lines:
            words.update(line)
            pairs.update(zip([_START, *line], [*line, _END], strict=True))
        known = {word: count for word, count in words.items() if count >= KNOWN}
        known |= {name: KNOWN for name in names if name not in known}
        known |= {_START: words.total(), _END: words.total()}
        kept = {pair: count for pair, count in pairs.items() if count > 1 and known.keys() >= set(pair)}
        return cls(known, kept)

    def mend(self, words: list[str]) -> list[str]:
        """Lower-case words as meant. A lost blank keeps the diacritics around it."""
        if self._right.issuperset(words):
            return words
        mended: list[str] = []
        for place, word in enumerate(words):
            if word in self._right or self._is_right(word, plain := fold(word)):
                mended.append(word)
                continue
            before = fold(mended[-1]) if mended else _START
            after = fold(words[place + 1]) if place + 1 < len(words) else _END
            mended += _marked(word, self._likeliest(plain, before, after))
        return mended

    def _is_right(self, word: str, plain: str) -> bool:
        """Whether a word stays as it is, whatever stands beside it."""
        odd = plain not in self._words and len(plain) <= _LONGEST and plain.isascii() and plain.isalpha()
        if odd and len(word) >= _SHORTEST:
            return False
        if len(word) <= _LONGEST:
            if len(self._right) >= _MEMORY:
                self._right.clear()
            self._right.add(word)
        return True

    def _likeliest(self, word: str, before: str, after: str) -> Parts:
        readings = self._readings.get(word) or self._remembered(word)
        if len(readings) == 1:
            return readings[0][0]

        def chance(reading: tuple[Parts, float]) -> float:
            parts, slip = reading
            path = (before, *parts, after)
            return slip + sum(map(self._follows, path, path[1:]))

        return max(readings, key=chance)[0]

    def _follows(self, word: str, following: str) -> float:
        """The log-chance of a word after another: of the pair, smoothed by that of the word alone."""
        alone = (self._words.get(following, 0) + 1) / self._total
        both = self._pairs.get((word, following), 0) + _SMOOTHING * alone
        return math.log(both / (self._words.get(word, 0) + _SMOOTHING))

    def _remembered(self, word: str) -> list[tuple[Parts, float]]:
        if len(self._readings) >= _MEMORY:
            self._readings = {}
        self._readings[word] = readings = self._read(word)
        return readings

    def _read(self, word: str) -> list[tuple[Parts, float]]:
        """What an odd word may be, each with the log-chance of such a slip."""
        readings: list[tuple[Parts, float]] = [((word,), AS_IT_STANDS)]
        if len(word) <= _LONGEST_SLIP and ("oo" in word or not is_syllable(word)):
            readings += [((meant,), SLIP) for meant in set(_slips(word)) if meant in self._common]
        if len(parts := self._parted(word)) > 1:
            readings.append((parts, LOST_BLANK * (len(parts) - 1)))
        return readings

    def _parted(self, word: str) -> Parts:
        """The likeliest common words that stand in `word` without blanks; none where there is no such."""
        best: list[tuple[float, Parts]] = [(0.0, ())]
        for end in range(1, len(word) + 1):
            ways = [
                (
                    best[start][0] + math.log(self._words[part] / self._total) + LOST_BLANK,
                    (*best[start][1], part),
                )
                for start in range(max(0, end - _LONGEST_PART), end)
                if (part := word[start:end]) in self._common and best[start][0] > -math.inf
            ]
            best.append(max(ways, default=(-math.inf, ())))
        return best[-1][1]

    def arrays(self) -> dict[str, Any]:
        """For a model file."""
        places = {word: place for place, word in enumerate(self._words)}
        return {
            "spelling.words": np.frombuffer("\n".join(self._words).encode(), dtype=np.uint8),
            "spelling.counts": np.array(list(self._words.values()), dtype=np.int32),
            "spelling.pairs": np.array([[places[a], places[b]] for a, b in self._pairs], dtype=np.int32),
            "spelling.pair_counts": np.array(list(self._pairs.values()), dtype=np.int32),
        }

    @classmethod
    def of(cls, arrays: Mapping[str, Any]) -> Spelling | None:
        """From a model file; None where it has none."""
        if "spelling.words" not in arrays:
            return None
        words = arrays["spelling.words"].tobytes().decode().split("\n")
        pairs = [(words[a], words[b]) for a, b in arrays["spelling.pairs"].reshape(-1, 2).tolist()]
        counts, pair_counts = (arrays[f"spelling.{name}"].tolist() for name in ("counts", "pair_counts"))
        return cls(dict(zip(words, counts, strict=True)), dict(zip(pairs, pair_counts, strict=True)))


def _is_common(word: str, count: int) -> bool:
    least = COMMON if is_syllable(word) else COMMON_FOREIGN
    return count >= least and len(word) > 1 and word.isascii() and word.isalpha()


def _slips(word: str) -> Iterator[str]:
    """Whatever one slip makes of `word`, or makes `word` of."""
    for place in range(len(word) + 1):
        head, tail = word[:place], word[place:]
        yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in _LETTERS:
            yield head + letter + tail[1:]
            yield head + letter + tail


def _marked(word: str, parts: Parts) -> Sequence[str]:
    """`parts`, cut from `word` as written where they are its own letters."""
    if sum(map(len, parts)) != len(word) or "".join(parts) != fold(word):
        return parts
    ends = [sum(map(len, parts[: n + 1])) for n in range(len(parts))]
    return [word[end - len(part) : end] for part, end in zip(parts, ends, strict=True)]
