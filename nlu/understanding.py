"""What the pipeline makes of one message."""

from __future__ import annotations

from typing import Literal

import msgspec

Act = Literal[
    "ask", "report", "inform",
    "greet", "thanks", "goodbye", "affirm", "deny", "cancel", "help", "check_status", "talk_to_officer",
    "subscribe", "unsubscribe", "change_language", "change_province", "delete_data", "about_bot",
    "out_of_scope", "abuse",
]  # fmt: skip

EntityType = Literal[
    "phone", "bank_account", "bank", "url", "money", "order_code", "ticket_code", "product", "seller",
    "commune", "date", "registration_number", "barcode", "email", "person_id", "otp", "card_number",
]  # fmt: skip

SECRET_ENTITIES: frozenset[EntityType] = frozenset({"otp", "card_number"})
"""Never stored, never logged, never sent on: masked before anything else happens to the text."""


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """`value` is the exact substring `text[start:end]` (code points). `normal` is its normal form: money as
    whole VND, phones as national digits, dates as ISO (needs the pipeline's clock), bank ids, commune codes
    (several, joined by "|", where the name is ambiguous), folded text otherwise."""

    type: EntityType
    value: str
    start: int
    end: int
    normal: str = ""


class Guess(msgspec.Struct, frozen=True):
    """One reading of a message; `topic` is None for pure conversation acts."""

    act: Act
    topic: str | None
    confidence: float


class Understanding(msgspec.Struct, frozen=True, kw_only=True):
    """`alternatives` (at most three, best first) leave the best reading out."""

    text: str
    act: Act
    topic: str | None
    confidence: float
    urgent: bool
    entities: tuple[Entity, ...] = ()
    alternatives: tuple[Guess, ...] = ()
