"""Names of intents in the training data, and the act and topic that they stand for."""

from __future__ import annotations

from typing import get_args

from nlu.understanding import Act

TOPICAL: tuple[Act, ...] = ("ask", "report")
OUT_OF_SCOPE: Act = "out_of_scope"
TALK: tuple[Act, ...] = tuple(act for act in get_args(Act) if act not in (*TOPICAL, OUT_OF_SCOPE))
"""Acts without a topic, out_of_scope apart."""
NO_TOPIC = "-"
"""The topic head's class for conversation."""


def split(intent: str) -> tuple[Act, str | None] | None:
    """`report_medicine` -> ("report", "medicine"), `greet` -> ("greet", None), another's intent -> None."""
    for act in TOPICAL:
        if intent.startswith(f"{act}_"):
            return act, intent.removeprefix(f"{act}_")
    for other in (*TALK, OUT_OF_SCOPE):
        if intent == other:
            return other, None
    return None


def topic_class(intent: str) -> str:
    """The class of an intent of ours in the topic head."""
    act, topic = split(intent) or (OUT_OF_SCOPE, None)
    return topic or (OUT_OF_SCOPE if act == OUT_OF_SCOPE else NO_TOPIC)
