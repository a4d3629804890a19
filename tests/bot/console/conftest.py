from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.bot.console.stand import Stand, serving


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with serving(database_url) as running:
        yield running
