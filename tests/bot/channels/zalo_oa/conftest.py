from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Knowledge, read_knowledge
from tests.bot.channels.zalo_oa.stand import Stand, standing
from tests.support.postgres import Databases
from tests.support.zalo_oa import Account


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return read_knowledge()


@pytest.fixture
async def stand(database_url: str, tmp_path: Path, knowledge: Knowledge) -> AsyncIterator[Stand]:
    async with standing(database_url, tmp_path, knowledge) as running:
        yield running


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
