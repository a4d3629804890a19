"""Connections that were closed meanwhile are not used, and a statement on its own is a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text

from bot.storage.database import Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, pool_size=3)
    yield opened
    await opened.close()


async def test_whoever_comes_after_the_connections_were_cut_notices_nothing(database: Database) -> None:
    await _use_at_once(database, 3)
    other = await asyncpg.connect(database.url.replace("+asyncpg", ""))
    try:
        cut = await other.fetch(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await other.close()
    assert len(cut) >= 3
    await _use_at_once(database, 3)


async def _use_at_once(database: Database, connections: int) -> None:
    """All the pool's connections, each held until every one is open."""
    together = asyncio.Barrier(connections)

    async def use() -> None:
        async with database.begin() as uow:
            await uow.execute(text("SELECT 1"))
            await together.wait()

    await asyncio.gather(*(use() for _ in range(connections)))


async def test_a_statement_at_once_stays_and_a_unit_of_work_without_commit_does_not(
    database: Database,
) -> None:
    async with database.at_once() as uow:
        await uow.execute(text("CREATE TABLE kept (what text)"))
        await uow.execute(text("INSERT INTO kept VALUES ('at once')"))
    async with database.begin() as uow:
        await uow.execute(text("INSERT INTO kept VALUES ('not committed')"))
    async with database.begin() as uow:
        assert list((await uow.execute(text("SELECT what FROM kept"))).scalars()) == ["at once"]
        await uow.execute(text("DROP TABLE kept"))
        await uow.commit()
