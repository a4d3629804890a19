"""Products and sellers: a linear chain over the words, learned from the annotated examples, run from plain
arrays.

Every kind of feature is a row of weights per key: for the places beside the word that it speaks of, and for
each label. A word's rows are added up once and remembered, so that a message costs a look-up a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from operator import add
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlu.steps.entities.goods import ROLES, Goods, Word, read_word
from nlu.steps.normalise import Message, Token

Floats = NDArray[np.float32]

LABELS = ("O", "B-product", "I-product", "B-seller", "I-seller")
PRODUCT, SELLER = 1, 3
"""The labels that begin an entity; the next one goes on with it."""
BEFORE = ((0, 1, 2, 3, 4), (0, 1, 2, 3, 4), (1, 2), (0, 1, 2, 3, 4), (3, 4))
"""Label -> the labels that may stand before it."""
MOST_WORDS = 400
"""Longer messages are read up to here."""
NEVER = -1e4
SLACK = 3.0
"""A word whose best label lies further below "nothing" than this is part of no entity."""
EAGER = 2.0
"""What helps a product along where one is expected; chosen on the development set."""
RARE = 1.5
"""What helps a seller along: few examples name one, so that the chain expects none; chosen by leaving files
of examples out."""
_MEMORY = 30_000

OFFSETS: dict[str, tuple[int, ...]] = {
    "word": (-2, -1, 0, 1, 2),
    "marked": (-1, 0, 1),
    "shape": (-1, 0, 1),
    "head": (0,),
    "tail": (0,),
    "good": (-1, 0, 1),
    "pair": (-1, 0, 1, 2),
    "intent": (0,),
}
"""Kind of feature -> where the words stand whose label it speaks about, counted from its own word: a word
says something about the word before it (-1). Keys of "pair" are two words, counted from the first."""
WIDEST = 2
_WHERE = {kind: slice(WIDEST + own[0], WIDEST + own[-1] + 1) for kind, own in OFFSETS.items()}
"""Where the offsets of a kind, which are neighbours, stand among all of them."""
FIRST, LAST = "<", ">"
"""What stands before the first word and behind the last."""
_SPACES = frozenset({" ", "", "-", " - ", "'", "&", " & ", "/", "  "})


def intent_name(act: str, topic: str | None) -> str:
    """What a message is taken for, in one word."""
    return f"{act}_{topic}" if topic else act


def word_keys(word: Word) -> list[tuple[str, str]]:
    """The features (kind, key) of a word by itself."""
    keys = [("word", word.plain), ("shape", word.shape), ("head", word.plain[:3]), ("tail", word.plain[-3:])]
    if word.marked:
        keys.append(("marked", word.marked))
    return keys


def apart(folded: str, before: Token, after: Token) -> bool:
    """Whether more than a blank stands between two neighbours: no name goes across."""
    gap = folded[before.end : after.start]
    return gap != " " and gap not in _SPACES


class Rows:
    """The weights of one kind: per key (offsets of the kind x labels)."""

    def __init__(self, keys: Sequence[str], weights: Floats) -> None:
        self._place = {key: place for place, key in enumerate(keys)}
        self.weights = weights

    @property
    def keys(self) -> list[str]:
        return [*self._place]

    def get(self, key: str) -> Floats | None:
        place = self._place.get(key)
        return None if place is None else self.weights[place]


class Sheet(NamedTuple):
    """Everything learned."""

    rows: Mapping[str, Rows]
    """By kind of feature."""
    steps: Floats
    """Score of a label (column) after a label (row)."""
    expected: frozenset[str]
    """Intents most of whose messages name a product."""
    silent: frozenset[str]
    """Intents whose messages name neither a product nor a seller."""

    def arrays(self) -> dict[str, Any]:
        """For a model file."""
        return {
            "tagger.steps": self.steps,
            "tagger.expected": _packed(sorted(self.expected)),
            "tagger.silent": _packed(sorted(self.silent)),
            **{f"tagger.{kind}.keys": _packed(rows.keys) for kind, rows in self.rows.items()},
            **{f"tagger.{kind}.weights": rows.weights.astype(np.float16) for kind, rows in self.rows.items()},
        }

    @classmethod
    def of(cls, arrays: Mapping[str, Any]) -> Sheet | None:
        """From a model file; None where it has no tagger."""
        if "tagger.steps" not in arrays:
            return None
        rows = {
            kind: Rows(
                _unpacked(arrays[f"tagger.{kind}.keys"]), arrays[f"tagger.{kind}.weights"].astype(np.float32)
            )
            for kind in OFFSETS
        }
        expected, silent = (frozenset(_unpacked(arrays[f"tagger.{name}"])) for name in ("expected", "silent"))
        return cls(rows, arrays["tagger.steps"], expected, silent)


def _packed(keys: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(keys).encode(), dtype=np.uint8)


def _unpacked(keys: NDArray[np.uint8]) -> list[str]:
    return keys.tobytes().decode().split("\n") if keys.size else []


class Span(NamedTuple):
    """A find: the label that begins it, its first and last token, and by how much it beats "nothing"."""

    label: int
    first: int
    last: int
    margin: float


class _Memory:
    """Words that were typed before, each with its place in `table`: its weights at every offset. Its last row
    stays empty."""

    def __init__(self) -> None:
        self.words: dict[str, tuple[Word, int]] = {}
        self.table = np.zeros((_MEMORY + 1, 2 * WIDEST + 1, len(LABELS)), dtype=np.float32)


class Tagger:
    """Built once, used by any thread."""

    def __init__(self, sheet: Sheet, goods: Goods) -> None:
        self._goods = goods
        self._sheet = sheet
        self._steps = sheet.steps.tolist()
        self._drawn = is_drawn_to_nothing(self._steps)
        self._pairs = {key: place for place, key in enumerate(sheet.rows["pair"].keys, 1)}
        self._pair_table = _with_nothing(_wide("pair", sheet.rows["pair"].weights))
        self._good_tables: dict[str, Floats] = {}
        self._leans: dict[str, Floats] = {}
        self._lock = Lock()
        self._memory = _Memory()

    def find(self, message: Message, intent: str = "") -> list[Span]:
        """Products and sellers by their tokens, left to right. `intent`: what the message is taken for, if
        known; where that mostly comes with a product and none is sure, the likeliest is taken too."""
        typed = message.typed[:MOST_WORDS]
        if not typed or intent in self._sheet.silent:
            return []
        scores = self._scores(typed, intent)
        gaps = message.gaps[1 : len(typed)]
        if not _SPACES.issuperset(gaps):
            scores[[n for n, gap in enumerate(gaps, 1) if gap not in _SPACES], 2::2] = NEVER
        spans = self._spans(scores)
        if intent in self._sheet.expected and not any(span.label == PRODUCT for span in spans):
            scores[:, PRODUCT] += EAGER
            unsure = [span for span in self._spans(scores) if span.label == PRODUCT]
            spans += [max(unsure, key=lambda span: span.margin)] if unsure else []
        return spans

    def _spans(self, scores: Floats) -> list[Span]:
        found: list[Span] = []
        for first, end in islands(scores):
            rows = scores[first:end].tolist()
            if not self._drawn or any(max(row) > row[0] for row in rows):
                found += _spans(best_path(rows, self._steps), rows, first)
        return found

    def _scores(self, typed: Sequence[str], intent: str) -> Floats:
        memory, read = self._read(typed)
        words = [word for word, _ in read]
        plain = [word.plain for word in words]
        weights = memory.table.take([_MEMORY, *[place for _, place in read], _MEMORY], axis=0)
        known = self._pairs
        weights[1:-2] += self._pair_table.take(
            [known.get(f"{first} {second}", 0) for first, second in pairwise(plain)], axis=0
        )
        if roles := self._goods.roles(words):
            at, role = zip(*roles, strict=True)
            weights[1:-1][list(at)] += self._goods_of(intent)[list(role)]
        return _summed(weights) + self._lean(intent)

    def _read(self, typed: Sequence[str]) -> tuple[_Memory, list[tuple[Word, int]]]:
        """The words between both edges, and their places in the memory's table."""
        memory = self._memory
        if len(memory.words) > _MEMORY - 2 * MOST_WORDS:
            memory = self._memory = _Memory()
        known = memory.words
        return memory, [known.get(word) or self._learn(memory, word) for word in (FIRST, *typed, LAST)]

    def _learn(self, memory: _Memory, typed: str) -> tuple[Word, int]:
        word = read_word(typed)
        with self._lock:
            if typed not in memory.words:
                place = min(len(memory.words), _MEMORY - 1)
                for kind, key in word_keys(word):
                    if (weights := self._sheet.rows[kind].get(key)) is not None:
                        memory.table[place, _WHERE[kind]] += weights
                memory.words[typed] = word, place
            return memory.words[typed]

    def _lean(self, intent: str) -> Floats:
        """What is added to the labels of every word where a message is taken for `intent`."""
        lean = self._leans.get(intent)
        if lean is None:
            lean = np.zeros(len(LABELS), dtype=np.float32)
            lean[SELLER] = RARE
            if (own := self._sheet.rows["intent"].get(intent)) is not None:
                lean += own[0]
            self._leans[intent] = lean
        return lean

    def _goods_of(self, intent: str) -> Floats:
        """What the roles of goods say where a message is taken for `intent`."""
        table = self._good_tables.get(intent)
        if table is None:
            goods, intents = self._sheet.rows["good"], self._sheet.rows["intent"]
            table = np.zeros((len(ROLES), 2 * WIDEST + 1, len(LABELS)), dtype=np.float32)
            for place, role in enumerate(ROLES):
                if (weights := goods.get(role)) is not None:
                    table[place, _WHERE["good"]] += weights
                if (lean := intents.get(f"{intent}/{role[0]}")) is not None:
                    table[place, WIDEST] += lean[0]
            self._good_tables[intent] = table
        return table


