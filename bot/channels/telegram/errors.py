"""Every way in which a call can go wrong, in one table: what it means and what becomes of the message.

`docs/channels/telegram.md` shows this table to operators; a test compares the two.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from bot.delivery.ports import FetchFailed, SendFailed


class Mend(StrEnum):
    """What is tried at once, within the same send."""

    PLAIN = "the same as plain text"
    TEXT_ONLY = "the text without the picture"
    MOVED = "the same to the chat's new number"


class CallFailed(Exception):
    """A call that did not work: the code of the platform, or one of the words for a broken way.

    The platform's description may quote what was sent: it decides between rules, and is never shown.
    """

    def __init__(
        self,
        code: str,
        description: str = "",
        *,
        retry_after: float | None = None,
        moved_to: int | None = None,
    ) -> None:
        super().__init__(f"Telegram: {code}")
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.moved_to = moved_to


class Rule(msgspec.Struct, frozen=True):
    """`says`: the rule holds where the description has these words; always where there are none."""

    code: str
    means: str
    says: str = ""
    retry: bool = False
    our_fault: bool = False
    stop: bool = False
    uncertain: bool = False
    mend: Mend | None = None
    retry_after: float | None = None
    whole_channel: bool = False


_BAD_TOKEN_SECONDS = 600

RULES = (
    Rule("403", "the person has blocked the bot", "blocked by the user", stop=True),
    Rule("403", "the person's account is deleted", "user is deactivated", stop=True),
    Rule("403", "the person has never written to this bot", "can't initiate conversation", stop=True),
    Rule("403", "the bot was removed from the chat", "was kicked", stop=True),
    Rule("403", "the bot may not write to this chat", stop=True),
    Rule("429", "more messages than the platform takes", retry=True),
    Rule("400", "the chat has moved", "upgraded to a supergroup", mend=Mend.MOVED),
    Rule("400", "the chat does not exist", "chat not found", stop=True),
    Rule("400", "the formatting cannot be read", "can't parse entities", our_fault=True, mend=Mend.PLAIN),
    Rule("400", "the picture is not taken", "photo_", our_fault=True, mend=Mend.TEXT_ONLY),
    Rule("400", "the picture is not taken", "image_process_failed", our_fault=True, mend=Mend.TEXT_ONLY),
    Rule("400", "the picture is not taken", "too big for a photo", our_fault=True, mend=Mend.TEXT_ONLY),
    Rule("400", "the picture's text is too long", "caption is too long", our_fault=True, mend=Mend.TEXT_ONLY),
    Rule("400", "the message is too long", "message is too long", our_fault=True),
    Rule("400", "the message is empty", "text must be non-empty", our_fault=True),
    Rule("400", "the message is empty", "message text is empty", our_fault=True),
    Rule("400", "a button's data is not taken", "button_data_invalid", our_fault=True),
    Rule("400", "the message has been changed already", "message is not modified"),
    Rule("400", "the message is not there any more", "message to edit not found"),
    Rule("400", "the press of the button is too old", "query is too old"),
    Rule("400", "the file is larger than the platform gives out", "file is too big"),
    Rule("400", "the file is not there at the moment", "temporarily unavailable", retry=True),
    Rule("400", "the platform does not take this call", our_fault=True),
    Rule(
        "401",
        "the bot's token is not accepted",
        retry=True,
        our_fault=True,
        retry_after=_BAD_TOKEN_SECONDS,
        whole_channel=True,
    ),
    Rule(
        "404",
        "the token or TELEGRAM_API_URL is wrong",
        retry=True,
        our_fault=True,
        retry_after=_BAD_TOKEN_SECONDS,
        whole_channel=True,
    ),
    Rule("409", "a webhook is set where this installation asks by itself", "webhook is active", retry=True),
    Rule(
        "409",
        "another program asks with the same token: stop it, or give this installation a bot of its own",
        "other getupdates request",
        retry=True,
        our_fault=True,
    ),
    Rule("409", "the platform refuses to give out updates now", retry=True),
    Rule("413", "the upload is too large", our_fault=True, mend=Mend.TEXT_ONLY),
    Rule("5xx", "the platform has an error of its own and has not done it", retry=True),
    Rule("unreachable", "no connection to the platform, or to the proxy", retry=True),
    Rule("broken", "the connection broke before there was an answer", retry=True, uncertain=True),
    Rule("silent", "no answer in time", retry=True, uncertain=True),
    Rule("garbled", "an answer that is not the platform's", retry=True, uncertain=True),
    Rule("other", "an error that is not known", our_fault=True),
)
"""By the code; the first that fits counts. The words `unreachable` to `garbled` stand for calls without an
answer of the platform: an HTML page with 502 comes from some gateway, which does not know whether the message
went through, and is `garbled`; a 502 in the platform's own JSON says that it did not."""

_BY_CODE = {code: [rule for rule in RULES if rule.code == code] for code in {rule.code for rule in RULES}}


def rule_for(failure: CallFailed) -> Rule:
    said = failure.description.lower()
    for rule in _BY_CODE.get(_key(failure.code), _BY_CODE["other"]):
        if rule.says in said:
            return rule
    return RULES[-1]


def _key(code: str) -> str:
    return "5xx" if code.startswith("5") and len(code) == 3 and code.isdigit() else code


def send_failed(failure: CallFailed) -> SendFailed:
    """A 429 counts for this chat: of the two rates, one a second for a chat and thirty for all, the answer
    does not say which."""
    rule = rule_for(failure)
    return SendFailed(
        rule.means,
        retry=rule.retry,
        our_fault=rule.our_fault,
        stop=rule.stop,
        uncertain=rule.uncertain,
        retry_after=failure.retry_after or rule.retry_after,
        whole_channel=rule.whole_channel,
    )


def fetch_failed(failure: CallFailed) -> FetchFailed:
    rule = rule_for(failure)
    return FetchFailed(rule.means, retry=rule.retry)
