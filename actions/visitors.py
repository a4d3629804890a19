"""A message in Chinese, Korean or Japanese writing: what this service can do is said in both its languages,
with the numbers for danger first and a person within reach. Words in the visitor's own language stand above
it only where somebody has reviewed them (`content/visitors/`)."""

from __future__ import annotations

import msgspec

from actions.contract import Action, Choice, Outcome, Reply, Turn
from actions.wording import hotlines
from content.schema import Language
from nlu.scripts import writing_of

EMERGENCY = ("H01", "H03", "H02")


async def run(turn: Turn) -> Outcome:
    """The talk goes on in English, which visitors read sooner; one button gives Vietnamese back."""
    own = _own_words(turn)
    parts = [own] if own else []
    parts += [_what_we_can(turn, language) for language in ("en", "vi")]
    return Outcome([Reply("\n\n".join(parts), _choices(turn))], turn.talk, act="out_of_scope")


def writes_otherwise(turn: Turn) -> bool:
    """The person's own words are in a writing that we cannot read."""
    return turn.payload is None and writing_of(turn.text) is not None


def _own_words(turn: Turn) -> str:
    writing = writing_of(turn.text)
    texts = (text for text in turn.catalog.visitors.values() if text.script == writing and text.may_be_shown)
    return "\n".join(f"• {sentence.text}" for text in texts for sentence in text.sentences)


def _what_we_can(turn: Turn, language: Language) -> str:
    said = msgspec.structs.replace(turn, profile=msgspec.structs.replace(turn.profile, language=language))
    return said.say(
        "visitors.not_read", hotlines=hotlines(said, EMERGENCY), officer=turn.say("talk.menu_officer")
    )


def _choices(turn: Turn) -> tuple[Choice, ...]:
    return (
        turn.choice("talk.menu_officer", "officer"),
        turn.choice("talk.menu_report", "menu:report"),
        Choice(turn.say("service.language_name_vi"), "lang:vi"),
    )


ACTION = Action(name="visitors", run=run)
