"""What becomes of a delivery whose send went wrong: another try, or which end."""

from __future__ import annotations

import datetime as dt

import msgspec

from bot.delivery.ledger import Delivery, State
from bot.delivery.ports import SendFailed

PAUSES = (1, 5, 30, 120, 600, 1800, 3600)
"""Seconds before the second, third ... try; the last one repeats."""

MAX_ATTEMPTS = 30
"""With these pauses about a day: what a person asked yesterday is no reply any more."""


class Again(msgspec.Struct, frozen=True):
    due_at: dt.datetime
    maybe_sent: bool
    counts: bool = True
    """False: the channel as a whole waits for an operator, which says nothing of this message."""


class Ended(msgspec.Struct, frozen=True):
    state: State
    stop_contact: bool = False


class Held(msgspec.Struct, frozen=True):
    """Waits for the person's next message."""


def judge(delivery: Delivery, failure: SendFailed, now: dt.datetime) -> Again | Held | Ended:
    """Neither Telegram nor Zalo lets a repeat be told from a first try. A message that may have arrived is
    therefore repeated once, and where that too leaves it open, it ends as uncertain; a broadcast is never
    repeated in doubt, and what comes weeks later is none."""
    broadcast = delivery.kind == "broadcast"
    if failure.stop:
        return Ended("refused", stop_contact=True)
    if failure.hold and delivery.contact_id is not None and not broadcast:
        return Held()
    doubtful_again = failure.uncertain and (delivery.maybe_sent or broadcast)
    counts = not (failure.our_fault and failure.whole_channel)
    if failure.retry and not doubtful_again and (delivery.attempts < MAX_ATTEMPTS or not counts):
        pause = PAUSES[min(delivery.attempts, len(PAUSES)) - 1]
        due_at = now + dt.timedelta(seconds=max(pause, failure.retry_after or 0, failure.not_before or 0))
        return Again(due_at, failure.uncertain, counts)
    if failure.uncertain or delivery.maybe_sent:
        return Ended("uncertain")
    return Ended("failed" if failure.retry or failure.our_fault else "refused")
