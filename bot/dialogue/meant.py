"""A message read as what it is about, where the best reading of its words alone misses that."""

from __future__ import annotations

import msgspec

from actions import change_language
from actions.cases import of_scam
from actions.contract import Turn
from bot.dialogue.suspected import looked

_WISH = 5
"""Words. "I speak no Vietnamese" is a wish; a longer message tells of somebody, or of a trouble."""
_BESIDE = "bank_service"
"""The topic whose words scams borrow: loans, cards, accounts. It has no sub-cases of its own."""
_GUESSED = 0.3
"""The confidence of a reading that nothing but the rest of the message speaks for: it is asked about."""


def as_meant(turn: Turn) -> Turn:
    """The turn with the reading that the message has as a whole; mostly the same."""
    if turn.payload is not None:
        return turn
    return _of_language(turn) or _of_scam(turn) or turn


def _of_language(turn: Turn) -> Turn | None:
    """ "My father speaks no Vietnamese and was made to buy" is a story, and no wish to change language."""
    understood = turn.understanding
    if understood.act != "change_language" or len(turn.text.split()) <= _WISH:
        return None
    if change_language.asked_for(turn.text) or not change_language.lacks(turn.text, "vi"):
        return None
    if turn.talk.form is not None:
        reading = msgspec.structs.replace(understood, act="inform", topic=None)
        return msgspec.structs.replace(turn, understanding=reading)
    topical = [guess for guess in understood.alternatives if guess.act in ("ask", "report") and guess.topic]
    act, topic = (topical[0].act, topical[0].topic) if topical else ("ask", "consumer_rights")
    reading = msgspec.structs.replace(understood, act=act, topic=topic, confidence=_GUESSED, alternatives=())
    return msgspec.structs.replace(turn, understanding=reading)


def _of_scam(turn: Turn) -> Turn | None:
    """A scam told in a bank's words: its own phrases stand there, and what it is known by."""
    understood = turn.understanding
    if understood.topic != _BESIDE or understood.act not in ("ask", "report") or turn.talk.form is not None:
        return None
    scam = looked(turn).scam
    topic = of_scam(turn.catalog, turn.text, scam) if scam else None
    if topic is None:
        return None
    return msgspec.structs.replace(turn, understanding=msgspec.structs.replace(understood, topic=topic))
