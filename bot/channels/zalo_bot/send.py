"""Sends one message of the ledger."""

from __future__ import annotations

import unicodedata

from bot.channels.zalo_bot.client import Client
from bot.channels.zalo_bot.errors import MONTH_USED_UP, ApiError, rule_for, send_failed
from bot.channels.zalo_bot.limits import SENDER, TEXT
from bot.channels.zalo_bot.quota import Quota
from bot.delivery.ports import Outgoing, SendFailed
from bot.storage.database import out_of_reach


async def send(client: Client, quota: Quota, address: str, message: Outgoing) -> str | None:
    """The platform's message id. Raises SendFailed.

    Without `parse_mode` nothing in the text is markup, so nothing is escaped. A picture is left out: the
    platform wants it at a public address, and its caption says what matters.
    """
    text = shown(message)
    if not text:
        raise SendFailed("a message without words cannot be sent", retry=False, our_fault=True)
    try:
        result = await client.call("sendMessage", chat_id=address, text=text)
    except ApiError as error:
        failure = await _failed(quota, error, by_officer=message.sender is not None)
    else:
        await quota.count_message()
        return _message_id(result)
    raise failure


def shown(message: Outgoing) -> str:
    """The text; behind a line with the agency's name where an officer speaks and the text does not begin with
    it; composed characters, for the platform counts them."""
    text = unicodedata.normalize("NFC", message.text).strip()
    sender = unicodedata.normalize("NFC", message.sender or "")
    if sender and text and not text.startswith(sender):
        text = f"{sender[: SENDER - 2]}:\n{text}"
    return text[:TEXT]


async def _failed(quota: Quota, error: ApiError, *, by_officer: bool) -> SendFailed:
    """Beyond the month's messages an officer's answer waits for the next month; a reply of the bot's does
    not, for after days it answers nothing."""
    rule = rule_for(error, month_used_up=error.code == "429" and await _month_used_up(quota))
    waits = quota.until_next_month() if rule is MONTH_USED_UP and by_officer else None
    return send_failed(rule, until_next_month=waits)


async def _month_used_up(quota: Quota) -> bool:
    try:
        return (await quota.used()).month_used_up
    except Exception as error:
        if out_of_reach(error):
            return False
        raise


def _message_id(result: object) -> str | None:
    found = result.get("message_id") if isinstance(result, dict) else None
    return str(found)[:200] if found else None
