"""What channels remember: encrypted, one value a key, and changed by one at a time."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import msgspec
import pytest
from cryptography.fernet import Fernet, InvalidToken
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.storage import channel_state
from bot.storage.database import Database
from bot.storage.tables import channel_state as table
from bot.storage.vault import Vault

NOW = dt.datetime(2026, 3, 15, 8, tzinfo=dt.UTC)


class Pair(msgspec.Struct, frozen=True):
    access: str
    refresh: str


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, pool_size=8)
    yield opened
    await opened.close()


@pytest.fixture
def vault() -> Vault:
    return Vault((Fernet.generate_key().decode(),))


async def write(database: Database, vault: Vault, channel: str, key: str, value: object) -> None:
    async with database.begin() as uow:
        await channel_state.write(uow, vault, channel, key, value, NOW)
        await uow.commit()


async def test_what_was_written_last_is_read(database: Database, vault: Vault) -> None:
    pairs = [Pair(f"a{number}", f"r{number}") for number in range(3)]
    for pair in pairs:
        await write(database, vault, "zalo", "tokens", pair)
    async with database.begin() as uow:
        assert await channel_state.read(uow, vault, "zalo", "tokens", Pair) == pairs[-1]
        assert len((await uow.execute(select(table))).all()) == 1


async def test_channels_and_keys_are_apart(database: Database, vault: Vault) -> None:
    await write(database, vault, "zalo", "tokens", 1)
    await write(database, vault, "zalo", "path", 2)
    await write(database, vault, "zalo_bot", "tokens", 3)
    async with database.begin() as uow:
        assert await channel_state.read(uow, vault, "zalo", "tokens", int) == 1
        assert await channel_state.read(uow, vault, "zalo", "path", int) == 2
        assert await channel_state.read(uow, vault, "zalo_bot", "tokens", int) == 3
        assert await channel_state.read(uow, vault, "telegram", "tokens", int) is None


async def test_nothing_of_it_is_readable_in_the_table(database: Database, vault: Vault) -> None:
    await write(database, vault, "zalo", "tokens", Pair("made-up-access", "made-up-refresh"))
    async with database.begin() as uow:
        [row] = (await uow.execute(select(table))).all()
    assert b"made-up" not in row.value_sealed
    assert row.updated_at == NOW


async def test_a_lost_key_is_said_so(database: Database, vault: Vault) -> None:
    await write(database, vault, "zalo", "tokens", 1)
    other = Vault((Fernet.generate_key().decode(),))
    async with database.begin() as uow:
        with pytest.raises(InvalidToken):
            await channel_state.read(uow, other, "zalo", "tokens", int)


async def test_without_a_commit_nothing_is_kept(database: Database, vault: Vault) -> None:
    async with database.begin() as uow:
        await channel_state.write(uow, vault, "zalo", "tokens", 1, NOW)
    async with database.begin() as uow:
        assert await channel_state.read(uow, vault, "zalo", "tokens", int) is None


async def test_under_the_lock_nobody_counts_the_same_number(database: Database, vault: Vault) -> None:
    """As a refresh token is used: read, changed and kept by one at a time."""

    async def count() -> None:
        async with database.begin() as uow:
            await channel_state.lock(uow, "zalo", "counter")
            seen = await channel_state.read(uow, vault, "zalo", "counter", int) or 0
            await asyncio.sleep(0.01)
            await channel_state.write(uow, vault, "zalo", "counter", seen + 1, NOW)
            await uow.commit()

    await asyncio.gather(*(count() for _ in range(8)))
    async with database.begin() as uow:
        assert await channel_state.read(uow, vault, "zalo", "counter", int) == 8


async def test_another_key_does_not_wait_and_a_rollback_frees_the_lock(database: Database) -> None:
    async with database.begin() as holding:
        await channel_state.lock(holding, "zalo", "tokens")
        async with database.begin() as other, asyncio.timeout(5):
            await channel_state.lock(other, "zalo", "users")
    async with database.begin() as uow, asyncio.timeout(5):
        await channel_state.lock(uow, "zalo", "tokens")


@given(st.text(max_size=20), st.text(max_size=40))
def test_every_name_has_a_number_that_the_database_takes(channel: str, key: str) -> None:
    assert -(2**31) <= channel_state.lock_number(channel, key) < 2**31
