from __future__ import annotations

import pytest

from bot.app import Knowledge
from tests.support.knowledge import shared_knowledge


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return shared_knowledge()
