"""How well a pipeline understands labelled sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from nlu.steps.classify import Reading
from nlu.understanding import Understanding

BINS = 10


class Labelled(msgspec.Struct, frozen=True):
    """One line of a test file. Other intents than ours come with `intent` alone."""

    text: str
    act: str | None = None
    topic: str | None = None
    urgent: bool = False
    style: str | None = None
    entities: list[dict[str, Any]] | None = None
    alt_topics: list[str] = []
    intent: str | None = None


class Seen(msgspec.Struct, frozen=True):
    """A labelled sentence beside what was made of it."""

    label: Labelled
    understanding: Understanding
    reading: Reading

    @property
    def act_right(self) -> bool:
        return self.label.act == self.understanding.act

    @property
    def topic_right(self) -> bool:
        topic = self.understanding.topic
        return topic == self.label.topic or (topic is not None and topic in self.label.alt_topics)


Understand = Callable[[str], tuple[Understanding, Reading]]


def evaluate(labels: Iterable[Labelled], understand: Understand) -> dict[str, Any]:
    """The figures of `ntd nlu eval`; a figure that nothing speaks for is None."""
    seen = [Seen(label, *understand(label.text)) for label in labels]
    if seen and all(s.label.intent is not None for s in seen):
        return {"n": len(seen), "intent_accuracy": _share([s.label.intent == s.reading.intent for s in seen])}
    urgent_precision, urgent_recall, _ = _scores([(s.label.urgent, s.understanding.urgent) for s in seen])
    foreign = [(s.label.act == "out_of_scope", s.understanding.act == "out_of_scope") for s in seen]
    return {
        "n": len(seen),
        **_accuracy(seen),
        "urgent_precision": urgent_precision,
        "urgent_recall": urgent_recall,
        "out_of_scope_f1": _scores(foreign)[2],
        "entity_f1": _entity_f1(seen),
        "ece": _calibration_error(seen),
        "by_style": {
            style: {"n": len(own), **_accuracy(own)}
            for style in sorted({s.label.style for s in seen if s.label.style})
            if (own := [s for s in seen if s.label.style == style])
        },
    }


def _accuracy(seen: Sequence[Seen]) -> dict[str, float | None]:
    """Topics count where one is expected: conversation has none."""
    return {
        "act_accuracy": _share([s.act_right for s in seen]),
        "topic_accuracy": _share([s.topic_right for s in seen if s.label.topic is not None]),
    }


def _share(right: Sequence[bool]) -> float | None:
    return round(sum(right) / len(right), 4) if right else None


def _scores(pairs: Sequence[tuple[bool, bool]]) -> tuple[float | None, float | None, float | None]:
    """Precision, recall and F1 of (expected, found)."""
    found = sum(1 for _, f in pairs if f)
    expected = sum(1 for e, _ in pairs if e)
    hits = sum(1 for e, f in pairs if e and f)
    return _ratios(hits, found, expected)


def _ratios(hits: int, found: int, expected: int) -> tuple[float | None, float | None, float | None]:
    precision = round(hits / found, 4) if found else None
    recall = round(hits / expected, 4) if expected else None
    f1 = round(2 * hits / (found + expected), 4) if found + expected else None
    return precision, recall, f1


def _entity_f1(seen: Sequence[Seen]) -> float | None:
    hits = found = expected = 0
    for s in seen:
        if s.label.entities is None:
            continue
        wanted = Counter((str(e["type"]), str(e["value"])) for e in s.label.entities)
        got = Counter((str(e.type), e.value) for e in s.understanding.entities)
        hits += (wanted & got).total()
        found += got.total()
        expected += wanted.total()
    return _ratios(hits, found, expected)[2]


def _calibration_error(seen: Sequence[Seen]) -> float | None:
    """Expected calibration error: ten equal bins of confidence, act and topic together."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for s in seen:
        confidence = s.understanding.confidence
        place = min(BINS - 1, int(confidence * BINS))
        bins.setdefault(place, []).append((confidence, s.act_right and s.topic_right))
    gaps = (abs(sum(c for c, _ in own) - sum(r for _, r in own)) for own in bins.values())
    return round(sum(gaps) / len(seen), 4) if seen else None
