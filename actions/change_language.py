"""Vietnamese or English, from the next sentence on."""

from __future__ import annotations

import msgspec

from actions.contract import Action, Choice, Outcome, Reply, Turn
from content.schema import Language
from nlu.language import language_of
from nlu.phrases import contains

_WISHES: dict[Language, tuple[str, ...]] = {
    "en": ("tieng anh", "english", "in english", "speak english", "anh ngu"),
    "vi": ("tieng viet", "vietnamese", "viet ngu"),
}

_LACKING = (
    r"(?:khong|ko|k|chua|chang|hong)(?: \w+)? (?:biet|noi|hieu|doc|ranh|thao|gioi)(?: \w+){0,2}",
    r"(?:not|cannot|can't|don't|dont|doesn't|no)(?: \w+)? (?:speak|read|understand|know)(?: \w+)?",
    r"(?:speaks?|understands?|knows?) no",
)
"""How people say that they, or others, do not know the language named next."""


async def run(turn: Turn) -> Outcome:
    wished = wish(turn)
    if wished is None:
        choices = tuple(
            Choice(turn.say(f"service.language_name_{code}"), f"lang:{code}") for code in ("vi", "en")
        )
        return Outcome([Reply(turn.say("service.language_which"), choices)], turn.talk, act="change_language")
    profile = msgspec.structs.replace(turn.profile, language=wished)
    text = turn.catalog.say(wished, f"service.language_{wished}")
    return Outcome([Reply(text)], turn.talk, profile=profile, act="change_language")


def wish(turn: Turn) -> Language | None:
    """The language asked for; None if the message names none or both, or tells in Vietnamese that somebody
    knows no Vietnamese."""
    chosen = (turn.payload or "").partition(":")[2]
    for language in _WISHES:
        if chosen == language:
            return language
    wanted = asked_for(turn.text)
    if wanted:
        return wanted[0] if len(wanted) == 1 else None
    if lacks(turn.text, "en"):
        return "vi"
    return "en" if lacks(turn.text, "vi") and language_of(turn.text) == "en" else None


def asked_for(text: str) -> list[Language]:
    """The languages named, without those that somebody is said not to know."""
    named = [language for language, words in _WISHES.items() if contains(text, words)]
    return [language for language in named if not lacks(text, language)]


def lacks(text: str, language: Language) -> bool:
    """The text says that somebody does not know the language."""
    return contains(text, (f"(?:{'|'.join(_LACKING)}) (?:{'|'.join(_WISHES[language])})",))


ACTION = Action(name="change_language", run=run, acts=("change_language",), payloads=("lang",))
