"""Whether a message is to be looked at for signs of a scam: asked for, passed on, a bare link or number."""

from __future__ import annotations

import msgspec

from actions.contract import Turn
from actions.yes_no import declines
from nlu.suspicious.report import Report

_SHORT = 14
"""Words. A wish without the thing to look at is short; a longer text is a story."""
_TOPICAL = 0.6
"""From this confidence on a message that was passed on and shows no sign is about its own topic."""
_CHATS = frozenset({"greet", "thanks", "goodbye", "cancel", "help", "talk_to_officer", "deny"})
"""No answer to "send me what I shall look at"."""


def looked(turn: Turn) -> Report:
    return turn.checker.look(turn.text, turn.understanding.entities, turn.codes)


def asks_to_check(turn: Turn) -> bool:
    """ "Is this a scam?" with the thing in the message, or in the photo beside it."""
    if not turn.checker.wished(turn.text, turn.understanding.entities):
        return False
    report = looked(turn)
    named = report.links or report.numbers or report.phones or report.goods or report.registrations
    return bool(named or report.scam or turn.attachments)


def wants_to_check(turn: Turn) -> bool:
    """The same without the thing: it may come in the next message."""
    short = len(turn.text.split()) <= _SHORT
    return short and turn.checker.wished(turn.text, turn.understanding.entities)


def asks_to_look(turn: Turn) -> bool:
    """ "Check this message for me": no answer to a question of others will do."""
    return wants_to_check(turn) and turn.checker.asked_to_look(turn.text)


def nothing_lost(turn: Turn) -> bool:
    """ "I have not clicked", after something was looked at."""
    short = len(turn.text.split()) <= _SHORT
    return turn.talk.checked and short and turn.checker.not_yet(turn.text)


def pasted(turn: Turn) -> bool:
    """A scammer's words instead of the person's own; Zalo does not tell what was forwarded."""
    return turn.payload is None and not turn.forwarded and turn.checker.pasted(turn.text, looked(turn))


def passed_on(turn: Turn) -> bool:
    """Forwarded, and not plainly a matter of its own without any sign."""
    if not turn.forwarded:
        return False
    report, understood = looked(turn), turn.understanding
    if report.suspicious or report.links or report.numbers or turn.codes or understood.topic == "bank_fraud":
        return True
    topical = understood.act in ("ask", "report") and understood.topic is not None
    return not (topical and understood.confidence >= _TOPICAL)


def bare(turn: Turn) -> bool:
    """A link or a number, and nothing that would say what it is about."""
    return turn.checker.alone(turn.text, turn.understanding.entities)


def sends_thing(turn: Turn) -> bool:
    """The answer to "send me what I shall look at"."""
    pending = turn.talk.pending
    if pending is None or pending.question != "what_to_check" or declines(turn):
        return False
    report = looked(turn)
    named = report.suspicious or report.links or report.numbers or report.phones or report.goods
    chats = turn.understanding.act in _CHATS
    return bool(named or turn.attachments) or (bool(turn.text.strip()) and not chats)


def to_be_told(turn: Turn) -> bool:
    """What a photo shows that came after its message: a code, or none where one was to be looked at. A photo
    for a form or for an officer is their business."""
    if turn.talk.form is not None or turn.talk.parked is not None or turn.asked_case is not None:
        return False
    pending = turn.talk.pending
    return bool(turn.codes) or (pending is not None and pending.question == "what_to_check")


def done_already(turn: Turn) -> Turn | None:
    """Something was looked at, and the person has clicked, paid or given a code: the turn as the danger that
    it is, with what was looked at as its story."""
    if turn.forwarded or turn.payload is not None or not turn.checker.already(turn.text):
        return None
    story = turn.talk.last_story if turn.talk.checked else None
    if story is None and not (asks_to_check(turn) or bare(turn)):
        return None
    reading = msgspec.structs.replace(turn.understanding, act="report", topic="bank_fraud", urgent=True)
    text = f"{story}. {turn.text}" if story else turn.text
    return msgspec.structs.replace(turn, text=text, understanding=reading)
