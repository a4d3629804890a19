"""Training: examples in, one model file out. The only place that needs scikit-learn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from content.catalog import Catalog
from nlu.augment import Augmenter
from nlu.engines.linear import Floats, Head, LinearEngine, Senses, pairs, softmax
from nlu.features import Hashes, Vectoriser
from nlu.intents import OUT_OF_SCOPE, split, topic_class
from nlu.rasa_format import DataError, Example, read
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.concepts import Concepts
from nlu.steps.normalise import Message
from nlu.steps.urgency import Urgency

SEED = 20260315
FOLDS = 3
THREADS = 2
"""The machines let go of the interpreter's lock while they learn."""
SOFTNESS = 0.3
"""The C of the linear machines, chosen by cross-validation (docs/nlu.md)."""
LEAST_SEEN = 3
"""Features seen in fewer sentences, copies included, are dropped."""
_TEMPERATURES = np.arange(1.0, 8.01, 0.25)
_LEANS = np.arange(0.0, 0.61, 0.1)


class Trained(msgspec.Struct, frozen=True):
    """What a training run found, cross-validated on sentences that the folds had not seen."""

    sentences: int
    features: int
    accuracy: float
    temperature: float
    foreign: bool


class _Copies(NamedTuple):
    """A sentence's features: as written first, then its noisy copies."""

    groups: list[list[Hashes]]


def train(data: Path, out: Path, catalog: Catalog, *more: Path) -> Trained:
    """Train on every example below `data` and in the files `more`, and write the model to `out`. Raises
    rasa_format.DataError."""
    examples = [example for place in (data, *more) for example in read(place)]
    foreign = _is_foreign(examples)
    _refuse_too_few(examples)
    senses = Senses(Concepts(catalog.concepts), Urgency(catalog.urgent))
    copies = _copies(examples, catalog, senses)
    heads = ("intent",) if foreign else ("act", "topic", "urgent")
    labels = {head: own for head in heads if len(set(own := _labels(head, examples))) > 1}
    held_out = _held_out(copies, labels, [e.intent for e in examples])
    scores, right = _joint_scores(held_out, labels)
    lean = 0.0 if foreign else _lean(scores, right)
    vectoriser, trained = _fit(copies, labels)
    if not foreign:
        scores[:, -1] += lean
        _lean_on(trained["topic"], lean)
    temperature = _temperature(scores, right)
    line = _urgent_line(held_out["urgent"][1], labels["urgent"]) if "urgent" in labels else (1.0, 0.0)
    LinearEngine(vectoriser, trained, temperature, line, senses).save(out)
    accuracy = float((scores.argmax(axis=1) == right).mean())
    return Trained(len(examples), len(vectoriser.known), accuracy, temperature, foreign)


def held_out_shares(examples: Sequence[Example], catalog: Catalog) -> tuple[float, float]:
    """Shares of right acts and of right topics (where there is one) on sentences that the model had not seen.
    Only for intents of ours."""
    senses = Senses(Concepts(catalog.concepts), Urgency(catalog.urgent))
    labels = {head: _labels(head, examples) for head in ("act", "topic")}
    held_out = _held_out(_copies(examples, catalog, senses), labels, [e.intent for e in examples])
    scores, _ = _joint_scores(held_out, labels)
    together, _, _ = pairs(held_out["act"][0], held_out["topic"][0])
    best = [together[i] for i in scores.argmax(axis=1)]
    acts = [act == own for (act, _), own in zip(best, labels["act"], strict=True)]
    topics = [
        topic == own[1]
        for (_, topic), e in zip(best, examples, strict=True)
        if (own := split(e.intent)) and own[1]
    ]
    return sum(acts) / len(acts), sum(topics) / len(topics)


def _refuse_too_few(examples: Sequence[Example]) -> None:
    intents = {e.intent for e in examples}
    if len(intents) < 2:
        raise DataError("Training needs examples of at least two intents.")
    if max(Counter(e.intent for e in examples).values()) < FOLDS:
        raise DataError(f"Training needs an intent with at least {FOLDS} examples.")


def _is_foreign(examples: Sequence[Example]) -> bool:
    """Intents of ours need two acts and two topics at least to be asked about each apart."""
    named = [split(e.intent) for e in examples]
    if None in named:
        return True
    return len({own[0] for own in named if own}) < 2 or len({topic_class(e.intent) for e in examples}) < 2


def _labels(head: str, examples: Sequence[Example]) -> list[str]:
    def act(example: Example) -> str:
        named = split(example.intent)
        return named[0] if named else ""

    by_head: dict[str, Callable[[Example], str]] = {
        "intent": lambda e: e.intent,
        "act": act,
        "topic": lambda e: topic_class(e.intent),
        "urgent": lambda e: "urgent" if e.urgent else "calm",
    }
    return [by_head[head](e) for e in examples]


def _copies(examples: Sequence[Example], catalog: Catalog, senses: Senses) -> list[_Copies]:
    abbreviations = Abbreviations(catalog.abbreviations)
    augmenter = Augmenter(catalog.abbreviations, Random(SEED))  # noqa: S311 - noise, no secret

    def groups(text: str) -> list[Hashes]:
        return senses.features(Message(text, abbreviations))

    return [
        _Copies(
            [
                groups(text)
                for text in dict.fromkeys((e.text, augmenter.folded(e.text), augmenter.noisy(e.text)))
            ]
        )
        for e in examples
    ]


