"""What a question asks for beside its own answer, and what no entity is found for: the hour, and what is
printed on a box."""

from __future__ import annotations

import re

from actions.contract import Form, Turn
from actions.form.slots import Filled, put
from content.schema import FormStep
from nlu.steps.fold import fold

_HOUR = re.compile(
    r"\b(?:luc |khoang |tam |at |around )*\d{1,2} ?(?:gio|h|g|:) ?(?:\d{1,2}\b|ruoi\b)?(?: ?(?:phut|p)\b)?"
    r"(?: ?(?:sang|trua|chieu|toi|dem|am|pm)\b)?"
)
_BATCH = re.compile(
    r"\b(?:so lo(?: sx)?|lo sx|lo|lsx|batch(?: no)?|lot(?: no)?)\b[ .:]*([a-z0-9][\w/-]*\d[\w/-]*)"
)
_EXPIRY = re.compile(
    r"\b(?:han(?: su dung| dung)?|hsd|hd|het han|exp(?:iry|ires|ired)?)\b[ .:]*"
    r"(?:den |ngay |thang |date |la )*(\d{1,2}(?: ?[/.-] ?\d{1,4}){1,2}|thang \d{1,2} nam \d{4})"
)
_LEFT_OVER = re.compile(r"[\s,.;:-]*(?:\b(?:ngay|hom|vao|luc|gia|het|on|for|at)\b)?[\s,.;:-]*$")
"""What introduced the words that were taken away."""
_READERS = {"incident_time": (_HOUR, 0), "batch": (_BATCH, 1), "expiry": (_EXPIRY, 1)}
"""Slot -> how it is written, and the group that holds it. Folded text."""


def read_beside(turn: Turn, form: Form, step: FormStep, filled: Filled) -> None:
    """Fills those slots of `step.also` that stand in the text in a way of writing of their own."""
    for slot in step.also:
        if said := written(slot, turn.text):
            put(form, slot, said, turn.text, filled)


def written(slot: str, text: str) -> str | None:
    """What the text gives for `incident_time`, `batch` or `expiry`, as it is spelled there."""
    pattern, group = _READERS.get(slot, (None, 0))
    folded = fold(text)
    found = pattern.search(folded) if pattern else None
    if found is None:
        return None
    return (text[slice(*found.span(group))] if len(folded) == len(text) else found[group]).strip()


def without_beside(turn: Turn, step: FormStep) -> str:
    """The text without what fills slots of `step.also` by itself: "chợ Phủ, hôm 17/11" -> "chợ Phủ"."""
    rest = turn.text
    for entity in turn.understanding.entities:
        if entity.type in step.also:
            rest = rest.replace(entity.value, " ")
    if rest == turn.text:
        return rest.strip()
    folded = fold(rest)
    ends = _LEFT_OVER.search(folded)
    kept = rest[: ends.start()] if ends and len(folded) == len(rest) else rest
    return " ".join(kept.split()).strip(" ,.;:-")
