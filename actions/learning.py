"""Where quiz, tip of the day and 15 March are asked for in words, and where they are offered."""

from __future__ import annotations

import datetime as dt

import msgspec

from actions.contract import Choice, Outcome, Turn
from content.education import Level, words
from nlu.phrases import contains, is_only

_TOPIC = "consumer_education"
_ROOM = 5
"""Buttons that every messenger can show below one message."""


def wanted(turn: Turn) -> tuple[str, str] | None:
    """Action and choice for a message that asks for one of them and tells nothing else."""
    known = words()
    levels = tuple(phrase for phrases in known.levels.values() for phrase in phrases)
    for name, phrases in (("consumer_day", known.consumer_day), ("tip", known.tip)):
        if contains(turn.text, phrases) and is_only(turn.text, phrases + known.beside):
            return name, name
    if contains(turn.text, known.quiz) and is_only(turn.text, known.quiz + levels + known.beside):
        level = level_in(turn.text)
        return "quiz", f"quiz_level:{level}" if level else "quiz"
    return None


def level_in(text: str) -> Level | None:
    """For whom the quiz shall be, where the text says so."""
    return next((level for level, phrases in words().levels.items() if contains(text, phrases)), None)


def day_near(today: dt.date) -> bool:
    """15 March, or the week before."""
    return today.month == 3 and 8 <= today.day <= 15


def learn(turn: Turn) -> tuple[Choice, ...]:
    """The one choice that leads to all of it; nothing beside an open form."""
    if turn.talk.form is not None:
        return ()
    if day_near(turn.today):
        return (turn.choice("quiz.day_choice", "consumer_day"),)
    return (turn.choice("quiz.learn", "quiz"),)


def invited(turn: Turn, outcome: Outcome) -> None:
    """Whoever asks for leaflets and lessons is offered the quiz too."""
    if outcome.topic != _TOPIC or outcome.urgent or outcome.talk.form is not None or not outcome.replies:
        return
    last = outcome.replies[-1]
    if last.choices and len(last.choices) < _ROOM:
        choices = (*last.choices, turn.choice("quiz.learn", "quiz"))
        outcome.replies[-1] = msgspec.structs.replace(last, choices=choices)
