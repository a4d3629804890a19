"""The pair of tokens as it is kept, encrypted, and what was going on with it."""

from __future__ import annotations

import datetime as dt

import msgspec

from bot.channels.zalo_oa.limits import CHANNEL
from bot.channels.zalo_oa.oauth import Granted
from bot.delivery.world import World
from bot.storage import channel_state
from bot.storage.database import UnitOfWork

KEY = "tokens"

REFRESH_LIVES = dt.timedelta(days=90)
WARN_BEFORE = dt.timedelta(days=14)
RENEW_EVERY = dt.timedelta(hours=11)
"""At the latest, so that it happens twice a day; at half of the access token's life if that comes first."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    access: str = ""
    """Empty while there is only a refresh token, given by hand."""
    refresh: str
    issued_at: dt.datetime
    expires_at: dt.datetime
    refresh_issued_at: dt.datetime
    begun_at: dt.datetime | None = None
    """Some process has begun to spend the refresh token, and has not written what came of it."""
    unclear: bool = False
    """An answer was lost: the refresh token may be spent."""
    refused_at: dt.datetime | None = None
    refused_as: str = ""
    seed: str | None = None
    """The ZALO_REFRESH_TOKEN of that time: it is not taken for a new one later."""

    def usable(self, now: dt.datetime) -> bool:
        return bool(self.access) and now < self.expires_at

    def due(self, now: dt.datetime) -> bool:
        """To be renewed: well before its end, or because nobody knows how the last renewal went."""
        early = min((self.expires_at - self.issued_at) / 2, RENEW_EVERY)
        doubtful = self.begun_at is not None or self.unclear or self.refused_at is not None
        return doubtful or now >= self.issued_at + early

    def ends_at(self) -> dt.datetime:
        """When the refresh token dies, and with it the permission."""
        return self.refresh_issued_at + REFRESH_LIVES

    def warns(self, now: dt.datetime) -> bool:
        return now >= self.ends_at() - WARN_BEFORE


def fresh(granted: Granted, now: dt.datetime, seed: str | None) -> Kept:
    return Kept(
        access=granted.access,
        refresh=granted.refresh,
        issued_at=now,
        expires_at=now + granted.lives,
        refresh_issued_at=now,
        seed=seed,
    )


def given(refresh_token: str, now: dt.datetime) -> Kept:
    """A refresh token from the settings. How old it is nobody says: it is used at once."""
    return Kept(
        refresh=refresh_token, issued_at=now, expires_at=now, refresh_issued_at=now, seed=refresh_token
    )


async def read(uow: UnitOfWork, world: World) -> Kept | None:
    return await channel_state.read(uow, world.vault, CHANNEL, KEY, Kept)


async def write(uow: UnitOfWork, world: World, kept: Kept) -> None:
    """The caller commits."""
    await channel_state.write(uow, world.vault, CHANNEL, KEY, kept, world.clock.now())
