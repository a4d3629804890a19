"""What stands around the answers of a turn: notices that law and safety ask for, and why it comes late."""

from __future__ import annotations

import datetime as dt

from actions.contract import Outcome, Reply, Turn
from actions.help import served
from bot.clock import VIETNAM


def introduce(turn: Turn, outcome: Outcome, *, secrets: bool) -> None:
    """The notices that law and safety ask for, never before urgent steps.

    The first message says that this is an automated system, whose it is, what it keeps and for how long
    (Law 134/2025/QH15 Art. 11).
    """
    if secrets:
        warning = Reply(turn.say("talk.secret_masked"))
        outcome.replies.insert(1 if outcome.urgent else 0, warning)
    if outcome.talk.introduced or not outcome.replies:
        return
    outcome.talk.introduced = True
    first = outcome.replies[0]
    key = "about.notice_short" if outcome.urgent else "about.notice"
    outcome.replies[0] = Reply(f"{first.text}\n\n{turn.say(key, province=served(turn))}", first.choices)


def tell_late(turn: Turn, outcome: Outcome, said: dt.datetime) -> None:
    """Which message is answered, where hours or days lie between: never before urgent steps."""
    if outcome.replies:
        at = f"{said.astimezone(VIETNAM):%H:%M %d/%m}"
        outcome.replies.insert(1 if outcome.urgent else 0, Reply(turn.say("talk.answered_late", at=at)))
