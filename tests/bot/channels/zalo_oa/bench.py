"""The tokens alone, over the emulator and a database: for tests that need no product around them."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.channels.zalo_oa import live
from bot.channels.zalo_oa.api import Api
from bot.channels.zalo_oa.kept import Kept
from bot.channels.zalo_oa.oauth import OAuth
from bot.channels.zalo_oa.profile import profile
from bot.channels.zalo_oa.seen import Seen
from bot.channels.zalo_oa.tokens import Tokens
from bot.clock import MovableClock
from bot.delivery.world import World
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.vault import Vault
from content.catalog import load
from tests.bot.channels.zalo_oa.stand import KEY, settings_for
from tests.support.zalo_oa import ZaloOA

CATALOG = load()
PATIENCE = dt.timedelta(seconds=0.4)
"""Instead of 40 s; in these tests a call takes milliseconds."""


@dataclass
class Bench:
    """What one process has. Each `bench()` is a new one."""

    world: World
    tokens: Tokens
    api: Api

    async def name(self) -> str:
        """Asks Zalo with the access token: it works, or this raises."""
        return (await profile(self.api)).name

    async def findings(self) -> list[tuple[str, str]]:
        return [*await live.check(self.world, self.tokens, self.api, Seen(self.world))]

    async def stored(self) -> Kept:
        kept = await self.tokens.stored()
        assert kept is not None
        return kept


@asynccontextmanager
async def bench(
    database_url: str, settings: Settings, clock: MovableClock, patience: dt.timedelta = PATIENCE
) -> AsyncIterator[Bench]:
    database = Database(database_url, pool_size=4)
    world = World(settings, database, Vault((KEY,)), clock, CATALOG)
    oauth = OAuth(settings)
    tokens = Tokens(world, oauth, patience=patience)
    api = Api(settings, tokens)
    try:
        yield Bench(world, tokens, api)
    finally:
        await tokens.close()
        await oauth.close()
        await api.close()
        await database.close()


def settings_of(oa: ZaloOA, **more: Any) -> Settings:
    return settings_for(oa, Path("/nonexistent"), **more)