def _wide(kind: str, weights: Floats) -> Floats:
    """Weights of a kind (keys x its offsets x labels), put at their offsets among all of them."""
    wide = np.zeros((len(weights), 2 * WIDEST + 1, len(LABELS)), dtype=np.float32)
    wide[:, _WHERE[kind]] = weights
    return wide


def _with_nothing(table: Floats) -> Floats:
    """The table behind a row of zeros, for what is not in it."""
    return np.concatenate(
        [np.zeros_like(table[:1]) if len(table) else np.zeros((1, *table.shape[1:])), table]
    )


def _summed(weights: Floats) -> Floats:
    """What all words say about the label of each but the two at both edges: a word's weights at offset n
    stand in its row, n places on. So the addends of a label lie on a line through the rows."""
    rows, places, labels = weights.shape
    by_row, by_place, by_label = weights.strides
    lines: Floats = np.ndarray(
        (rows - 2 * WIDEST, places, labels),
        weights.dtype,
        weights,
        2 * WIDEST * by_row,
        (by_row, by_place - by_row, by_label),
    )
    scores: Floats = np.add.reduce(lines, axis=1)
    return scores


def islands(scores: Floats) -> list[tuple[int, int]]:
    """Runs of words (first, behind the last) that may be part of an entity: all others are far from it."""
    near = (np.maximum.reduce(scores[:, 1:], axis=1) > scores[:, 0] - SLACK).nonzero()[0].tolist()
    runs: list[tuple[int, int]] = []
    for place in near:
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs


