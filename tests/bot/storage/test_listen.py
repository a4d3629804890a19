"""News from PostgreSQL reach their subscribers, also after the connection was lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from bot.storage.database import Database
from bot.storage.listen import MISSED, Listener

WAIT = 10.0


@pytest.fixture
async def listener(empty_database_url: str) -> AsyncIterator[Listener]:
    running = Listener(empty_database_url)
    running.start()
    yield running
    await running.close()


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    opened = Database(empty_database_url, pool_size=2)
    yield opened
    await opened.close()


async def tell(database: Database, topic: str, payload: str) -> None:
    async with database.begin() as uow:
        await uow.notify(topic, payload)
        await uow.commit()


async def test_payloads_arrive_in_order(listener: Listener, database: Database) -> None:
    with listener.subscribe("queue") as news:
        assert await news.wait(WAIT) == MISSED  # listening from now on
        for payload in ("one", "two"):
            await tell(database, "queue", payload)
        assert [await news.wait(WAIT), await news.wait(WAIT)] == ["one", "two"]


async def test_a_subscriber_hears_only_what_it_asked_for(listener: Listener, database: Database) -> None:
    with listener.subscribe("queue", only="mine") as mine, listener.subscribe("other") as other:
        assert await mine.wait(WAIT) == MISSED
        assert await other.wait(WAIT) == MISSED
        await tell(database, "queue", "yours")
        await tell(database, "queue", "mine")
        assert await mine.wait(WAIT) == "mine"
        assert await mine.wait(0.1) is None
        assert await other.wait(0.1) is None


async def test_what_is_rolled_back_is_not_told(listener: Listener, database: Database) -> None:
    with listener.subscribe("queue") as news:
        await news.wait(WAIT)
        async with database.begin() as uow:
            await uow.notify("queue", "never")
        assert await news.wait(0.3) is None


async def test_a_lost_connection_is_made_again_and_said(
    listener: Listener, database: Database, empty_database_url: str
) -> None:
    with listener.subscribe("queue") as news:
        assert await news.wait(WAIT) == MISSED
        admin = await asyncpg.connect(empty_database_url.replace("+asyncpg", "", 1))
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        )
        await admin.close()
        assert await news.wait(WAIT) == MISSED
        await tell(database, "queue", "again")
        assert await news.wait(WAIT) == "again"


async def test_a_slow_subscriber_is_told_that_it_missed_some(listener: Listener, database: Database) -> None:
    with listener.subscribe("queue") as news:
        await news.wait(WAIT)
        for number in range(200):
            news.put(str(number))
        heard = []
        while (payload := await news.wait(0.05)) is not None:
            heard.append(payload)
    assert MISSED in heard
    assert heard[-1] == "199"
    assert len(heard) < 200


async def test_iteration_ends_with_the_listener(empty_database_url: str) -> None:
    listener = Listener(empty_database_url)
    with listener.subscribe("queue") as news:

        async def read() -> list[str]:
            return [payload async for payload in news]

        reading = asyncio.create_task(read())
        await asyncio.sleep(0)
        await listener.close()
        assert await asyncio.wait_for(reading, WAIT) == []


async def test_no_server_is_waited_for(empty_database_url: str) -> None:
    listener = Listener("postgresql://127.0.0.1:1/nothing")
    listener.start()
    with listener.subscribe("queue") as news:
        assert await news.wait(0.3) is None
    await listener.close()
