"""What `ntd doctor --live` and the start say of this channel, after asking the platform itself."""

from __future__ import annotations

from bot.channels.zalo_bot.client import Client
from bot.channels.zalo_bot.errors import ApiError, rule_for
from bot.channels.zalo_bot.polling import RISK
from bot.channels.zalo_bot.quota import Quota
from bot.channels.zalo_bot.webhook import address
from bot.delivery.ports import Finding
from bot.settings import Settings


async def check(settings: Settings, client: Client, quota: Quota) -> list[Finding]:
    try:
        me = await client.call("getMe")
    except ApiError as error:
        return [("fail", f"Zalo Bot: {rule_for(error).means} (getMe: {error.code}).")]
    name, plan = (me.get("account_name"), me.get("account_type")) if isinstance(me, dict) else (None, None)
    known: list[Finding] = [("ok", f"Zalo Bot: {name} answers (plan {plan}).")]
    return [*known, await _way_in(settings, client), *await plan_used(quota)]


async def _way_in(settings: Settings, client: Client) -> Finding:
    if settings.zalo_bot_polling:
        return "warn", RISK
    if not settings.public_url:
        return "fail", "Zalo Bot: set PUBLIC_URL, or ZALO_BOT_POLLING for a pilot; no event arrives now."
    ours = address(settings.public_url)
    try:
        info = await client.call("getWebhookInfo")
    except ApiError as error:
        if error.code != "404":
            return "fail", f"Zalo Bot: {rule_for(error).means} (getWebhookInfo: {error.code})."
        info = {}
    told = info.get("url") if isinstance(info, dict) else None
    if told == ours:
        return "ok", f"Zalo Bot: events are sent to {ours}."
    elsewhere = "to another address" if told else "nowhere"
    return "fail", f"Zalo Bot: events are sent {elsewhere}; a start of the product sets it to {ours}."


async def plan_used(quota: Quota) -> list[Finding]:
    use = await quota.used()
    if use.near:
        return [("warn", f"Zalo Bot: the plan is nearly used: {', '.join(use.near)}.")]
    shown = f"{use.users} of {use.max_users} users, {use.messages} of {use.max_messages} messages this month"
    return [("ok", f"Zalo Bot: {shown}.")]
