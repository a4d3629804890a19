"""Our own engine: a message is the sum of its words, under one hidden layer and a head per question."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlu.engines.keywords import KeywordEngine
from nlu.features import Floats, Numbers, Traits, Vocabulary, share
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
        self._words: dict[tuple[str, str], Floats] = {}
        self._keywords = KeywordEngine()
        ends = np.cumsum([len(classes) for classes in heads.values()])
        self._part = {
            name: slice(end - len(own), end) for (name, own), end in zip(heads.items(), ends, strict=True)
        }
        if "act" in heads and "topic" in heads:
            self._pairs, acts, topics = pairs(heads["act"], heads["topic"])
            self._acts, self._topics = acts + self._part["act"].start, topics + self._part["topic"].start

    def classify(self, message: Message, entities: Sequence[Entity] = ()) -> Reading:
        """Guesses by act and topic together; one by name where the intents are not ours."""
        scores = self.scores(self._senses.traits(message, entities))
        if "intent" in self._heads:
            return self._foreign(message, scores)
        chances = softmax((scores.take(self._acts) + scores.take(self._topics)) * self._calibration.intent)
        order = chances.argsort()[: -ALTERNATIVES - 2 : -1]
        guesses = tuple(
            self._guess(place, chance)
            for n, (place, chance) in enumerate(zip(order.tolist(), chances[order].tolist(), strict=True))
            if n == 0 or chance > _LOWEST
        )
        return Reading(guesses, self._urgent(scores))

    def _guess(self, pair: int, chance: float) -> Guess:
        act, topic = self._pairs[pair]
        return Guess(act, topic, round(chance, 4))

    def scores(self, traits: Traits) -> Floats:
        """The output layer for one message, head after head."""
        layers = self._layers
        hidden = layers.bias + layers.sum(*self._vocabulary.rest(traits))
        if traits.plain:
            words = np.concatenate([self._word(word) for word in traits.words()])
            hidden += np.add.reduce(words.reshape(-1, len(hidden))) * share(len(traits.plain))
        return np.asarray(np.maximum(hidden, 0) @ layers.output + layers.output_bias, dtype=np.float32)

    def _word(self, word: tuple[str, str]) -> Floats:
        known = self._words.get(word)
        if known is None:
            if len(self._words) >= _MOST_KEPT:
                self._words = {}
            known = self._words[word] = self._layers.sum(*self._vocabulary.word(*word))
        return known

    def _urgent(self, scores: Floats) -> float | None:
        if "urgent" not in self._heads:
            return None
        calm, urgent = scores[self._part["urgent"]].tolist()
        slope, offset = self._calibration.urgent, self._calibration.urgent_offset
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, slope * (urgent - calm) + offset))))

    def _foreign(self, message: Message, scores: Floats) -> Reading:
        chances = softmax(scores * self._calibration.intent)
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
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float32)
