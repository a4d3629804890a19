from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete

from bot.app import Knowledge
from bot.running import application
from bot.storage.database import Database
from bot.storage.tables import leases
from tests.bot.channels.telegram.stand import Stage, listening, product
from tests.support.knowledge import shared_knowledge
from tests.support.postgres import Databases
from tests.support.telegram import TelegramEmulator


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(webhook_pace=0.01) as emulator:
        yield emulator


@pytest.fixture(scope="module")
async def shared_database(databases: Databases) -> AsyncIterator[Database]:
    url = databases.fresh()
    found = Database(url, pool_size=4)
    yield found
    await found.close()
    databases.drop(url)


@pytest.fixture
async def database(shared_database: Database) -> Database:
    """For the channel alone, which keeps nothing there but leases: none is held."""
    async with shared_database.begin() as uow:
        await uow.execute(delete(leases))
        await uow.commit()
    return shared_database


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return shared_knowledge()


@pytest.fixture(scope="module")
async def stage(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge
) -> AsyncIterator[Stage]:
    """One running product for a module's conversations; each test has people of its own."""
    url = databases.fresh()
    folder = tmp_path_factory.mktemp("telegram")
    async with (
        TelegramEmulator() as emulator,
        product(emulator, url, folder, knowledge) as made,
        listening(application(made)) as address,
    ):
        yield Stage(emulator, made, address)
    databases.drop(url)
