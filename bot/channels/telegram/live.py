"""What `ntd doctor --live` says of this channel, after asking the platform itself."""

from __future__ import annotations

from typing import Literal

import msgspec
from aiogram.methods import GetMe, GetWebhookInfo

from bot.channels.telegram.client import Client
from bot.channels.telegram.errors import CallFailed, rule_for
from bot.channels.telegram.webhook import WebhookInfo, address
from bot.settings import Settings

MANY_WAIT = 100
"""Updates that wait at the platform: more than a moment's."""

Finding = tuple[Literal["ok", "warn", "fail"], str]


class _Me(msgspec.Struct):
    username: str
    can_join_groups: bool = False


async def check(settings: Settings, client: Client) -> list[Finding]:
    try:
        me = await client.call(GetMe(), _Me)
        info = await client.call(GetWebhookInfo(), WebhookInfo)
    except CallFailed as failed:
        return [("fail", f"Telegram: {rule_for(failed).means} ({failed.code}).{_proxy(settings, failed)}")]
    found: list[Finding] = [("ok", f"Telegram: @{me.username} answers.")]
    if me.can_join_groups:
        found.append(
            ("warn", "Telegram: the bot can be added to groups, which it leaves: turn off /setjoingroups.")
        )
    return [*found, _way_in(settings, info), *_waiting(info)]


def _proxy(settings: Settings, failed: CallFailed) -> str:
    if failed.code != "unreachable":
        return ""
    if settings.http_proxy_url:
        return " Check HTTP_PROXY_URL."
    return " In Viet Nam it is often blocked: set HTTP_PROXY_URL."


def _way_in(settings: Settings, info: WebhookInfo) -> Finding:
    if not settings.public_url:
        if info.url:
            return "warn", "Telegram: a webhook is set; a start of the product removes it and asks by itself."
        return "ok", "Telegram: updates are asked for (no PUBLIC_URL)."
    ours = address(settings.public_url)
    if info.url == ours:
        return "ok", f"Telegram: updates are sent to {ours}."
    elsewhere = "to another address" if info.url else "nowhere"
    return "fail", f"Telegram: updates are sent {elsewhere}; a start of the product sets it to {ours}."


def _waiting(info: WebhookInfo) -> list[Finding]:
    found: list[Finding] = []
    if info.pending_update_count > MANY_WAIT:
        found.append(("warn", f"Telegram: {info.pending_update_count} updates wait to be taken."))
    if info.last_error_message:
        found.append(("warn", f"Telegram could not deliver the last time: {info.last_error_message[:200]}."))
    return found
