"""What stands before all else when life or money is in danger: whom to call, then three steps."""

from __future__ import annotations

import msgspec

from actions.banks import bank_to_call
from actions.cases import Advice, advice, heard
from actions.contract import Turn
from actions.wording import hotlines, numbered, sources
from content.schema import Topic


def urgent_text(turn: Turn, topic: Topic) -> str:
    """A threat to life has steps of its own, whatever was bought; so has a sub-case that is told of."""
    told = advice(turn, topic, heard(turn, topic))
    danger = turn.pipeline.danger(turn.text)
    if danger:
        urgent = turn.catalog.dangers[danger]
        told = msgspec.structs.replace(
            told, call=urgent.call, steps=urgent.steps, call_if="", bank_first=False, own=False
        )
    lines = [
        _call(turn, told),
        turn.say("guidance.urgent_first", count=len(told.steps)),
        numbered(told.steps, turn.profile.language),
        turn.say("guidance.case", title=told.title) if told.own else "",
        sources(turn, told.checked, told.steps),
    ]
    return "\n\n".join(line for line in lines if line)


def _call(turn: Turn, told: Advice) -> str:
    """Who is called first: where money is on its way only the bank can stop it."""
    numbers = hotlines(turn, told.call)
    if told.bank_first:
        first = bank_to_call(turn)
        numbers = turn.say("guidance.call_then", first=first, then=numbers) if numbers else first
    return turn.say("guidance.urgent_call", numbers=f"{numbers} {told.call_if}".strip())
