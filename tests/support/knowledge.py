"""What the product knows, read once by each process of the tests."""

from __future__ import annotations

from functools import cache

from bot.app import Knowledge, read_knowledge


@cache
def shared_knowledge() -> Knowledge:
    return read_knowledge()
