"""A message as numbers: hashes of its words, pairs of words and letter groups.

Every n-gram is a stretch of one string, so all of them are hashed at once from running sums of a polynomial
(modulo 2^64). Folded text gives most features; words as written, with their diacritics, give some more where
there are diacritics, since "bán" and "bạn" are not the same.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

WEIGHTS = np.array([1.0, 1.0, 1.0, 1.0, 0.5], dtype=np.float32)
"""Letters, words, words with diacritics, concepts, signs of danger: each has length one, then this."""
LETTERS = (2, 3, 4, 5)
MOST_CHARS = 6_000
"""Longer messages are read at both ends only."""

_BASE = 0x9E3779B97F4A7C15
_SIZE = MOST_CHARS + 64
_DIGITS = str.maketrans("123456789", "000000000")


def _powers(base: int) -> Hashes:
    values, value = [], 1
    for _ in range(_SIZE):
        values.append(value)
        value = value * base & 0xFFFFFFFFFFFFFFFF
    return np.array(values, dtype=np.uint64)


_UP = _powers(_BASE)
_DOWN = _powers(pow(_BASE, -1, 1 << 64))
_MIX = np.uint64(0xD6E8FEB86659FD93)
_SALT = np.array([pow(0xC2B2AE3D27D4EB4F, n, 1 << 64) for n in range(1, 12)], dtype=np.uint64)


class _Sums:
    """Running sums over one string; `hash` gives the hash of any stretches of it."""

    def __init__(self, text: str) -> None:
        codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
        self.spaces = np.flatnonzero(codes == 32)
        self.blank = np.concatenate(([0], np.cumsum(codes == 32)))
        self._sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(codes * _UP[: len(codes)])))

    def hash(self, starts: NDArray[np.intp], ends: NDArray[np.intp], kind: int | NDArray[np.intp]) -> Hashes:
        value = (self._sums[ends] - self._sums[starts]) * _DOWN[starts] + _SALT[kind]
        value ^= value >> np.uint64(29)
        value *= _MIX
        value ^= value >> np.uint64(32)
        return np.asarray(value, dtype=np.uint64)

    def letters(self) -> Hashes:
        """Groups of letters inside a word, the blanks around it included."""
        length = len(self.blank) - 1
        every = np.arange(length)
        starts, ends, kinds = [], [], []
        for size in LETTERS:
            start = every[: max(0, length - size + 1)]
            start = start[self.blank[start + size - 1] == self.blank[start + 1]]
            starts.append(start)
            ends.append(start + size)
            kinds.append(np.full(len(start), size))
        return self.hash(np.concatenate(starts), np.concatenate(ends), np.concatenate(kinds))

    def words(self, count: int, kind: int) -> Hashes:
        """Runs of `count` words."""
        starts = self.spaces[: -count or None] if count < len(self.spaces) else self.spaces[:0]
        return self.hash(starts, self.spaces[count:][: len(starts)] + 1, kind)


def hashes(plain: str, marked: str) -> list[Hashes]:
    """The hashes of a message's features by group: letters, words, words with diacritics."""
    sums = _Sums(_framed(plain))
    chars = sums.letters()
    words = np.concatenate([sums.words(1, 0), sums.words(2, 1)])
    if plain == marked:
        return [chars, words, words[:0]]
    sums = _Sums(_framed(marked))
    return [chars, words, np.concatenate([sums.words(1, 6), sums.words(2, 7)])]


def _framed(text: str) -> str:
    if len(text) > MOST_CHARS:
        text = text[: MOST_CHARS * 2 // 3] + " " + text[-MOST_CHARS // 3 :]
    return f" {text.translate(_DIGITS)} "


class Vectoriser:
    """Known features: their group and how much each tells (inverse document frequency)."""

    def __init__(self, known: Hashes, idf: NDArray[np.float32], group: NDArray[np.uint8]) -> None:
        self.known, self.idf, self.group = known, idf, group

    def vector(self, groups: list[Hashes]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Places in `known` and their values for one message."""
        found = np.sort(np.concatenate(groups))
        first = np.flatnonzero(np.concatenate(([True], found[1:] != found[:-1]))) if len(found) else found[:0]
        counts = np.diff(np.append(first, len(found)))
        found = found[first]
        at = np.searchsorted(self.known, found)
        at[at == len(self.known)] = 0
        hit = self.known[at] == found
        at = at[hit]
        group = self.group[at]
        value = (1 + np.log(counts[hit])) * self.idf[at]
        lengths = np.sqrt(np.bincount(group, value * value, len(WEIGHTS)))
        scale = np.divide(WEIGHTS, lengths, out=np.zeros(len(WEIGHTS)), where=lengths > 0)
        return at, (value * scale[group]).astype(np.float32)


def name_hash(name: str) -> int:
    """The hash of a feature that has a name of its own."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
