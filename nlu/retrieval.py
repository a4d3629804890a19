"""Which answer of `content/faq/` a message asks for: by the words of the message alone, nothing is trained.

A feature is a name whose first letter tells its group, as in `nlu.features`. Three things count: how near the
message is to the nearest way of asking (`asked`), how near to all of them, and how much of the message the
entry speaks of at all, its answer included.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from content.schema import Faq, Language
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.concepts import Concepts
from nlu.steps.normalise import Message

Floats = NDArray[np.floating[Any]]
Numbers = NDArray[np.intp]
Names = Mapping[str, None]
"""Names of features, each once, in the order of the text: so sums are the same on every run."""

SURE = 0.6
"""From this chance on the answer is given; below it we say that we do not know."""
LETTERS = 3
_GROUPS = "wpcmql"
"""Words, pairs, concepts; words and pairs as marked, where there are diacritics; letters."""
_NEAR = np.array([1.0, 0.5, 0.5, 0.5, 0.5, 0.0], dtype=np.float32)
_SPOKEN_OF = np.array([1.0, 0.5, 0.5, 0.5, 0.3, 0.5], dtype=np.float32)
_MARKED = np.array([name in "mq" for name in _GROUPS])
_ALL_FORMS, _COVER, _IN_ANSWER = 1.5, 1.0, 0.6
"""What nearness to all forms counts, and what is spoken of; a word of the answer beside one of `asked`."""
_LINE = (-7.4, 0.94, 3.46, 5.29, 1.37, 1.14, 0.23)
"""The chance of being right: base, score, its gap to the next, what `_Spoken` tells, and the words there are
(logarithm). Fitted on forms that were left out of the index one by one or with their whole entry;
`tests/nlu/test_retrieval.py` holds it to the truth."""


class Hit(NamedTuple):
    """An entry of `content/faq/` and the chance, 0 to 1, that it is what was asked."""

    id: str
    chance: float


class _Spoken(NamedTuple):
    """How much of a message an entry speaks of: the share of its words, each as telling as it is rare, and
    how telling the first and the second word are that it says nothing of. One rare word is a name or a slip;
    many plain ones are another question."""

    share: float
    first_missing: float
    second_missing: float


class Retrieval:
    """An index over all entries, built once; used by any thread."""

    def __init__(self, faq: Mapping[str, Faq], abbreviations: Abbreviations, concepts: Concepts) -> None:
        self._abbreviations, self._concepts = abbreviations, concepts
        self.ids = tuple(faq)
        self._english = np.array([entry.answer.en is not None for entry in faq.values()], dtype=bool)
        forms = [(*entry.asked.vi, *entry.asked.en) for entry in faq.values()]
        self._starts = np.cumsum([0, *map(len, forms)])[:-1]
        self._sizes = np.array([len(own) for own in forms], dtype=np.float32)
        asked = [self._names(form) for own in forms for form in own]
        owner = np.repeat(np.arange(len(forms)), [len(own) for own in forms])
        answers = [self._names(f"{e.answer.vi} {e.answer.en or ''}") for e in faq.values()]
        self._places: dict[str, int] = {}
        self._index(asked, owner, answers)

    def find(self, text: str, language: Language = "vi", most: int = 3) -> list[Hit]:
        """The likeliest entries that have an answer in `language`, best first; none where `text` says nothing
        that any entry speaks of."""
        names = self._names(text)
        scores = self._scores(names)
        if language == "en":
            scores = np.where(self._english, scores, 0.0)
        most = min(most, len(scores) - 1)
        order = np.argsort(-scores, kind="stable")[: most + 1] if most > 0 else np.array([], dtype=np.intp)
        best = [float(scores[place]) for place in order]
        spoken = self._spoken(names, order[:most])
        hits: list[Hit] = []
        for i, entry in enumerate(order[:most]):
            if best[i] <= 0:
                break
            chance = _chance(best[i], best[i] - best[1 if i == 0 else 0], spoken[i], len(text.split()))
            hits.append(Hit(self.ids[entry], min([chance, *(hit.chance for hit in hits[-1:])])))
        return hits

    def _scores(self, names: Names) -> Floats:
        """By entry, in the order of `ids`; they compare only for the same text."""
        known = [place for name in names if (place := self._places.get(name)) is not None]
        if not known:
            return np.zeros(len(self.ids), dtype=np.float32)
        places = np.array(known, dtype=np.intp)
        groups, telling = self._group[places], self._telling[places]
        unknown = np.bincount(
            [_GROUPS.index(name[0]) for name in names if name not in self._places], minlength=len(_GROUPS)
        )
        norms = np.sqrt(np.bincount(groups, telling**2, len(_GROUPS)) + unknown * self._rarest**2)
        totals = np.bincount(groups, telling, len(_GROUPS)) + unknown * self._rarest
        nearest, near_all = self._near(places, telling / norms[groups])
        there = np.where(totals > 0, _SPOKEN_OF, 0)
        cover = self._cover.sum(places, there[groups] * telling / totals[groups] / there.sum())
        scores: Floats = nearest + _ALL_FORMS * near_all + _COVER * cover
        return scores

    def _spoken(self, names: Names, entries: Numbers) -> list[_Spoken]:
        """For each of `entries`, by the words alone."""
        words = [name for name in names if name[0] == "w"]
        known = np.array([place for word in words if (place := self._places.get(word)) is not None], np.intp)
        rest = np.full(len(words) - len(known) + 2, self._rarest)
        rest[-2:] = 0  # so that there always are a first and a second
        whole = float(self._telling[known].sum() + rest.sum()) or 1.0
        missing = self._telling[known][:, None] * (1 - self._cover.each(known)[:, entries])
        spoken = []
        for column in missing.T:
            second, first = np.sort(np.concatenate([column, rest]))[-2:] / self._rarest
            share = 1 - float(column.sum() + rest.sum()) / whole
            spoken.append(_Spoken(share, float(first), float(second)))
        return spoken

    def _near(self, places: Numbers, values: Floats) -> tuple[Floats, Floats]:
        """By entry: the nearest form, and all of them on average."""
        marked = _MARKED[self._group[places]]
        near = self._asked.sum(places, values)
        weight = np.full(len(near), _NEAR[~_MARKED].sum(), dtype=np.float32)
        if marked.any():
            weight[self._has_marks] += _NEAR[_MARKED].sum()
        near /= weight
        return np.maximum.reduceat(near, self._starts), np.add.reduceat(near, self._starts) / self._sizes

    def _index(self, asked: Sequence[Names], owner: Numbers, answers: Sequence[Names]) -> None:
        form, place = self._pairs(asked)
        answer, told = self._pairs(answers)
        size, entries = len(self._places), len(answers)
        self._group = np.array([_GROUPS.index(name[0]) for name in self._places], dtype=np.int8)
        both = np.unique(place * entries + owner[form])  # which entry's forms have which feature
        of_answer = np.setdiff1d(told * entries + answer, both, assume_unique=True)
        kinds = np.maximum(np.bincount(both // entries, minlength=size), 1)
        self._telling = np.log1p(entries / kinds).astype(np.float32)
        self._rarest = math.log1p(entries)
        key = form * len(_GROUPS) + self._group[place]
        norms = np.sqrt(np.bincount(key, self._telling[place] ** 2, len(asked) * len(_GROUPS)))
        near = _NEAR[self._group[place]] * self._telling[place] / norms[key]
        counts = near > 0
        self._asked = _Postings(place[counts], form[counts], near[counts], size, len(asked))
        self._has_marks = norms.reshape(-1, len(_GROUPS))[:, _GROUPS.index("m")] > 0
        share = np.concatenate([np.ones(len(both)), np.full(len(of_answer), _IN_ANSWER)])
        pairs = np.concatenate([both, of_answer])
        self._cover = _Postings(pairs // entries, pairs % entries, share, size, entries)

    def _pairs(self, texts: Iterable[Names]) -> tuple[Numbers, Numbers]:
        """Which text has which feature; new features get a place."""
        rows, columns, places = [], [], self._places
        for names in texts:
            rows.append(len(names))
            columns += [places.setdefault(name, len(places)) for name in names]
        return np.repeat(np.arange(len(rows)), rows), np.array(columns, dtype=np.intp)

    def _names(self, text: str) -> Names:
        message = Message(text, self._abbreviations)
        plain = [word for word in message.plain.split(" ") if word not in _NO_WORDS]
        names = [f"p{a} {b}" for a, b in pairwise(plain)]
        for word in plain:
            names += _word_names(word)
        if message.marked != message.plain:
            marked = [word for word in message.words if word not in _NO_WORDS]
            names += ["m" + word for word in marked]
            names += [f"q{a} {b}" for a, b in pairwise(marked)]
        names += ["c" + name for name, _ in self._concepts.find(message)]
        return dict.fromkeys(names)


class _Postings:
    """For each feature the rows that have it, each with a value: what a sparse matrix holds."""

    def __init__(self, places: Numbers, rows: Numbers, values: Floats, size: int, height: int) -> None:
        order = np.argsort(places, kind="stable")
        self._rows, self._values = rows[order].astype(np.int32), values[order].astype(np.float32)
        self._ends = np.concatenate([[0], np.cumsum(np.bincount(places, minlength=size))])
        self._height = height

    def sum(self, places: Numbers, weights: Floats) -> Floats:
        """By row: the values of `places`, each times its weight."""
        taken, lengths = self._taken(places)
        values = self._values[taken] * np.repeat(weights, lengths)
        return np.bincount(self._rows[taken], values, self._height).astype(np.float32)

    def each(self, places: Numbers) -> Floats:
        """The values of each of `places`, by row."""
        taken, lengths = self._taken(places)
        cells = self._rows[taken] + self._height * np.repeat(np.arange(len(places)), lengths)
        found = np.bincount(cells, self._values[taken], self._height * len(places))
        return found.astype(np.float32).reshape(len(places), self._height)

    def _taken(self, places: Numbers) -> tuple[Numbers, Numbers]:
        """Where the values of `places` lie, one place after the other, and how many there are of each."""
        starts, lengths = self._ends[places], self._ends[places + 1] - self._ends[places]
        shift = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
        return np.arange(len(shift)) + shift, lengths


_NO_WORDS = frozenset({"", "?", "!"})


@lru_cache(maxsize=8_192)
def _word_names(word: str) -> tuple[str, ...]:
    framed = f" {word} "
    return (f"w{word}", *(f"l{framed[i : i + LETTERS]}" for i in range(len(framed) - LETTERS + 1)))


def _chance(score: float, gap: float, spoken: _Spoken, words: int) -> float:
    base, *weights = _LINE
    told = (score, gap, *spoken, math.log(max(words, 1)))
    line = base + sum(weight * value for weight, value in zip(weights, told, strict=True))
    return 1 / (1 + math.exp(-line))
