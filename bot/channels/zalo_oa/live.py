"""What `ntd doctor --live` says of the OA: settings, the OA itself, ages of tokens, the webhook's key."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from bot.channels.zalo_oa import errors
from bot.channels.zalo_oa.api import Api, Refusal
from bot.channels.zalo_oa.kept import Kept
from bot.channels.zalo_oa.profile import STATE_AGENCY, Profile, profile
from bot.channels.zalo_oa.seen import Seen
from bot.channels.zalo_oa.tokens import Tokens
from bot.delivery.ports import SendFailed
from bot.delivery.world import World

Finding = tuple[Literal["ok", "warn", "fail"], str]


async def check(world: World, tokens: Tokens, api: Api, seen: Seen) -> list[Finding]:
    """The call may renew the tokens, as any other call does."""
    told = await _oa(world, api)
    kept = await tokens.stored()
    return [
        *_settings(world),
        *told,
        *_ages(kept, world.clock.now()),
        await _webhook(seen, world.clock.now()),
    ]


def _settings(world: World) -> list[Finding]:
    settings = world.settings
    needed = {
        "ZALO_APP_SECRET": (settings.zalo_app_secret, "no token can be renewed"),
        "ZALO_OA_SECRET_KEY": (settings.zalo_oa_secret_key, "no event of Zalo can be taken in"),
        "PUBLIC_URL": (settings.public_url, "Zalo has no address to send events to"),
    }
    return [
        ("fail", f"Zalo OA: {name} is not set: {why}.") for name, (value, why) in needed.items() if not value
    ]


async def _oa(world: World, api: Api) -> list[Finding]:
    try:
        oa = await profile(api)
    except Refusal as refusal:
        return [("fail", f"Zalo OA: {errors.refused(refusal.code, world.clock.now()).reason}.")]
    except SendFailed as failure:
        return [("fail", f"Zalo OA: {failure.reason}.")]
    return [_described(oa), *_restrictions(oa)]


def _described(oa: Profile) -> Finding:
    return ("ok", f"Zalo OA: {oa.name} answers; package {oa.package or '?'} until {oa.package_until or '?'}.")


def _restrictions(oa: Profile) -> list[Finding]:
    found: list[Finding] = []
    if not oa.verified:
        found.append(("warn", "Zalo OA: it is not verified; Zalo then refuses tokens and calls (-221)."))
    if oa.type == STATE_AGENCY:
        found.append(
            (
                "warn",
                "Zalo OA: of a state agency; see docs/channels/zalo-oa.md on error -235 and ZALO_SEND_PATH.",
            )
        )
    return found


def _ages(kept: Kept | None, now: dt.datetime) -> list[Finding]:
    if kept is None:
        return [("fail", f"Zalo OA: {errors.NOT_CONNECTED}.")]
    found: list[Finding] = []
    if kept.refused_at is not None:
        found.append(("fail", f"Zalo OA: {errors.LOST_PERMISSION} ({kept.refused_as})."))
    elif kept.begun_at is not None or kept.unclear:
        found.append(("warn", "Zalo OA: a renewal of the tokens was cut off; it is tried again."))
    hours = (now - kept.issued_at).total_seconds() / 3600
    days_left = (kept.ends_at() - now).days
    ages = f"access token {hours:.1f} h old, refresh token good for {days_left} more days"
    if kept.warns(now):
        found.append(("fail", f"Zalo OA: {ages}: renewing fails; run `ntd zalo connect` before it ends."))
    else:
        found.append(("ok", f"Zalo OA: {ages}."))
    return found


async def _webhook(seen: Seen, now: dt.datetime) -> Finding:
    last = await seen.last()
    if last is None:
        return ("warn", "Zalo OA: no signed event has come yet; write something to the OA and look again.")
    hours = (now - last.seen_at).total_seconds() / 3600
    said = f"the webhook's key fitted {hours:.1f} h ago (timestamp of {last.timestamp})"
    return ("ok" if hours < 7 * 24 else "warn", f"Zalo OA: {said}.")
