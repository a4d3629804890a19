"""Training: examples in, one model file out.

Two nets are learned, each without a tenth of the sentences, and answer together: their hidden layers stand
side by side and their outputs are averaged. What each had not seen says how sure its answers may be.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec
import numpy as np
from scipy import sparse

from content.catalog import Catalog
from nlu.augment import Augmenter
from nlu.engines.network import Calibration, Layers, NetworkEngine, pairs, softmax
from nlu.features import Floats, Numbers, Traits, Vocabulary
from nlu.intents import OUT_OF_SCOPE, split, topic_class
from nlu.network import Net, learn
from nlu.rasa_format import DataError, Example, read
from nlu.senses import Senses
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.concepts import Concepts
from nlu.steps.entities import EntityFinder
from nlu.steps.normalise import Message
from nlu.steps.spelling import Spelling
from nlu.train_spelling import learn as learn_spelling
from nlu.train_tagger import learn as learn_names

SEED = 20260315
PROCESSES, FEW = 2, 500
_HEAP = 2_500
"""Sentences that a process takes apart at a time."""
NETS = 2
HELD_OUT = 10
"""Each net does not see every tenth sentence."""
LEAST_SEEN = 5
"""Features seen in fewer sentences, copies included, are dropped."""
PLAINER = 1.3
"""Our sentences lie nearer to the borders than people's do: what held-out ones say of sureness is sharpened
by this, chosen on the development set."""
FINDING = 1.5
_LEANS = np.arange(0.0, 2.01, 0.25)
_TEMPERATURES = np.arange(0.4, 4.01, 0.1)
_DAY = dt.date(2026, 3, 15)
"""Any day will do: only whether a date is named counts."""


class Trained(msgspec.Struct, frozen=True):
    """What a training run found; `accuracy` is of whole intents, on sentences that a net had not seen."""

    sentences: int
    features: int
    accuracy: float
    temperature: float
    foreign: bool


class _Rows(NamedTuple):
    """All copies of all sentences as features, with the number of each one's sentence and of its classes."""

    vocabulary: Vocabulary
    matrix: Any
    sentence: Numbers
    classes: dict[str, list[str]]
    labels: dict[str, Numbers]

    def of(self, sentences: Numbers, *, first: bool = False) -> Numbers:
        """The rows of some sentences; `first` leaves their copies out."""
        rows = np.flatnonzero(np.isin(self.sentence, sentences))
        return rows[np.unique(self.sentence[rows], return_index=True)[1]] if first else rows


def train(data: Path, out: Path, catalog: Catalog, *more: Path) -> Trained:
    """Train on every example below `data` and in the files `more`, and write the model to `out`. Raises
    rasa_format.DataError."""
    own = read(data)
    examples = [*own, *(example for place in more for example in read(place))]
    foreign = _is_foreign(examples)
    _refuse_too_few(examples)
    heads = ("intent",) if foreign else ("act", "topic", "urgent")
    spelling = learn_spelling(examples, catalog)
    unseen = _unseen(len(examples))
    with _workers(len(examples)) as workers:
        # Who labels says what is meant, not who sold what: names are learned from the data's own examples.
        names = workers.submit(learn_names, own, catalog)
        rows = _rows(examples, heads, _noticed(examples, catalog, spelling, workers))
        nets = _learned(rows, unseen, workers)
        sheet = names.result()
    scores, right, urgent = _held_out(rows, nets, unseen)
    lean = 0.0 if foreign else _lean(scores, right)
    scores[:, -1] += lean
    temperature = _temperature(scores, right) * (1.0 if foreign else PLAINER)
    calibration = Calibration(temperature, *_urgent_line(urgent))
    merged = _merged(nets, rows.classes)
    _lean_on(merged, rows.classes, lean)
    senses = Senses(Concepts(catalog.concepts))
    NetworkEngine(rows.vocabulary, merged, rows.classes, calibration, senses, sheet, spelling).save(out)
    accuracy = float((scores.argmax(axis=1) == right).mean())
    return Trained(len(examples), len(rows.vocabulary.names), accuracy, temperature, foreign)


def _refuse_too_few(examples: Sequence[Example]) -> None:
    intents = Counter(e.intent for e in examples)
    if len(intents) < 2:
        raise DataError("Training needs examples of at least two intents.")
    if max(intents.values()) < 2:
        raise DataError("Training needs an intent with at least two examples.")


