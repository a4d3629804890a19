"""Our own engine: a message is the sum of its words, under one hidden layer and a head per question."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlu.engines.keywords import KeywordEngine
from nlu.features import MOST_WORDS, Floats, Numbers, Traits, Vocabulary, share
from nlu.intents import NO_TOPIC, OUT_OF_SCOPE, TALK, TOPICAL
from nlu.senses import Senses
from nlu.steps.classify import ALTERNATIVES, Reading
from nlu.steps.entities.tagger import Sheet, Tagger
from nlu.steps.normalise import Message
from nlu.steps.spelling import Spelling
from nlu.understanding import Entity, Guess

_LOWEST = 0.0005
_MOST_KEPT = 20_000
"""Words whose sums are remembered; beyond, all are forgotten and remembered anew."""
_ONES = np.ones(MOST_WORDS, dtype=np.float32)
"""A product with these is a sum, made in half the time."""


class ModelError(Exception):
    """The model file cannot be used; the message says why and what to do."""


class Layers(NamedTuple):
    """The arrays of a model: `embedding` rests as int8 (features x width) with a `scale` per feature."""

    embedding: NDArray[np.int8]
    scale: Floats
    bias: Floats
    output: Floats
    output_bias: Floats

    @classmethod
    def of(cls, embedding: Floats, bias: Floats, output: Floats, output_bias: Floats) -> Layers:
        """From real numbers."""
        scale = np.maximum(np.abs(embedding).max(axis=1), 1e-9) / 127
        small = np.round(embedding / scale[:, None]).astype(np.int8)
        return cls(small, scale.astype(np.float32), bias, output, output_bias)

    def sum(self, places: Numbers, values: Floats) -> Floats:
        """The sum of some features' vectors, each times its value."""
        vectors = self.embedding.take(places, axis=0).astype(np.float32)
        return np.asarray((values * self.scale.take(places)) @ vectors, dtype=np.float32)


class _Memory:
    """Words that were met before, each with the place in `table` of its vector. Row 0 stays free."""

    def __init__(self, width: int) -> None:
        self.places: dict[tuple[str, str], int] = {}
        self.table = np.zeros((_MOST_KEPT, width), dtype=np.float32)


class Calibration(NamedTuple):
    """Temperatures that make scores into probabilities that mean something, chosen on held-out sentences."""

    intent: float
    urgent: float
    urgent_offset: float


