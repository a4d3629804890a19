"""Migrations give exactly the models' tables, once, whoever else starts at the same moment."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from bot.storage import migrate
from bot.storage.database import Database
from bot.storage.migrate import MigrationError
from bot.storage.tables import metadata

COLUMNS = """
    SELECT table_name, column_name, data_type, udt_name, character_maximum_length, is_nullable,
           column_default, is_identity, identity_generation
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
"""


async def connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("+asyncpg", "", 1))


async def catalog(url: str) -> dict[str, set[tuple[object, ...]]]:
    """What PostgreSQL itself says about tables, indexes (partial ones too) and constraints."""
    connection = await connect(url)
    try:
        return {
            query: {tuple(row) for row in await connection.fetch(query)}
            for query in (COLUMNS, INDEXES, CONSTRAINTS)
        }
    finally:
        await connection.close()


async def test_models_and_migrations_give_the_same_database(
    database_url: str, empty_database_url: str
) -> None:
    made = Database(empty_database_url)
    async with made.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await made.close()
    migrated, modelled = await catalog(database_url), await catalog(empty_database_url)
    for query in migrated:
        assert migrated[query] == modelled[query]
    assert len(migrated[COLUMNS]) > 100
    assert await migrate.check(database_url) == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("ALTER TABLE talks DROP COLUMN updated_at", "updated_at"),
        ("ALTER TABLE officers ADD COLUMN shoe_size integer", "shoe_size"),
        ("ALTER TABLE contacts ALTER COLUMN language TYPE varchar(3)", "language"),
        ("DROP INDEX ix_complaints_search", "ix_complaints_search"),
        ("DROP TABLE subscriptions", "subscriptions"),
    ],
)
async def test_check_names_what_differs(database_url: str, statement: str, named: str) -> None:
    connection = await connect(database_url)
    await connection.execute(statement)
    await connection.close()
    assert any(named in difference for difference in await migrate.check(database_url))


async def test_an_empty_database_lacks_every_migration(empty_database_url: str) -> None:
    differences = await migrate.check(empty_database_url)
    assert "migration 0001 is not applied" in differences


async def test_processes_that_start_together_migrate_once(empty_database_url: str) -> None:
    await asyncio.gather(*(migrate.upgrade(empty_database_url) for _ in range(4)))
    assert await migrate.check(empty_database_url) == []


async def test_whoever_comes_second_waits_for_the_first(empty_database_url: str) -> None:
    first = await connect(empty_database_url)
    await first.execute("SELECT pg_advisory_lock($1)", migrate.LOCK)
    second = asyncio.create_task(migrate.upgrade(empty_database_url))
    await asyncio.sleep(0.5)
    assert not second.done()
    assert await first.fetchval("SELECT to_regclass('contacts')") is None
    await first.close()
    await second
    assert await migrate.check(empty_database_url) == []


async def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    connection = await connect(database_url)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    await connection.close()
    with pytest.raises(MigrationError, match="9999"):
        await migrate.upgrade(database_url)


@pytest.mark.long
async def test_a_table_in_use_stops_the_migration_and_nothing_else(empty_database_url: str) -> None:
    """The whole migration is undone, so that the next start begins afresh."""
    connection = await connect(empty_database_url)
    await connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("LOCK TABLE alembic_version IN EXCLUSIVE MODE")
    with pytest.raises(MigrationError, match="in use"):
        await migrate.upgrade(empty_database_url)
    await transaction.rollback()
    assert await connection.fetchval("SELECT to_regclass('contacts')") is None
    await connection.close()
    await migrate.upgrade(empty_database_url)
    assert await migrate.check(empty_database_url) == []


async def test_no_migration_is_written_when_none_is_needed(database_url: str) -> None:
    assert await migrate.revise(database_url, "nothing") is None


async def test_the_connection_of_an_upgrade_is_gone_afterwards(empty_database_url: str) -> None:
    await migrate.upgrade(empty_database_url)
    database = Database(empty_database_url)
    async with database.begin() as uow:
        locks = await uow.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
        assert locks.scalar_one() == 0
    await database.close()
