from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.app import Knowledge
from tests.bot.channels.zalo_bot.stand import SECRET, Stand, standing
from tests.support.knowledge import shared_knowledge
from tests.support.postgres import Databases


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return shared_knowledge()


@pytest.fixture
async def stand(database_url: str, tmp_path: Path, knowledge: Knowledge) -> AsyncIterator[Stand]:
    async with standing(database_url, tmp_path, knowledge) as found:
        yield found


@pytest.fixture(scope="session")
async def shared_stand(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge
) -> AsyncIterator[Stand]:
    url = databases.fresh()
    async with standing(url, tmp_path_factory.mktemp("zalo_bot"), knowledge) as found:
        yield found
    databases.drop(url)


@pytest.fixture
def shared(shared_stand: Stand) -> Iterator[Stand]:
    """One product for many tests: each with people of its own; what it set on the emulator is undone."""
    bot = shared_stand.bot
    token = bot.account.token
    yield shared_stand
    bot.faults.clear()
    bot.quota.used = 0
    bot.account.token, bot.account.errors_over_200 = token, True
    bot.updates.copies, bot.updates.shape, bot.updates.photo_field = 1, "flat", "photo_url"
    bot.updates.set_webhook(f"{shared_stand.url}/channels/zalo-bot", SECRET)
    bot.media.lifetime = None
    bot.media.faults.clear()
