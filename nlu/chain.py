"""The arithmetic of learning a linear chain: features as sparse rows, and a conditional random field by
gradients in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlu.steps.entities.goods import ROLES, Goods, Word
from nlu.steps.entities.tagger import BEFORE, LABELS, NEVER, OFFSETS, Floats, word_keys

Places = NDArray[np.intp]

SEED = 20260322
ROUNDS = 8
BATCH_WORDS = 6_000
RATE = 0.08
SOFTNESS = 1e-6
LEAST_SEEN = 3
"""Keys seen less often, copies included, are dropped."""
_SCALE = 100.0


class Sentence(NamedTuple):
    """Words with an edge on both sides, the label of each (edges: 0), and whether each stands apart from the
    one before it."""

    words: list[Word]
    labels: list[int]
    gaps: list[bool]
    intent: str


class Columns:
    """Numbers for features: (kind, key) -> the first of one column per offset."""

    def __init__(self) -> None:
        self.first: dict[tuple[str, str], int] = {}
        self.size = 0

    def add(self, kind: str, key: str) -> int:
        self.first[kind, key] = first = self.size
        self.size += len(OFFSETS[kind])
        return first


class Book:
    """All sentences as one long row of word numbers, an empty place (0) between two, and their features."""

    def __init__(self, sentences: Sequence[Sentence], goods: Goods) -> None:
        own = sorted((s for s in sentences if len(s.words) > 2), key=lambda s: len(s.words))
        numbers: dict[Word, int] = {}
        self.ids = np.array(
            [n for s in own for n in (*(numbers.setdefault(w, len(numbers) + 1) for w in s.words), 0)]
        )
        self.vocabulary = [*numbers]
        lengths = np.array([len(s.words) - 2 for s in own])
        self.starts = np.cumsum([1, *(lengths[:-1] + 3)])
        self.lengths = lengths
        inner = [
            place for start, n in zip(self.starts, lengths, strict=True) for place in range(start, start + n)
        ]
        self.inner = np.array(inner)
        self.labels = np.array([label for s in own for label in s.labels[1:-1]], dtype=np.intp)
        self.gaps = np.array([gap for s in own for gap in s.gaps[1:-1]], dtype=np.bool_)
        self.columns = Columns()
        self._words = self._word_table()
        self._extra = self._pairs() + self._goods(own, goods)

    def _word_table(self) -> list[Any]:
        """Per offset, a matrix (words x columns)."""
        counts = np.bincount(self.ids, minlength=len(self.vocabulary) + 1)
        seen: dict[tuple[str, str], int] = {}
        for number, word in enumerate(self.vocabulary, 1):
            for feature in word_keys(word):
                seen[feature] = seen.get(feature, 0) + int(counts[number])
        for (kind, key), count in seen.items():
            if count >= LEAST_SEEN:
                self.columns.add(kind, key)
        entries: dict[int, list[tuple[int, int]]] = {}
        for number, word in enumerate(self.vocabulary, 1):
            for feature in word_keys(word):
                if (first := self.columns.first.get(feature)) is not None:
                    for n, offset in enumerate(OFFSETS[feature[0]]):
                        entries.setdefault(offset, []).append((number, first + n))
        return [(offset, np.array(pairs)) for offset, pairs in entries.items()]

    def _pairs(self) -> list[tuple[Places, Places, int]]:
        """(places, columns, offset) of pairs seen often enough."""
        plain: dict[str, int] = {}
        of_word = np.array([0, *(plain.setdefault(w.plain, len(plain) + 1) for w in self.vocabulary)])
        ids = of_word[self.ids]
        places = np.flatnonzero((ids[:-1] > 0) & (ids[1:] > 0))
        codes = ids[places] * (len(plain) + 1) + ids[places + 1]
        distinct, which, counts = np.unique(codes, return_inverse=True, return_counts=True)
        names = ["", *plain]
        column = np.full(len(distinct), -1)
        for n in np.flatnonzero(counts >= LEAST_SEEN):
            before, after = divmod(int(distinct[n]), len(plain) + 1)
            column[n] = self.columns.add("pair", f"{names[before]} {names[after]}")
        kept_ = column[which] >= 0
        places, first = places[kept_], column[which][kept_]
        return [(places, first + n, offset) for n, offset in enumerate(OFFSETS["pair"])]

    def _goods(self, own: Sequence[Sentence], goods: Goods) -> list[tuple[Places, Places, int]]:
        found: dict[int, tuple[list[int], list[int]]] = {offset: ([], []) for offset in (-1, 0, 1)}

        def note(place: int, kind: str, key: str) -> None:
            first = self.columns.first.get((kind, key))
            if first is None:
                first = self.columns.add(kind, key)
            for n, offset in enumerate(OFFSETS[kind]):
                found[offset][0].append(place)
                found[offset][1].append(first + n)

        for start, sentence in zip(self.starts, own, strict=True):
            for place, role in goods.roles(sentence.words):
                note(start - 1 + place, "good", ROLES[role])
                if sentence.intent:
                    note(start - 1 + place, "intent", f"{sentence.intent}/{ROLES[role][0]}")
            if sentence.intent:
                for place in range(start, start + len(sentence.words) - 2):
                    note(place, "intent", sentence.intent)
        return [
            (np.array(places, dtype=np.intp), np.array(cols, dtype=np.intp), o)
            for o, (places, cols) in found.items()
        ]

    def matrix(self) -> Any:
        """One row a word of a sentence, one column a feature."""
        rank = np.full(len(self.ids) + 4, -1)
        rank[self.inner] = np.arange(len(self.inner))
        rows, cols = [], []
        for offset, entries in self._words:
            order = entries[np.argsort(entries[:, 0], kind="stable")]
            many = np.bincount(order[:, 0], minlength=len(self.vocabulary) + 1)
            begin = np.cumsum([0, *many[:-1]])
            source = self.inner - offset
            own = self.ids[source]
            repeat = many[own]
            within = np.arange(repeat.sum()) - np.repeat(np.cumsum(repeat) - repeat, repeat)
            rows.append(np.repeat(np.arange(len(own)), repeat))
            cols.append(order[np.repeat(begin[own], repeat) + within, 1])
        for places, columns, offset in self._extra:
            target = rank[places + offset]
            rows.append(target[target >= 0])
            cols.append(columns[target >= 0])
        row, col = np.concatenate(rows), np.concatenate(cols)
        ones = np.ones(len(row), dtype=np.float32)
        return sparse.csr_matrix((ones, (row, col)), shape=(len(self.inner), self.columns.size))


class Batch(NamedTuple):
    """Sentences of like length: one row a word, `columns` those that occur."""

    matrix: Any
    columns: Places
    labels: Places
    gaps: NDArray[np.bool_]
    lengths: Places


def batches(book: Book) -> list[Batch]:
    """Neighbours in length together, so that little is padded."""
    whole = book.matrix()
    ends = np.cumsum(book.lengths)
    found, first = [], 0
    while first < len(ends):
        begin = int(ends[first] - book.lengths[first])
        last = max(first + 1, int(np.searchsorted(ends, begin + BATCH_WORDS)))
        end = int(ends[last - 1])
        own = whole[begin:end]
        columns, local = np.unique(own.indices, return_inverse=True)
        matrix = sparse.csr_matrix((own.data, local, own.indptr), shape=(end - begin, len(columns)))
        found.append(
            Batch(matrix, columns, book.labels[begin:end], book.gaps[begin:end], book.lengths[first:last])
        )
        first = last
    return found


class Chain:
    """The weights while they are learned: Adagrad, touching only what a batch speaks of."""

    def __init__(self, size: int) -> None:
        self.weights = np.zeros((size, len(LABELS)), dtype=np.float32)
        self._grown = np.full((size, len(LABELS)), 1e-3, dtype=np.float32)
        self.steps = np.zeros((len(LABELS), len(LABELS)), dtype=np.float32)
        self._steps_grown = np.full(self.steps.shape, 1e-3, dtype=np.float32)
        for after, before in enumerate(BEFORE):
            for label in range(len(LABELS)):
                if label not in before:
                    self.steps[label, after] = NEVER

    def scores(self, batch: Batch) -> Floats:
        scores = np.asarray(batch.matrix @ self.weights[batch.columns])
        scores[batch.gaps, 2::2] = NEVER
        return scores

    def learn(self, batch: Batch) -> None:
        """One step downhill."""
        flat = self.scores(batch)
        scores, mask, place = padded(flat, batch.lengths)
        chances, moves = marginals(scores, mask, self.steps)
        count = len(batch.labels)
        wrong = chances[mask]
        wrong[np.arange(count), batch.labels] -= 1
        within = place[1:] == place[:-1]
        np.subtract.at(moves, (batch.labels[:-1][within], batch.labels[1:][within]), 1)
        own = self.weights[batch.columns]
        slope = np.asarray(batch.matrix.T @ wrong) * (_SCALE / count) + SOFTNESS * own
        grown = self._grown[batch.columns] + slope**2
        self._grown[batch.columns] = grown
        self.weights[batch.columns] = own - RATE * slope / np.sqrt(grown)
        turn = moves * (_SCALE / count)
        self._steps_grown += turn**2
        self.steps -= np.where(self.steps > NEVER / 2, RATE * turn / np.sqrt(self._steps_grown), 0)


def padded(flat: Floats, lengths: Places) -> tuple[Floats, NDArray[np.bool_], Places]:
    """Scores as (sentences x longest x labels), where they stand in it, and the sentence of each word."""
    mask = np.arange(lengths.max()) < lengths[:, None]
    scores = np.zeros((*mask.shape, flat.shape[1]), dtype=np.float32)
    scores[mask] = flat
    return scores, mask, np.repeat(np.arange(len(lengths)), lengths)


def marginals(scores: Floats, mask: NDArray[np.bool_], steps: Floats) -> tuple[Floats, Floats]:
    """Chances of each label of each word, and expected numbers of each pair of labels."""
    longest = scores.shape[1]
    jump = np.exp(np.maximum(steps, -50))
    top = scores.max(axis=2, keepdims=True)
    emit = np.exp(np.maximum(scores - top, -50))
    ahead, back = np.empty_like(scores), np.ones_like(scores)
    scale = np.ones(mask.shape, dtype=np.float32)
    ahead[:, 0] = emit[:, 0]
    ahead[:, 0, 2::2] = 0
    for n in range(longest):
        if n:
            ahead[:, n] = np.where(mask[:, n, None], (ahead[:, n - 1] @ jump) * emit[:, n], ahead[:, n - 1])
        scale[:, n] = ahead[:, n].sum(axis=1)
        ahead[:, n] /= scale[:, n, None]
    for n in range(longest - 2, -1, -1):
        later = (emit[:, n + 1] * back[:, n + 1]) @ jump.T
        back[:, n] = np.where(mask[:, n + 1, None], later / scale[:, n + 1, None], back[:, n + 1])
    chances = ahead * back
    chances /= chances.sum(axis=2, keepdims=True)
    inner = mask[:, 1:]
    right = (emit[:, 1:] * back[:, 1:] / scale[:, 1:, None])[inner]
    return chances, (ahead[:, :-1][inner].T @ right) * jump


def fit(sentences: Sequence[Sentence], goods: Goods, rounds: int = ROUNDS) -> tuple[Chain, Columns]:
    book = Book(sentences, goods)
    own = batches(book)
    chain = Chain(book.columns.size)
    order = np.random.default_rng(SEED)
    for _ in range(rounds):
        for number in order.permutation(len(own)):
            chain.learn(own[number])
    return chain, book.columns