def _is_foreign(examples: Sequence[Example]) -> bool:
    """Intents of ours need two acts and two topics at least to be asked about each apart."""
    named = [split(e.intent) for e in examples]
    if None in named:
        return True
    return len({own[0] for own in named if own}) < 2 or len({topic_class(e.intent) for e in examples}) < 2


def _label(head: str) -> Callable[[Example], str]:
    def act(example: Example) -> str:
        named = split(example.intent)
        return named[0] if named else ""

    by_head: dict[str, Callable[[Example], str]] = {
        "intent": lambda e: e.intent,
        "act": act,
        "topic": lambda e: topic_class(e.intent),
        "urgent": lambda e: "urgent" if e.urgent else "calm",
    }
    return by_head[head]


def _noticed(
    examples: Sequence[Example], catalog: Catalog, spelling: Spelling, workers: Executor
) -> list[list[Traits]]:
    """Per sentence its traits, and those of its copies."""
    texts = [example.text for example in examples]
    heaps = [texts[start : start + _HEAP] for start in range(0, len(texts), _HEAP)]
    jobs = [workers.submit(_traits, heap, n, catalog, spelling) for n, heap in enumerate(heaps)]
    return [copies for job in jobs for copies in job.result()]


def _traits(texts: Sequence[str], heap: int, catalog: Catalog, spelling: Spelling) -> list[list[Traits]]:
    senses, finder = Senses(Concepts(catalog.concepts)), EntityFinder(catalog)
    abbreviations = Abbreviations(catalog.abbreviations)
    augmenter = Augmenter(catalog.abbreviations, Random(SEED + heap))  # noqa: S311 - noise, no secret

    def traits(text: str) -> Traits:
        message = Message(text, abbreviations, spelling)
        return senses.traits(message, finder.find(message, _DAY))

    return [
        [traits(copy) for copy in dict.fromkeys((text, augmenter.folded(text), augmenter.noisy(text)))]
        for text in texts
    ]


def _rows(examples: Sequence[Example], heads: Sequence[str], copies: Sequence[Sequence[Traits]]) -> _Rows:
    every = [own for sentence in copies for own in sentence]
    vocabulary = _vocabulary(every)
    sentence = np.repeat(np.arange(len(copies)), [len(own) for own in copies])
    classes = {head: sorted({_label(head)(e) for e in examples}) for head in heads}
    if "urgent" in classes:
        classes["urgent"] = ["calm", "urgent"]
    labels = {
        head: np.array([classes[head].index(_label(head)(e)) for e in examples])[sentence] for head in heads
    }
    return _Rows(vocabulary, _matrix(vocabulary, every), sentence, classes, labels)


