"""What stands before all else when life or money is in danger: the number to call, then three steps."""

from __future__ import annotations

from actions.contract import Turn
from actions.wording import hotlines, numbered, sources
from content.schema import Topic


def urgent_text(turn: Turn, topic: Topic) -> str:
    """A threat to life has steps of its own, whatever was bought."""
    danger = turn.pipeline.danger(turn.text)
    urgent = turn.catalog.dangers[danger] if danger else topic.urgent
    call = turn.say("guidance.urgent_call", numbers=hotlines(turn, urgent.call))
    lines = [
        f"{call}\n{_bank(turn)}" if topic.id == "bank_fraud" and not danger else call,
        turn.say("guidance.urgent_first"),
        numbered(urgent.steps, turn.profile.language),
        sources(turn, topic.checked, urgent.steps),
    ]
    return "\n\n".join(line for line in lines if line)


def _bank(turn: Turn) -> str:
    """The number of the bank that was named, always beside "the one on your card counts"."""
    for entity in turn.understanding.entities:
        bank = turn.catalog.banks.get(entity.normal) if entity.type == "bank" else None
        if bank is not None and bank.show:
            return turn.say("guidance.bank_number", bank=bank.name, number=bank.number)
    return turn.say("guidance.bank_unknown")
