"""Plain yes and no, in all the ways people say them."""

from __future__ import annotations

import re
import unicodedata

from actions.contract import Turn
from nlu.answers import parse_yes_no
from nlu.phrases import is_only

_STOP = re.compile(r"\bdừng\b", re.IGNORECASE)
"""Without its diacritics it reads like "đúng", yes: with them it never is one."""


def stops(text: str) -> bool:
    return _STOP.search(unicodedata.normalize("NFC", text)) is not None


def agrees(turn: Turn) -> bool:
    if stops(turn.text):
        return False
    return is_only(turn.text, turn.catalog.phrases["yes"]) or parse_yes_no(turn.text) is True


def declines(turn: Turn) -> bool:
    return is_only(turn.text, turn.catalog.phrases["no"]) or parse_yes_no(turn.text) is False
