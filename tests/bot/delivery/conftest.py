from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from cryptography.fernet import Fernet

from bot.clock import MovableClock
from bot.storage.database import Database
from bot.storage.vault import Vault
from tests.bot.delivery.people import People


@pytest.fixture
async def people(database_url: str) -> AsyncIterator[People]:
    database = Database(database_url)
    yield People(database, Vault((Fernet.generate_key().decode(),)), MovableClock())
    await database.close()
