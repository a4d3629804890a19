"""Writing into a form, and what was written in one message."""

from __future__ import annotations

import msgspec

from actions.contract import Form, Turn
from content.schema import SlotKind


class Filled(msgspec.Struct):
    """`problem` is the key of a sentence that says what could not be read; `communes` are the codes to choose
    from where a place name is ambiguous."""

    new: list[str] = []
    changed: list[str] = []
    problem: str | None = None
    communes: list[str] = []


def put(form: Form, slot: str, normal: str, said: str, filled: Filled) -> None:
    if form.slots.get(slot) == normal:
        return
    (filled.changed if slot in form.slots else filled.new).append(slot)
    form.slots[slot] = normal
    form.said[slot] = said
    if slot in form.skipped:
        form.skipped.remove(slot)


def note(form: Form, text: str) -> None:
    """Words that answer no question are kept all the same."""
    earlier = form.slots.get("note")
    form.slots["note"] = f"{earlier}; {text}" if earlier else text


def asks_free_text(turn: Turn, form: Form) -> bool:
    """The open question takes any words as its answer."""
    slot = turn.catalog.slots.get(form.asked or "")
    return slot is not None and slot.kind is SlotKind.TEXT
