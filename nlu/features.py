"""What a message is told by: its words, their letters, pairs of words, and what they speak of.

A feature is a name; its first letter tells the group. Folded words give most features; words as written give
some more where there are diacritics: "bán" and "bạn" are not the same. All features of one word are weighed
together, whatever stands around it: so a word is taken apart once, however often it comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]

LETTERS = (2, 3, 4, 5)
MOST_WORDS = 1_200
"""Longer messages are read at both ends only."""
_WEIGHTS = {"l": 0.2, "w": 0.2, "p": 0.2, "m": 0.14, "q": 0.1, "c": 0.2, "e": 0.1}
"""By group: letters, words, pairs; words and pairs as marked; concepts, and what is named."""
_DIGIT = re.compile("[1-9]")


class Traits(NamedTuple):
    """A message before it is weighed: its folded words; the same with diacritics where there are any, none
    otherwise; and names of features that stand for the whole of it: `concepts`, and what else is `told`."""

    plain: Sequence[str]
    marked: Sequence[str]
    concepts: Sequence[str]
    told: Sequence[str]

    @classmethod
    def of(
        cls, plain: Sequence[str], marked: Sequence[str], concepts: Sequence[str], told: Sequence[str]
    ) -> Traits:
        """`plain` and `marked`: the words of a message, folded and as they are meant."""
        return cls(_words(plain), () if plain == marked else _words(marked), concepts, told)

    def words(self) -> Iterator[tuple[str, str]]:
        """Each word folded, and as marked ("" where nothing is)."""
        return zip(self.plain, self.marked or [""] * len(self.plain), strict=True)

    def pairs(self) -> list[str]:
        """Names of neighbours, the edges of the message among them."""
        names = [f"p{a} {b}" for a, b in zip(["^", *self.plain], [*self.plain, "$"], strict=True)]
        if self.marked:
            names += [f"q{a} {b}" for a, b in zip(["^", *self.marked], [*self.marked, "$"], strict=True)]
        return names

    def names(self) -> Iterator[str]:
        """Every feature, as often as it occurs."""
        for plain, marked in self.words():
            yield from word_names(plain, marked)
        yield from self.pairs()
        yield from self.concepts
        yield from self.told


def _words(words: Sequence[str]) -> Sequence[str]:
    """Digits of any value are one; of very many words the middle is left out."""
    if len(words) > MOST_WORDS:
        words = [*words[: MOST_WORDS * 2 // 3], *words[-MOST_WORDS // 3 :]]
    if "".join(words).isalpha():
        return words
    return [word if word.isalpha() else _DIGIT.sub("0", word) for word in words]


def word_names(plain: str, marked: str) -> list[str]:
    """Groups of letters with the blanks around the word, the word, and the word as marked."""
    return [*_letter_names(plain), *_whole_names(plain, marked)]


def _letter_names(plain: str) -> list[str]:
    framed, ends = f" {plain} ", len(plain) + 3
    return ["l" + framed[i : i + size] for size in LETTERS for i in range(ends - size)]


def _whole_names(plain: str, marked: str) -> list[str]:
    return [f"w{plain}", f"m{marked}"] if marked else [f"w{plain}"]


class Vocabulary:
    """Known features with their places, and how much each tells (inverse document frequency)."""

    def __init__(self, names: Sequence[str], telling: Floats) -> None:
        self.names, self.telling = names, telling
        self.places = {name: place for place, name in enumerate(names)}
        self._weight = telling * np.array([_WEIGHTS[name[0]] for name in names], dtype=np.float32)

    def word(self, plain: str, marked: str) -> tuple[Numbers, Floats]:
        """Places and values of one word's features; its letters together weigh as much as one feature."""
        letters, words = self._known(_letter_names(plain)), self._known(_whole_names(plain, marked))
        places = np.array([*letters, *words], dtype=np.intp)
        values = self._weight.take(places)
        values[: len(letters)] *= share(len(letters))
        return places, values

    def rest(self, traits: Traits) -> tuple[Numbers, Floats]:
        """Places and values of all that is not of one word."""
        pairs, concepts = self._known(traits.pairs()), self._known(traits.concepts)
        places = np.array([*pairs, *concepts, *self._known(traits.told)], dtype=np.intp)
        values, told = self._weight.take(places), len(pairs) + len(concepts)
        values[: len(pairs)] *= share(len(traits.plain))
        values[len(pairs) : told] *= share(len(traits.concepts))
        values[told:] *= share(len(traits.told))
        return places, values

    def row(self, traits: Traits) -> tuple[Numbers, Floats]:
        """Places and values of the whole message, a place as often as its feature."""
        each = [self.word(plain, marked) for plain, marked in traits.words()]
        places, values = self.rest(traits)
        return (
            np.concatenate([*(own for own, _ in each), places]),
            np.concatenate([*(own * share(len(each)) for _, own in each), values]).astype(np.float32),
        )

    def _known(self, names: Sequence[str]) -> list[int]:
        return [place for place in map(self.places.get, names) if place is not None]


def share(count: int) -> float:
    """What each of `count` equals counts for, so that long messages weigh little more than short ones."""
    return float(max(1, count) ** -0.5)
