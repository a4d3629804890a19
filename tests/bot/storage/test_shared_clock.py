"""Processes whose machines disagree about the time agree on the database's."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest

from bot.clock import MovableClock, SystemClock
from bot.storage.database import Database
from bot.storage.leases import Lease
from bot.storage.shared_clock import TOLERANCE, SharedClock

NEAR = dt.timedelta(seconds=30)
"""Of clocks that were minutes apart; a slow machine is no failure."""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, pool_size=2)
    yield opened
    await opened.close()


def off_by(minutes: int) -> MovableClock:
    clock = MovableClock()
    clock.move(dt.timedelta(minutes=minutes))
    return clock


@pytest.mark.parametrize("minutes", [5, -5])
async def test_a_clock_that_is_off_is_corrected(database: Database, minutes: int) -> None:
    clock = SharedClock(off_by(minutes))
    assert abs(clock.now() - SystemClock().now()) > NEAR
    await clock.look(database)
    assert abs(clock.now() - SystemClock().now()) < NEAR


async def test_a_clock_that_is_right_is_left_alone(database: Database) -> None:
    clock = SharedClock()
    await clock.look(database)
    assert abs(clock.shift) <= TOLERANCE


async def test_a_clock_that_jumps_later_is_corrected_again(database: Database) -> None:
    own = off_by(5)
    clock = SharedClock(own)
    await clock.look(database)
    own.move(dt.timedelta(minutes=-5))
    await clock.look(database)
    assert clock.shift == dt.timedelta()


async def test_what_one_has_claimed_another_whose_clock_is_ahead_does_not_take(database: Database) -> None:
    ahead = SharedClock(off_by(5))
    await ahead.look(database)
    assert await Lease(database, SharedClock(), "claimed", 45).take()
    assert not await Lease(database, ahead, "claimed", 45).take()


async def test_without_a_database_the_machine_s_own_time_holds() -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:9/none", pool_size=1)
    clock = SharedClock(off_by(5))
    await clock.look(nowhere)
    assert clock.shift == dt.timedelta()
    await nowhere.close()
