from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from cryptography.fernet import Fernet

from bot.clock import VIETNAM, MovableClock
from bot.storage.database import Database
from bot.storage.vault import Vault
from tests.bot.delivery.people import People


@pytest.fixture
async def people(database_url: str) -> AsyncIterator[People]:
    """By day: at night no broadcast goes."""
    database, clock = Database(database_url), MovableClock()
    local = clock.now().astimezone(VIETNAM)
    clock.move(local.replace(hour=10, minute=0) + dt.timedelta(days=1) - local)
    yield People(database, Vault((Fernet.generate_key().decode(),)), clock)
    await database.close()
