"""A pattern of urgency that is not tried, because its words are missing, would not have been heard."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from content.catalog import load
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.normalise import Message
from nlu.steps.urgency import Urgency, _compiled, _Said

CATALOG = load()
URGENCY, SHORT = Urgency(CATALOG.urgent), Abbreviations(CATALOG.abbreviations)
PATTERNS = URGENCY._compiled
FROZEN = Path(__file__).parents[1] / "data" / "nlu" / "urgent.jsonl"


def told() -> list[str]:
    lines = [json.loads(line)["text"] for line in FROZEN.read_text("utf-8").splitlines()]
    return [URGENCY._text(Message(text, SHORT)) for text in lines[::12]]


def made_up() -> list[str]:
    """Words of the patterns in any order: they come near many of them."""
    chance = random.Random(20261122)
    words = [re.findall(r"[^\W_]+", pattern.expression) for pattern in PATTERNS.all]
    own = [each for each in words if each]
    return [
        f" ^ {' '.join(word for each in chance.choices(own, k=4) for word in each[:12])} $ "
        for _ in range(25)
    ]


@pytest.mark.parametrize("text", told() + made_up())
def test_only_what_cannot_be_heard_is_left_out(text: str) -> None:
    said = _Said(text, PATTERNS)
    for pattern in PATTERNS.all:
        heard = _compiled(pattern.expression).search(text) is not None
        assert said._hears(1 << pattern.number) == heard, pattern.expression


def test_most_patterns_are_never_asked_about_a_message() -> None:
    said = _Said(told()[0], PATTERNS)
    assert said._possible.bit_count() < len(PATTERNS.all) / 10
