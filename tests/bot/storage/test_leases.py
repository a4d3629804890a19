"""What only one process may do at a time is done by one, and by another one soon after it died."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.clock import MovableClock
from bot.storage.database import Database
from bot.storage.leases import Lease
from bot.storage.tables import leases
from tests.bot.delivery.people import NOWHERE


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, pool_size=8)
    yield opened
    await opened.close()


async def test_one_of_many_has_it(database: Database) -> None:
    clock = MovableClock()
    candidates = [Lease(database, clock, "telegram/poll", 60) for _ in range(8)]
    taken = await asyncio.gather(*(candidate.take() for candidate in candidates))
    assert taken.count(True) == 1
    again = await asyncio.gather(*(candidate.take() for candidate in candidates))
    assert again == taken


async def test_whoever_goes_on_taking_it_keeps_it(database: Database) -> None:
    clock = MovableClock()
    first, second = Lease(database, clock, "poll", 60), Lease(database, clock, "poll", 60)
    for _ in range(4):
        assert await first.take()
        clock.move(dt.timedelta(seconds=50))
        assert not await second.take()


async def test_whoever_died_loses_it_when_its_time_is_over(database: Database) -> None:
    clock = MovableClock()
    dead, other = Lease(database, clock, "poll", 60), Lease(database, clock, "poll", 60)
    assert await dead.take()
    clock.move(dt.timedelta(seconds=59))
    assert not await other.take()
    clock.move(dt.timedelta(seconds=2))
    assert await other.take()
    assert not await dead.take(), "one that only slept does not take it back"


async def test_what_is_given_up_is_free_at_once(database: Database) -> None:
    clock = MovableClock()
    first, second = Lease(database, clock, "poll", 60), Lease(database, clock, "poll", 60)
    assert await first.take()
    await first.give_up()
    assert await second.take()


async def test_nobody_gives_up_what_another_holds(database: Database) -> None:
    clock = MovableClock()
    first, second = Lease(database, clock, "poll", 60), Lease(database, clock, "poll", 60)
    assert await first.take()
    await second.give_up()
    assert not await second.take()


async def test_names_are_apart(database: Database) -> None:
    clock = MovableClock()
    assert await Lease(database, clock, "telegram/poll", 60).take()
    assert await Lease(database, clock, "zalo_bot/poll", 60).take()
    async with database.begin() as uow:
        assert set((await uow.execute(select(leases.c.name))).scalars()) == {"telegram/poll", "zalo_bot/poll"}


async def test_a_race_at_the_end_of_a_lease_has_one_winner(database: Database) -> None:
    clock = MovableClock()
    assert await Lease(database, clock, "poll", 60).take()
    clock.move(dt.timedelta(seconds=61))
    candidates = [Lease(database, clock, "poll", 60) for _ in range(8)]
    assert (await asyncio.gather(*(each.take() for each in candidates))).count(True) == 1


async def test_a_database_that_is_away_is_said_so() -> None:
    away = Database(NOWHERE)
    with pytest.raises(OSError):
        await Lease(away, MovableClock(), "poll", 60).take()
    await away.close()