class NetworkEngine:
    """Heads `act`, `topic` and `urgent`, or one head `intent` where the training data are not ours. `heads`
    names each head's classes, in the order of the output layer."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        layers: Layers,
        heads: Mapping[str, Sequence[str]],
        calibration: Calibration,
        senses: Senses,
        sheet: Sheet | None = None,
        spelling: Spelling | None = None,
    ) -> None:
        self._vocabulary, self._layers, self._heads = vocabulary, layers, heads
        self._calibration, self._senses = calibration, senses
        self._sheet, self.spelling = sheet, spelling
        self.tagger = Tagger(sheet, senses.goods) if sheet is not None and senses.goods is not None else None
        self._memory, self._lock = _Memory(len(layers.bias)), Lock()
        self._keywords = KeywordEngine()
        self._pairs, acts, topics = pairs(heads.get("act", ()), heads.get("topic", ()))
        self._weights, self._bias = self._answers(acts, topics)

    def _answers(self, acts: Numbers, topics: Numbers) -> tuple[Floats, Floats]:
        """Weights and bias of what the hidden layer is asked for: how likely each act and topic that go
        together are (or each intent that is not ours), and last how much rather urgent than calm it is."""
        layers, begin = self._layers, 0
        rows = np.concatenate([layers.output, layers.output_bias[None]])
        by_head: dict[str, Floats] = {}
        for name, classes in self._heads.items():
            by_head[name], begin = rows[:, begin : begin + len(classes)], begin + len(classes)
        own = by_head["act"][:, acts] + by_head["topic"][:, topics] if self._pairs else by_head["intent"]
        parts = [own * self._calibration.intent]
        if "urgent" in by_head:
            parts.append(by_head["urgent"][:, 1:] - by_head["urgent"][:, :1])
        answers = np.concatenate(parts, axis=1).astype(np.float32)
        return answers[:-1], answers[-1]

    def classify(self, message: Message, entities: Sequence[Entity] = ()) -> Reading:
        """Guesses by act and topic together; one by name where the intents are not ours."""
        scores = self._scores(self._senses.traits(message, entities))
        if not self._pairs:
            return self._foreign(message, scores)
        chances = softmax(scores[: len(self._pairs)])
        best, *others = chances.argsort()[: -ALTERNATIVES - 2 : -1].tolist()
        told = [best, *(place for place in others if chances.item(place) > _LOWEST)]
        return Reading(tuple([self._guess(place, chances) for place in told]), self._urgent(scores))

    def _guess(self, place: int, chances: Floats) -> Guess:
        act, topic = self._pairs[place]
        return Guess(act, topic, round(chances.item(place), 4))

    def _scores(self, traits: Traits) -> Floats:
        """The output layer for one message, as `_answers` has it."""
        layers = self._layers
        hidden = layers.bias + layers.sum(*self._vocabulary.rest(traits))
        if traits.plain:
            hidden += self._words(traits)
        answers: Floats = np.maximum(hidden, 0) @ self._weights + self._bias
        return answers

    def _words(self, traits: Traits) -> Floats:
        """The sum of all words' vectors, as much as it counts beside the rest."""
        memory = self._memory
        if len(memory.places) > _MOST_KEPT - MOST_WORDS:
            memory = self._memory = _Memory(len(self._layers.bias))
        known = memory.places
        places = [known.get(word) or self._learn(memory, word) for word in traits.words()]
        total: Floats = _ONES[: len(places)] @ memory.table.take(places, axis=0)
        return total * np.float32(share(len(places)))

    def _learn(self, memory: _Memory, word: tuple[str, str]) -> int:
        vector = self._layers.sum(*self._vocabulary.word(*word))
        with self._lock:
            if word not in memory.places:
                place = min(len(memory.places) + 1, _MOST_KEPT - 1)
                memory.table[place] = vector
                memory.places[word] = place
            return memory.places[word]

    def _urgent(self, scores: Floats) -> float | None:
        if "urgent" not in self._heads:
            return None
        slope, offset = self._calibration.urgent, self._calibration.urgent_offset
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, slope * scores.item(-1) + offset))))

    def _foreign(self, message: Message, scores: Floats) -> Reading:
        chances = softmax(scores)
        best = int(np.argmax(chances))
        ours = self._keywords.classify(message)
        return Reading(ours.guesses, None, self._heads["intent"][best], round(float(chances[best]), 4))

    def save(self, file: Path) -> None:
        """One .npz of plain arrays; written beside and moved into place, so that readers never see half."""
        arrays: dict[str, Any] = {
            "names": np.frombuffer("\n".join(self._vocabulary.names).encode(), dtype=np.uint8),
            "telling": self._vocabulary.telling,
            "calibration": np.array(self._calibration, dtype=np.float64),
            **self._layers._asdict(),
            **{f"{name}.classes": np.array(classes) for name, classes in self._heads.items()},
            **(self._sheet.arrays() if self._sheet is not None else {}),
            **(self.spelling.arrays() if self.spelling is not None else {}),
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_name(file.name + ".part")
        with half.open("wb") as out:
            np.savez_compressed(out, **arrays)
        half.replace(file)

    @classmethod
    def load(cls, file: Path, senses: Senses) -> NetworkEngine:
        """Raises ModelError."""
        try:
            with np.load(file, allow_pickle=False) as arrays:
                heads = {
                    key.removesuffix(".classes"): [str(name) for name in arrays[key]]
                    for key in arrays.files
                    if key.endswith(".classes")
                }
                names = arrays["names"].tobytes().decode().split("\n")
                layers = Layers(*(arrays[name] for name in Layers._fields))
                calibration = Calibration(*(float(number) for number in arrays["calibration"]))
                vocabulary = Vocabulary(names, arrays["telling"])
                sheet, spelling = Sheet.of(arrays), Spelling.of(arrays)
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(
                f"{file}: not a model of this program ({error}); run `ntd nlu train`."
            ) from error
        return cls(vocabulary, layers, heads, calibration, senses, sheet, spelling)


def pairs(
    acts: Sequence[str], topics: Sequence[str]
) -> tuple[list[tuple[Any, str | None]], Numbers, Numbers]:
    """Every act and topic that go together, with their places in the two heads."""
    together: list[tuple[str, str]] = [
        (a, t) for a in acts if a in TOPICAL for t in topics if t not in (NO_TOPIC, OUT_OF_SCOPE)
    ]
    together += [(a, NO_TOPIC) for a in acts if a in TALK and NO_TOPIC in topics]
    together += [(OUT_OF_SCOPE, OUT_OF_SCOPE)] if OUT_OF_SCOPE in acts and OUT_OF_SCOPE in topics else []
    return (
        [(a, t if a in TOPICAL else None) for a, t in together],
        np.array([acts.index(a) for a, _ in together], dtype=np.intp),
        np.array([topics.index(t) for _, t in together], dtype=np.intp),
    )


def softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - np.maximum.reduce(scores, axis=-1, keepdims=True))
    return np.asarray(powers / np.add.reduce(powers, axis=-1, keepdims=True), dtype=np.float32)