def is_drawn_to_nothing(steps: Sequence[Sequence[float]]) -> bool:
    """Whether no way from nothing ("O") through an entity and back is better for its steps alone: then
    words that all look most like nothing are nothing."""
    stay, entities = steps[0][0], range(1, len(steps))
    there = max(steps[0][label] for label in entities)
    back = max(steps[label][0] for label in entities)
    on = max(steps[label][after] for label in entities for after in entities)
    return there + back < 2 * stay and on <= stay


def best_path(rows: Sequence[Sequence[float]], steps: Sequence[Sequence[float]]) -> list[int]:
    """The best label of each word, with nothing ("O") before the first and behind the last (Viterbi)."""
    to_none, to_product, on_product, to_seller, on_seller = zip(*steps, strict=True)
    path = [score + step for score, step in zip(rows[0], steps[0], strict=True)]
    paths = [path]
    for none, product, product_on, seller, seller_on in rows[1:]:
        path = [
            none + max(map(add, path, to_none)),
            product + max(map(add, path, to_product)),
            product_on + max(path[1] + on_product[1], path[2] + on_product[2]),
            seller + max(map(add, path, to_seller)),
            seller_on + max(path[3] + on_seller[3], path[4] + on_seller[4]),
        ]
        paths.append(path)
    labels = [0]
    for path in reversed(paths):
        after = labels[-1]
        ways = [path[label] + steps[label][after] for label in BEFORE[after]]
        labels.append(BEFORE[after][ways.index(max(ways))])
    return labels[:0:-1]


def _spans(labels: Sequence[int], rows: Sequence[Sequence[float]], start: int) -> list[Span]:
    found: list[Span] = []
    for place, label in enumerate(labels):
        if not label:
            continue
        margin = rows[place][label] - rows[place][0]
        if label in (PRODUCT, SELLER):
            found.append(Span(label, start + place, start + place, margin))
        else:
            last = found[-1]
            found[-1] = last._replace(last=start + place, margin=last.margin + margin)
    return found