def _vectoriser(rows: Sequence[list[Hashes]]) -> Vectoriser:
    """Features seen often enough, with the group that each came from."""
    known, idf, group = [], [], []
    least = min(LEAST_SEEN, max(1, len(rows) // 500))
    for number in range(len(rows[0])):
        seen, counts = np.unique(
            np.concatenate([np.unique(groups[number]) for groups in rows]), return_counts=True
        )
        kept = counts >= least
        known.append(seen[kept])
        idf.append(np.log((1 + len(rows)) / (1 + counts[kept])) + 1)
        group.append(np.full(int(kept.sum()), number, dtype=np.uint8))
    all_known = np.concatenate(known)
    order = np.argsort(all_known)
    return Vectoriser(
        all_known[order], np.concatenate(idf)[order].astype(np.float32), np.concatenate(group)[order]
    )


def _matrix(rows: Sequence[list[Hashes]], vectoriser: Vectoriser) -> Any:
    vectors = [vectoriser.vector(groups) for groups in rows]
    return sparse.csr_matrix(
        (
            np.concatenate([values for _, values in vectors]),
            np.concatenate([places for places, _ in vectors]),
            np.cumsum([0, *(len(places) for places, _ in vectors)]),
        ),
        shape=(len(rows), len(vectoriser.known)),
    )


def _fit(copies: Sequence[_Copies], labels: dict[str, list[str]]) -> tuple[Vectoriser, dict[str, Head]]:
    rows = [groups for sentence in copies for groups in sentence.groups]
    vectoriser = _vectoriser(rows)
    matrix = _matrix(rows, vectoriser)
    own = {
        name: [label for sentence, label in zip(copies, given, strict=True) for _ in sentence.groups]
        for name, given in labels.items()
    }
    with ThreadPoolExecutor(THREADS) as threads:
        fitted = {name: threads.submit(_head, matrix, given, name == "urgent") for name, given in own.items()}
        return vectoriser, {name: head.result() for name, head in fitted.items()}


def _head(matrix: Any, labels: list[str], balanced: bool) -> Head:
    machine = LinearSVC(
        C=SOFTNESS, class_weight="balanced" if balanced else None, dual=True, random_state=SEED
    )
    machine.fit(matrix, labels)
    weights, bias, classes = machine.coef_, machine.intercept_, list(machine.classes_)
    if len(classes) == 2 and not balanced:
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    return Head.quantised(classes if len(bias) > 1 else classes[1:], weights.T, bias)


def _held_out(
    copies: Sequence[_Copies], labels: dict[str, list[str]], intents: list[str]
) -> dict[str, tuple[list[str], Floats]]:
    """By head: its classes and every sentence's scores from a model that had not seen the sentence."""
    scores: dict[str, tuple[list[str], Floats]] = {}
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    order = np.array(intents)
    for seen, unseen in folds.split(order, order):
        vectoriser, heads = _fit(
            [copies[i] for i in seen], {name: [own[i] for i in seen] for name, own in labels.items()}
        )
        vectors = [vectoriser.vector(copies[i].groups[0]) for i in unseen]
        for name, head in heads.items():
            classes = sorted(set(labels[name])) if name != "urgent" else ["urgent"]
            if name not in scores:
                scores[name] = (classes, np.full((len(copies), len(classes)), -3, dtype=np.float32))
            columns = [classes.index(c) for c in head.classes]
            scores[name][1][np.ix_(unseen, columns)] = np.array([head.scores(*v) for v in vectors])
    return scores


def _lean(scores: Floats, right: NDArray[np.intp]) -> float:
    """What to add to the score of "out of scope" (the last pair) so that most held-out sentences are right:
    it is one class against many, and sounds like all of them."""

    def hits(lean: float) -> int:
        moved = scores.copy()
        moved[:, -1] += lean
        return int((moved.argmax(axis=1) == right).sum())

    return float(max(_LEANS, key=hits)) if right.max() == scores.shape[1] - 1 else 0.0


def _lean_on(topics: Head, lean: float) -> None:
    if OUT_OF_SCOPE in topics.classes:
        topics.bias[topics.classes.index(OUT_OF_SCOPE)] += lean


def _temperature(scores: Floats, right: NDArray[np.intp]) -> float:
    """The temperature with the least surprise on held-out sentences."""
    rows = np.arange(len(right))
    surprise = [
        -float(np.log(np.maximum(softmax(scores * t)[rows, right], 1e-6)).mean()) for t in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmin(surprise))])


def _joint_scores(
    held_out: dict[str, tuple[list[str], Floats]], labels: dict[str, list[str]]
) -> tuple[Floats, NDArray[np.intp]]:
    if "intent" in held_out:
        classes, scores = held_out["intent"]
        return scores, np.array([classes.index(label) for label in labels["intent"]])
    (acts, act_scores), (topics, topic_scores) = held_out["act"], held_out["topic"]
    together, act_places, topic_places = pairs(acts, topics)
    named = {(acts[a], topics[t]): i for i, (a, t) in enumerate(zip(act_places, topic_places, strict=True))}
    right = [named[pair] for pair in zip(labels["act"], labels["topic"], strict=True)]
    assert len(together) == len(named)
    return act_scores[:, act_places] + topic_scores[:, topic_places], np.array(right)


def _urgent_line(scores: Floats, labels: list[str]) -> tuple[float, float]:
    """Platt's line from a held-out score to a probability."""
    urgent = [label == "urgent" for label in labels]
    fitted = LogisticRegression().fit(scores[:, :1], urgent)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


__all__ = ["DataError", "Trained", "train"]
