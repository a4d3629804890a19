from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.bot.channels.web.stand import Stand, serving
from tests.support.postgres import Databases


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with serving(database_url, web_messages_per_minute=100) as running:
        yield running


@pytest.fixture(scope="module")
async def shared_stand(databases: Databases) -> AsyncIterator[Stand]:
    """One for a whole module, for tables of requests that must leave nothing."""
    url = databases.fresh()
    async with serving(url, web_messages_per_minute=1000) as running:
        yield running
    databases.drop(url)
