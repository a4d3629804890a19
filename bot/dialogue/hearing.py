"""From an event's raw words to what may be kept of them: understood, secrets masked, choices recognised."""

from __future__ import annotations

import datetime as dt

import msgspec

from actions.contract import Choice
from bot.clock import VIETNAM
from bot.delivery.ports import Inbound, Limits
from bot.dialogue.numbered import number_meant
from content.catalog import Catalog
from content.schema import Language
from nlu.pipeline import Pipeline
from nlu.steps.fold import fold
from nlu.steps.secrets import mask, mask_personal
from nlu.understanding import SECRET_ENTITIES, Understanding


class Heard(msgspec.Struct, frozen=True):
    """`text` holds no secret; `transcript` holds no phone, account, id or e-mail either."""

    text: str
    transcript: str
    payload: str | None
    understanding: Understanding
    secrets: bool


def hear(
    inbound: Inbound,
    offered: tuple[Choice, ...],
    limits: Limits,
    *,
    pipeline: Pipeline,
    catalog: Catalog,
    language: Language,
    now: dt.datetime,
) -> Heard:
    today = now.astimezone(VIETNAM).date()
    text = inbound.text or _label(inbound.payload, offered)
    understanding = pipeline.parse(text, today)
    found = [entity for entity in understanding.entities if entity.type in SECRET_ENTITIES]
    if found:
        labels = {str(entity.type): catalog.say(language, f"talk.masked_{entity.type}") for entity in found}
        text = mask(text, found, labels)
        understanding = pipeline.parse(text, today)
    payload = inbound.payload or (None if found else typed_choice(inbound.text, offered, limits))
    return Heard(text, mask_personal(text, understanding.entities), payload, understanding, bool(found))


def _label(payload: str | None, offered: tuple[Choice, ...]) -> str:
    """What the choice said, where the platform tells only its payload."""
    return next((choice.label for choice in offered if choice.payload == payload), "")


def typed_choice(text: str, offered: tuple[Choice, ...], limits: Limits) -> str | None:
    """The payload of the offered choice whose label was typed, or whose number, where they are numbered."""
    said = fold(text).strip(" .!")
    if not said:
        return None
    if limits.numbered or len(offered) > limits.choices:  # then `fit` wrote numbers before them
        number = number_meant(text, tuple(choice.label for choice in offered))
        if number is not None:
            return offered[number - 1].payload
    return next((choice.payload for choice in offered if fold(choice.label).strip(" .!") == said), None)
