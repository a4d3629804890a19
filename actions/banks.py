"""The number of the bank that a person named, in one place with where else to find it."""

from __future__ import annotations

from actions.contract import Turn
from actions.wording import bank_number, joined
from content.schema import Bank, Topic

_SHOWN = 2


def bank_to_call(turn: Turn) -> str:
    """ "Your bank", with its number where one was named; always beside "the one on your card counts"."""
    if named := joined(bank_number(turn, bank) for bank in named_banks(turn)):
        return turn.say("guidance.bank_number", numbers=named)
    return turn.say("guidance.bank_unknown")


def named_banks(turn: Turn) -> list[Bank]:
    """Those named in the message whose numbers may be shown: whose bank it is cannot be told apart."""
    ids = dict.fromkeys(entity.normal for entity in turn.understanding.entities if entity.type == "bank")
    banks = [turn.catalog.banks[id_] for id_ in ids if id_ in turn.catalog.banks]
    return [bank for bank in banks if bank.show][:_SHOWN]


def concerns_a_bank(topic: Topic) -> bool:
    return topic.urgent.bank_first
