from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.storage.database import Database
from tests.bot.handoff.post_office import Mailbox, PostOffice, Receiver, mailbox, receiver


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[PostOffice]:
    database = Database(database_url, pool_size=4)
    office = PostOffice(database)
    office.set()
    yield office
    await database.close()
    office.folder.cleanup()


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as running:
        yield running


@pytest.fixture
async def system() -> AsyncIterator[Receiver]:
    async with receiver() as running:
        yield running
