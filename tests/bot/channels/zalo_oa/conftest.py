from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.app import Knowledge
from bot.storage.database import Database
from bot.storage.tables import channel_state
from tests.bot.channels.zalo_oa.stand import Stand, standing
from tests.support.knowledge import shared_knowledge
from tests.support.postgres import Databases
from tests.support.zalo_oa import Account


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return shared_knowledge()


@pytest.fixture
async def stand(database_url: str, tmp_path: Path, knowledge: Knowledge) -> AsyncIterator[Stand]:
    async with standing(database_url, tmp_path, knowledge) as running:
        yield running


@pytest.fixture(scope="package")
def one_database(databases: Databases) -> Iterator[str]:
    url = databases.fresh()
    yield url
    databases.drop(url)


@pytest.fixture
async def state_url(one_database: str) -> str:
    """A database in which no channel remembers anything; quicker than a new one."""
    database = Database(one_database, pool_size=1)
    async with database.begin() as uow:
        await uow.execute(delete(channel_state))
        await uow.commit()
    await database.close()
    return one_database


@pytest.fixture(scope="package")
async def shared_stand(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge
) -> AsyncIterator[Stand]:
    """One for everything that needs no product of its own."""
    url = databases.fresh()
    account = Account(package="Toàn diện")  # enough calls a minute for all
    async with standing(url, tmp_path_factory.mktemp("shared"), knowledge, account) as running:
        yield running
    databases.drop(url)
