"""What the answers of both sides are worth, by the arithmetic of `ntd nlu eval` and a little more."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from nlu.engines.rasa import reading
from nlu.evaluate import Labelled, Seen, evaluate
from nlu.intents import OUT_OF_SCOPE
from nlu.steps.classify import Reading
from nlu.understanding import Entity, Guess, Understanding

CERTAIN = 0.9
FALLBACK = "nlu_fallback"


class Quality(msgspec.Struct, frozen=True):
    """`shown` is what `nlu.evaluate` tells. `foreign_f1` is by style, "" for all. Shares are of 1; None where
    nothing speaks for the figure."""

    shown: dict[str, Any]
    foreign_f1: dict[str, float | None]
    wrongly_accepted: float | None
    certain_of_wrong: int
    wrong: int


class Times(msgspec.Struct, frozen=True):
    """Milliseconds a message."""

    p50: float
    p95: float
    p99: float


def quality(labels: Sequence[Labelled], answers: Sequence[Understanding]) -> Quality:
    by_text = {label.text: answer for label, answer in zip(labels, answers, strict=True)}
    seen = [Seen(label, by_text[label.text], Reading(())) for label in labels]
    wrong = [s for s in seen if not (s.act_right and s.topic_right)]
    foreign = [s for s in seen if s.label.act == OUT_OF_SCOPE]
    accepted = [s for s in foreign if s.understanding.act != OUT_OF_SCOPE]
    return Quality(
        shown=evaluate(labels, lambda text: (by_text[text], Reading(()))),
        foreign_f1={style: _foreign_f1(_of(seen, style)) for style in ("", *styles(labels))},
        wrongly_accepted=len(accepted) / len(foreign) if foreign else None,
        certain_of_wrong=sum(s.understanding.confidence > CERTAIN for s in wrong),
        wrong=len(wrong),
    )


def styles(labels: Sequence[Labelled]) -> list[str]:
    return list(dict.fromkeys(label.style for label in labels if label.style))


def _of(seen: Sequence[Seen], style: str) -> list[Seen]:
    return [s for s in seen if style in ("", s.label.style)]


def _foreign_f1(seen: Sequence[Seen]) -> float | None:
    expected = sum(s.label.act == OUT_OF_SCOPE for s in seen)
    found = sum(s.understanding.act == OUT_OF_SCOPE for s in seen)
    hits = sum(s.label.act == s.understanding.act == OUT_OF_SCOPE for s in seen)
    return 2 * hits / (expected + found) if expected else None


def of_rasa(text: str, body: Mapping[str, Any], fallback_is_foreign: bool = False) -> Understanding:
    """Rasa's own answer in our words: its intents taken apart, its entities as they are. Where it falls back,
    its best intent counts, or "out of scope" when `fallback_is_foreign`."""
    best, *others = reading(body).guesses
    ranking = body["intent_ranking"]
    if fallback_is_foreign and ranking[0]["name"] == FALLBACK:
        best, others = Guess(OUT_OF_SCOPE, None, ranking[0]["confidence"]), [best, *others]
    return Understanding(
        text=text,
        act=best.act,
        topic=best.topic,
        confidence=best.confidence,
        urgent=False,
        entities=tuple(msgspec.convert(body["entities"], list[Entity])),
        alternatives=tuple(others),
    )


def times(milliseconds: Sequence[float]) -> Times:
    cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
    return Times(cuts[49], cuts[94], cuts[98])
