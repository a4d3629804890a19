"""The arithmetic of the comparison, on answers whose worth can be counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from nlu.evaluate import Labelled
from nlu.understanding import Entity, Guess, Understanding
from scripts.rasa.figures import Quality, Times, of_rasa, quality, times
from scripts.rasa.table import Cost, markdown, times_less
from scripts.rasa.training import Record

LABELS = [
    Labelled("a", "report", "medicine", style="standard", entities=[{"type": "money", "value": "5tr"}]),
    Labelled("b", "ask", "price", style="standard", entities=[]),
    Labelled("c", "out_of_scope", None, style="typo", entities=[]),
    Labelled("d", "out_of_scope", None, style="typo", entities=[]),
]
MONEY = {"type": "money", "value": "5tr", "start": 0, "end": 3}


def body(*ranking: tuple[str, float], entities: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    named = [{"name": name, "confidence": confidence} for name, confidence in ranking]
    return {"intent_ranking": named, "entities": entities or []}


BODIES = [
    body(("report_medicine", 0.95), entities=[MONEY]),
    body(("report_price", 0.97), ("ask_price", 0.02), entities=[MONEY]),
    body(("nlu_fallback", 0.7), ("report_price", 0.3)),
    body(("out_of_scope", 0.8)),
]


def judged(*, fallback_is_foreign: bool) -> Quality:
    texts = [label.text for label in LABELS]
    return quality(LABELS, [of_rasa(t, b, fallback_is_foreign) for t, b in zip(texts, BODIES, strict=True)])


def test_intents_of_rasa_are_taken_apart() -> None:
    answer = of_rasa("b", BODIES[1])
    assert (answer.act, answer.topic, answer.confidence) == ("report", "price", 0.97)
    assert answer.alternatives == (Guess("ask", "price", 0.02),)
    assert answer.entities == (Entity(type="money", value="5tr", start=0, end=3),)


def test_the_fallback_is_the_next_intent_or_out_of_scope() -> None:
    assert of_rasa("c", BODIES[2]).act == "report"
    assert of_rasa("c", BODIES[2], fallback_is_foreign=True).act == "out_of_scope"
    assert of_rasa("a", BODIES[0], fallback_is_foreign=True).act == "report"


def test_shares_are_counted() -> None:
    found = judged(fallback_is_foreign=False)
    assert found.shown["act_accuracy"] == 0.5  # a and d
    assert found.shown["topic_accuracy"] == 1.0  # of a and b alone
    assert found.wrongly_accepted == 0.5  # c
    assert found.foreign_f1 == {"": pytest.approx(2 / 3), "standard": None, "typo": pytest.approx(2 / 3)}
    assert (found.certain_of_wrong, found.wrong) == (1, 2)  # b with 0.97, c with 0.3
    assert found.shown["entity_f1"] == pytest.approx(2 / 3, abs=1e-4)


def test_the_fallback_changes_what_it_should() -> None:
    found = judged(fallback_is_foreign=True)
    assert found.wrongly_accepted == 0.0
    assert found.foreign_f1["typo"] == 1.0
    assert (found.certain_of_wrong, found.wrong) == (1, 1)


def test_a_file_without_sentences_out_of_scope_has_no_such_figure() -> None:
    answers = [Understanding(text="a", act="greet", topic=None, confidence=0.5, urgent=False)]
    found = quality(LABELS[:1], answers)
    assert found.wrongly_accepted is None
    assert found.foreign_f1[""] is None


def test_times_are_quantiles_of_the_messages() -> None:
    assert times([float(ms) for ms in range(101)]) == Times(50.0, 95.0, 99.0)


@pytest.mark.parametrize(
    ("ours", "rasa", "told"), [(0.2, 12.0, "60 ×"), (2.0, 3.0, "1.5 ×"), (0, 1, "0.0 ×")]
)
def test_the_ratio_says_how_many_times_as_much_rasa_takes(ours: float, rasa: float, told: str) -> None:
    assert times_less(ours, rasa) == told


def cost(ms: float, memory: int, trained: float) -> Cost:
    record = Record("hash", trained, trained / 2, 2)
    return Cost(Times(ms, ms, ms), Times(2 * ms, 2 * ms, 2 * ms), memory, 1.0, record, 1_900_000, 4 * 10**8)


def test_the_tables_hold_every_row_with_its_figures() -> None:
    ours, rasa = judged(fallback_is_foreign=True), judged(fallback_is_foreign=False)
    lines = markdown(ours, rasa, ours, (cost(0.2, 10**8, 60), cost(12, 9 * 10**8, 1200))).splitlines()
    assert "| act, all (4) | 75.0 % | 50.0 % | 75.0 % |" in lines
    assert "| topic, typo (2) | – | – | – |" in lines
    assert "| out of scope F1, typo | 1.00 | 0.67 | 1.00 |" in lines
    assert "| out of scope wrongly accepted | 0.0 % | 50.0 % | 0.0 % |" in lines
    assert (
        "| wrong answers with confidence > 0.9 | 100.0 % (1 of 1) | 50.0 % (1 of 2) | 100.0 % (1 of 1) |"
        in lines
    )
    assert "| act and topic alone, p50 | 0.20 ms | 12.00 ms | 60 × |" in lines
    assert "| with entities, p99 | 0.40 ms | 24.00 ms | 60 × |" in lines
    assert "| memory over a bare interpreter | 100 MB | 900 MB | 9.0 × |" in lines
    assert "| training, wall clock | 60 s | 1,200 s | 20 × |" in lines
    assert "| training, processor time | 30 s | 600 s | 20 × |" in lines