def _vocabulary(every: Sequence[Traits]) -> Vocabulary:
    """Features seen often enough, in an order that every run has: a net's first weights go by it."""
    seen: Counter[str] = Counter()
    for traits in every:
        seen.update(set(traits.names()))
    least = min(LEAST_SEEN, max(1, len(every) // 500))
    names = sorted(name for name, count in seen.items() if count >= least)
    counts = np.array([seen[name] for name in names])
    return Vocabulary(names, (np.log((1 + len(every)) / (1 + counts)) + 1).astype(np.float32))


def _matrix(vocabulary: Vocabulary, every: Sequence[Traits]) -> Any:
    rows = [vocabulary.row(traits) for traits in every]
    matrix = sparse.csr_matrix(
        (
            np.concatenate([values for _, values in rows]),
            np.concatenate([places for places, _ in rows]),
            np.cumsum([0, *(len(places) for places, _ in rows)]),
        ),
        shape=(len(rows), len(vocabulary.names)),
    )
    matrix.sum_duplicates()
    return matrix


def _unseen(sentences: int) -> list[Numbers]:
    """The sentences that each net does not see."""
    order = np.random.default_rng(SEED).permutation(sentences)
    return [order[net::HELD_OUT] for net in range(NETS)]


def _workers(sentences: int) -> Executor:
    """Few sentences are learned sooner than a process starts."""
    if sentences < FEW:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(PROCESSES, mp_context=get_context("forkserver"))


def _learned(rows: _Rows, unseen: Sequence[Numbers], workers: Executor) -> list[Net]:
    jobs = []
    for number, own in enumerate(unseen):
        seen = rows.of(np.setdiff1d(rows.sentence, own))
        labels = {head: numbers[seen] for head, numbers in rows.labels.items()}
        jobs.append(workers.submit(learn, rows.matrix[seen], labels, rows.classes, SEED + number))
    return [job.result() for job in jobs]


def _held_out(
    rows: _Rows, nets: Sequence[Net], unseen: Sequence[Numbers]
) -> tuple[Floats, Numbers, tuple[Floats, Numbers]]:
    """Scores of the intents that go together, and which is right, for sentences as written that the net had
    not seen; beside, how much more urgent than calm each sounded, and whether it is."""
    scores, right, urgent, is_urgent = [], [], [], []
    for net, own in zip(nets, unseen, strict=True):
        places = rows.of(own, first=True)
        by_head = net.scores(rows.matrix[places])
        own_scores, own_right = _joint(by_head, {h: n[places] for h, n in rows.labels.items()}, rows.classes)
        scores.append(own_scores)
        right.append(own_right)
        if "urgent" in by_head:
            urgent.append(by_head["urgent"][:, 1] - by_head["urgent"][:, 0])
            is_urgent.append(rows.labels["urgent"][places])
    told = np.concatenate(urgent) if urgent else np.zeros(0, dtype=np.float32)
    true = np.concatenate(is_urgent) if is_urgent else np.zeros(0, dtype=np.intp)
    return np.concatenate(scores), np.concatenate(right), (told, true)


def _joint(
    scores: dict[str, Floats], labels: dict[str, Numbers], classes: dict[str, list[str]]
) -> tuple[Floats, Numbers]:
    if "intent" in scores:
        return scores["intent"], labels["intent"]
    _, acts, topics = pairs(classes["act"], classes["topic"])
    number = {pair: i for i, pair in enumerate(zip(acts.tolist(), topics.tolist(), strict=True))}
    own = zip(labels["act"].tolist(), labels["topic"].tolist(), strict=True)
    return scores["act"][:, acts] + scores["topic"][:, topics], np.array([number[pair] for pair in own])


def _lean(scores: Floats, right: Numbers) -> float:
    """What to add to the score of "out of scope" (the last pair) so that it is found best on held-out
    sentences: it is one class against many, and sounds like all of them. Finding counts `FINDING` times as
    much as being right (F-beta): a form about nothing of ours costs more than being asked once more."""
    outside = scores.shape[1] - 1
    if outside not in right:
        return 0.0

    def found_well(lean: float) -> float:
        moved = scores.copy()
        moved[:, -1] += lean
        found, true = moved.argmax(axis=1) == outside, right == outside
        weight = FINDING**2
        return float((1 + weight) * (found & true).sum() / (found.sum() + weight * true.sum()))

    return float(max(_LEANS, key=found_well))


def _lean_on(layers: Layers, classes: dict[str, list[str]], lean: float) -> None:
    if lean:
        place = len(classes["act"]) + classes["topic"].index(OUT_OF_SCOPE)
        layers.output_bias[place] += np.float32(lean)


def _temperature(scores: Floats, right: Numbers) -> float:
    """The temperature with the least surprise on held-out sentences."""
    rows = np.arange(len(right))
    surprise = [
        -float(np.log(np.maximum(softmax(scores * t)[rows, right], 1e-6)).mean()) for t in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmin(surprise))])


def _urgent_line(held_out: tuple[Floats, Numbers]) -> tuple[float, float]:
    """Platt's line from a score to a probability, by Newton's method; (1, 0) where nothing can be told."""
    scores, urgent = held_out
    if len(np.unique(urgent)) < 2:
        return 1.0, 0.0
    line = np.array([1.0, 0.0])
    points = np.column_stack([scores, np.ones(len(scores))]).astype(np.float64)
    for _ in range(20):
        chance = 1 / (1 + np.exp(-np.clip(points @ line, -30, 30)))
        slope = points.T @ (chance - urgent) + 0.01 * line
        bend = (points * (chance * (1 - chance))[:, None]).T @ points + 0.01 * np.eye(2)
        line -= np.linalg.solve(bend, slope)
    return float(line[0]), float(line[1])


def _merged(nets: Sequence[Net], classes: dict[str, list[str]]) -> Layers:
    """The nets side by side as one, whose output is the average of theirs."""
    outputs = [np.concatenate([net.heads[head][0] for head in classes], axis=1) for net in nets]
    biases = [np.concatenate([net.heads[head][1] for head in classes]) for net in nets]
    return Layers.of(
        np.concatenate([net.embedding for net in nets], axis=1),
        np.concatenate([net.bias for net in nets]),
        (np.concatenate(outputs) / len(nets)).astype(np.float32),
        (np.stack(biases).sum(axis=0) / len(nets)).astype(np.float32),
    )


__all__ = ["DataError", "Trained", "train"]
