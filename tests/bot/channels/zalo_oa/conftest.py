from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Knowledge, read_knowledge
from tests.bot.channels.zalo_oa.stand import Stand, standing
from tests.support.postgres import Databases


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return read_knowledge()


@pytest.fixture
async def stand(database_url: str, tmp_path: Path, knowledge: Knowledge) -> AsyncIterator[Stand]:
    async with standing(database_url, tmp_path, knowledge) as running:
        yield running


@pytest.fixture(scope="module")
async def shared_stand(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge
) -> AsyncIterator[Stand]:
    """One for a whole module, for tables of requests."""
    url = databases.fresh()
    async with standing(url, tmp_path_factory.mktemp("shared"), knowledge) as running:
        yield running
    databases.drop(url)
