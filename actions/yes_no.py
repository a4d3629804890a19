"""Plain yes and no, in all the ways people say them."""

from __future__ import annotations

from actions.contract import Turn
from nlu.answers import parse_yes_no
from nlu.phrases import is_only


def agrees(turn: Turn) -> bool:
    return is_only(turn.text, turn.catalog.phrases["yes"]) or parse_yes_no(turn.text) is True


def declines(turn: Turn) -> bool:
    return is_only(turn.text, turn.catalog.phrases["no"]) or parse_yes_no(turn.text) is False
