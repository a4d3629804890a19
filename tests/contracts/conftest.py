from __future__ import annotations

import pytest

from bot.app import Knowledge, read_knowledge


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return read_knowledge()
