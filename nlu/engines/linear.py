"""Our own engine: linear heads over hashed features, run from plain arrays."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.engines.keywords import KeywordEngine
from nlu.features import Vectoriser, hashes, name_hash
from nlu.intents import NO_TOPIC, OUT_OF_SCOPE, TALK, TOPICAL
from nlu.steps.classify import ALTERNATIVES, Reading
from nlu.steps.concepts import Concepts
from nlu.steps.normalise import Message
from nlu.steps.urgency import Urgency
from nlu.understanding import Guess

Floats = NDArray[np.float32]
_LOWEST = 0.0005


class ModelError(Exception):
    """The model file cannot be used; the message says why and what to do."""


class Head:
    """One question to the features, as a score per class. Weights rest as int8 with a scale per class."""

    def __init__(
        self, classes: Sequence[str], weights: NDArray[np.int8], scale: Floats, bias: Floats
    ) -> None:
        self.classes = tuple(classes)
        self.weights, self.scale, self.bias = weights, scale, bias

    def scores(self, places: NDArray[np.intp], values: Floats) -> Floats:
        return (values @ self.weights[places].astype(np.float32)) * self.scale + self.bias

    @classmethod
    def quantised(cls, classes: Sequence[str], weights: NDArray[Any], bias: NDArray[Any]) -> Head:
        """From real weights (features x classes)."""
        scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
        return cls(
            classes,
            np.round(weights / scale).astype(np.int8),
            scale.astype(np.float32),
            np.asarray(bias, dtype=np.float32),
        )


class Senses:
    """Everything that is noticed in a message before it is weighed."""

    def __init__(self, concepts: Concepts, urgency: Urgency) -> None:
        self._concepts, self._urgency = concepts, urgency
        self._signs = {name: name_hash(f"sign/{name}") for name in urgency.signs}

    def features(self, message: Message) -> list[NDArray[np.uint64]]:
        """All groups of features of a message."""
        signs = [self._signs[sign] for sign in self._urgency.read(message).signs]
        return [
            *hashes(message.plain, message.marked),
            self._concepts.hashes(message),
            np.array(signs, dtype=np.uint64),
        ]


class LinearEngine:
    """Heads `act`, `topic` and `urgent`, or one head `intent` where the training data are not ours.

    `temperature` sharpens scores into probabilities; `urgent_line` = (slope, offset) does so for urgency.
    """

    def __init__(
        self,
        vectoriser: Vectoriser,
        heads: Mapping[str, Head],
        temperature: float,
        urgent_line: tuple[float, float],
        senses: Senses,
    ) -> None:
        self._vectoriser, self._heads, self._senses = vectoriser, heads, senses
        self._temperature, self._urgent_line = temperature, urgent_line
        self._keywords = KeywordEngine()
        if "act" in heads and "topic" in heads:
            self._pairs, self._acts, self._topics = pairs(heads["act"].classes, heads["topic"].classes)

    def classify(self, message: Message) -> Reading:
        vector = self._vectoriser.vector(self._senses.features(message))
        if "intent" in self._heads:
            return self._foreign(message, vector)
        chances = joint(
            self._heads["act"].scores(*vector)[self._acts],
            self._heads["topic"].scores(*vector)[self._topics],
            self._temperature,
        )
        order = np.argsort(-chances)[: ALTERNATIVES + 1]
        guesses = tuple(
            self._guess(int(i), float(chances[i]))
            for n, i in enumerate(order)
            if n == 0 or chances[i] > _LOWEST
        )
        return Reading(guesses, self._urgent(vector))

    def _guess(self, pair: int, chance: float) -> Guess:
        act, topic = self._pairs[pair]
        return Guess(act, topic, round(chance, 4))

    def _urgent(self, vector: tuple[NDArray[np.intp], Floats]) -> float | None:
        if "urgent" not in self._heads:
            return None
        slope, offset = self._urgent_line
        score = float(self._heads["urgent"].scores(*vector)[0])
        return float(1 / (1 + np.exp(-(slope * score + offset))))

    def _foreign(self, message: Message, vector: tuple[NDArray[np.intp], Floats]) -> Reading:
        head = self._heads["intent"]
        chances = softmax(head.scores(*vector) * self._temperature)
        best = int(np.argmax(chances))
        ours = self._keywords.classify(message)
        return Reading(ours.guesses, None, head.classes[best], round(float(chances[best]), 4))

    def save(self, file: Path) -> None:
        """One .npz of plain arrays; written beside and moved into place, so that readers never see half."""
        arrays: dict[str, Any] = {
            "known": self._vectoriser.known,
            "idf": self._vectoriser.idf,
            "group": self._vectoriser.group,
            "numbers": np.array([self._temperature, *self._urgent_line], dtype=np.float64),
        }
        for name, head in self._heads.items():
            arrays[f"{name}.classes"] = np.array(head.classes)
            arrays[f"{name}.weights"] = head.weights
            arrays[f"{name}.scale"] = head.scale
            arrays[f"{name}.bias"] = head.bias
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_name(file.name + ".part")
        with half.open("wb") as out:
            np.savez_compressed(out, **arrays)
        half.replace(file)

    @classmethod
    def load(cls, file: Path, senses: Senses) -> LinearEngine:
        """Raises ModelError."""
        try:
            with np.load(file, allow_pickle=False) as arrays:
                names = [key.removesuffix(".classes") for key in arrays.files if key.endswith(".classes")]
                heads = {
                    name: Head(
                        [str(c) for c in arrays[f"{name}.classes"]],
                        arrays[f"{name}.weights"],
                        arrays[f"{name}.scale"],
                        arrays[f"{name}.bias"],
                    )
                    for name in names
                }
                temperature, slope, offset = (float(x) for x in arrays["numbers"])
                vectoriser = Vectoriser(arrays["known"], arrays["idf"], arrays["group"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(
                f"{file}: not a model of this program ({error}); run `ntd nlu train`."
            ) from error
        return cls(vectoriser, heads, temperature, (slope, offset), senses)


def pairs(
    acts: Sequence[str], topics: Sequence[str]
) -> tuple[list[tuple[Any, str | None]], NDArray[np.intp], NDArray[np.intp]]:
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


def joint(act_scores: Floats, topic_scores: Floats, temperature: float) -> Floats:
    """The chance of each pair, from the scores of its act and of its topic (last axis: pairs)."""
    return softmax((act_scores + topic_scores) * temperature)


def softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float32)
