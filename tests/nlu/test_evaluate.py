"""The figures of an evaluation, on answers made up to give them."""

from __future__ import annotations

from nlu.evaluate import Labelled, evaluate
from nlu.steps.classify import Reading
from nlu.understanding import Act, Entity, Guess, Understanding


def answer(
    act: Act,
    topic: str | None,
    confidence: float = 1.0,
    urgent: bool = False,
    entities: tuple[Entity, ...] = (),
) -> tuple[Understanding, Reading]:
    understanding = Understanding(
        text="", act=act, topic=topic, confidence=confidence, urgent=urgent, entities=entities
    )
    return understanding, Reading((Guess(act, topic, confidence),), intent="fly", intent_confidence=1.0)


def entity(kind: str, value: str) -> Entity:
    return Entity(type=kind, value=value, start=0, end=len(value))  # type: ignore[arg-type]


def test_figures() -> None:
    answers = {
        "a": answer(
            "report", "price", 0.95, urgent=True, entities=(entity("money", "5tr"), entity("money", "5tr"))
        ),
        "b": answer("ask", "tourism", 0.85),
        "c": answer("out_of_scope", None, 0.75),
        "d": answer("out_of_scope", None, 0.05),
    }
    labels = [
        Labelled("a", "report", "price", True, "typo", [{"type": "money", "value": "5tr"}]),
        Labelled("b", "ask", "price", True, "typo", [], ["tourism"]),
        Labelled("c", "out_of_scope", None, False, "english"),
        Labelled("d", "greet", None, False, "english", [{"type": "bank", "value": "vcb"}]),
    ]
    figures = evaluate(labels, answers.__getitem__)
    assert figures["n"] == 4
    assert figures["act_accuracy"] == 0.75
    assert figures["topic_accuracy"] == 1.0
    assert (figures["urgent_precision"], figures["urgent_recall"]) == (1.0, 0.5)
    assert figures["out_of_scope_f1"] == round(2 / 3, 4)
    assert figures["entity_f1"] == 0.5
    assert figures["ece"] == round((0.05 + 0.15 + 0.25 + 0.05) / 4, 4)
    assert figures["by_style"]["typo"] == {"n": 2, "act_accuracy": 1.0, "topic_accuracy": 1.0}
    assert figures["by_style"]["english"]["act_accuracy"] == 0.5


def test_foreign_intents_have_one_figure() -> None:
    figures = evaluate(
        [Labelled("x", intent="fly"), Labelled("y", intent="sing")], lambda _: answer("greet", None)
    )
    assert figures == {"n": 2, "intent_accuracy": 0.5}
