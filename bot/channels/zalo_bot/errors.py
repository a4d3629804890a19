"""Every way in which a call can go wrong, in one table: what it means and what becomes of the message.

The platform publishes hardly more than the numbers, so the doubtful ones are read in the way that loses
nothing. `docs/channels/zalo-bot.md` shows this table to operators; a test compares the two.
"""

from __future__ import annotations

import msgspec

from bot.delivery.ports import SendFailed


class ApiError(Exception):
    """A call that did not work: a code of the platform, or one of the words that stand for a broken way.

    The platform's description may quote what was sent: it decides between rules, and is never shown.
    """

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(f"Zalo Bot Platform: {code}")
        self.code = code
        self.description = description


class Rule(msgspec.Struct, frozen=True):
    """`says`: the rule holds where the description has one of these words; always where there are none."""

    code: str
    means: str
    says: tuple[str, ...] = ()
    retry: bool = False
    our_fault: bool = False
    stop: bool = False
    uncertain: bool = False
    hold: bool = False
    retry_after: float | None = None
    whole_channel: bool = False


MONTH_USED_UP = Rule("429", "the plan's messages of this month are used up", our_fault=True)
"""Chosen by our own count of the month: the platform has one code for this and for being too fast."""

RULES = (
    Rule("400", "the platform does not take this message", our_fault=True),
    Rule(
        "401",
        "the bot's token is not accepted",
        retry=True,
        our_fault=True,
        retry_after=600,
        whole_channel=True,
    ),
    Rule("403", "the platform has an error of its own", ("server", "internal", "again"), retry=True),
    Rule("403", "the platform lets the bot send nothing to this person", hold=True),
    Rule("404", "the chat does not exist any more", ("chat", "user"), stop=True),
    Rule(
        "404",
        "the platform does not know this call",
        retry=True,
        our_fault=True,
        retry_after=600,
        whole_channel=True,
    ),
    Rule("408", "the platform ran out of time", retry=True, uncertain=True),
    MONTH_USED_UP,
    Rule(
        "429",
        "the bot sends too fast, or somebody else uses up its plan",
        retry=True,
        our_fault=True,
        retry_after=60,
        whole_channel=True,
    ),
    Rule("5xx", "the platform has an error of its own", retry=True, uncertain=True),
    Rule("unreachable", "no connection to the platform", retry=True),
    Rule("broken", "the connection broke before there was an answer", retry=True, uncertain=True),
    Rule("silent", "no answer in time", retry=True, uncertain=True),
    Rule("garbled", "an answer that is not the platform's", retry=True, uncertain=True),
    Rule("other", "an error that is not known", retry=True, our_fault=True),
)
"""By the code in the body, whatever the HTTP status: errors usually come with 200. The first that fits
counts; the words `unreachable` to `garbled` stand for calls without an answer of the platform."""

_BY_CODE = {code: [rule for rule in RULES if rule.code == code] for code in {rule.code for rule in RULES}}


def rule_for(error: ApiError, *, month_used_up: bool = False) -> Rule:
    if error.code == "429" and month_used_up:
        return MONTH_USED_UP
    said = error.description.lower()
    for rule in _BY_CODE.get(_key(error.code), _BY_CODE["other"]):
        if rule is not MONTH_USED_UP and (not rule.says or any(word in said for word in rule.says)):
            return rule
    return RULES[-1]


def _key(code: str) -> str:
    return "5xx" if code.startswith("5") and len(code) == 3 and code.isdigit() else code


def send_failed(rule: Rule, *, until_next_month: float | None = None) -> SendFailed:
    """`until_next_month`: seconds after which it is worth another try all the same."""
    return SendFailed(
        rule.means,
        retry=rule.retry or until_next_month is not None,
        our_fault=rule.our_fault,
        stop=rule.stop,
        uncertain=rule.uncertain,
        hold=rule.hold,
        retry_after=rule.retry_after if until_next_month is None else until_next_month,
        whole_channel=rule.whole_channel,
    )
