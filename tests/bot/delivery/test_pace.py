"""Rates, rests and the night, asked of the pace itself: counted alone, and by several through one Redis."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import random
from collections.abc import Iterator

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import pacings
from bot.clock import VIETNAM
from bot.delivery.pace import Pace, until_morning
from bot.delivery.rates import Counted, Lane, Pacing
from bot.delivery.shared_rates import SharedRates
from bot.settings import Settings
from tests.support.redis import RedisServer
from tests.support.zalo_wire.standing_clock import StandingClock

EVERY = {
    "telegram": pacings(Settings())["telegram"],
    "telegram, paid": pacings(Settings(telegram_paid_broadcasts=True))["telegram"],
    "zalo, growth": pacings(Settings())["zalo"],
    "zalo, comprehensive": pacings(Settings(zalo_package="comprehensive"))["zalo"],
    "zalo bot": pacings(Settings())["zalo_bot"],
}
SLOW = Pacing(amount=10 / 0.9, seconds=1e6, kept=4, chat_seconds=1e5, chat_burst=2)
"""Nothing of it comes back while a test runs."""


def most_within(moments: list[float], seconds: float) -> int:
    """The highest number in any window of that length; a millisecond less, for sums of floats."""
    most, first = 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= seconds - 0.001:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.mark.parametrize("name", EVERY)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=40)
def test_no_window_holds_more_than_the_platform_allows(name: str, seed: int) -> None:
    """Whoever comes when, and comes back when told or at will."""
    pacing, chance, now = EVERY[name], random.Random(seed), 0.0
    counted = Counted(lambda: now)
    sent: list[float] = []
    chats: dict[int, list[float]] = {}
    for _ in range(400):
        now += chance.choice((0.0, 0.0, chance.random() * 2 * pacing.interval, pacing.seconds / 3))
        chat = chance.randrange(20)
        if counted.ask(pacing, chat, chance.choice(("talk", "bulk"))).wait == 0:
            sent.append(now)
            chats.setdefault(chat, []).append(now)
    assert most_within(sent, pacing.seconds) <= pacing.amount
    if pacing.chat_seconds:
        assert max(most_within(of_one, 1) for of_one in chats.values()) <= pacing.chat_burst
        assert max(most_within(of_one, 60) for of_one in chats.values()) <= 60 + pacing.chat_burst


def test_whoever_must_wait_is_told_a_moment_of_its_own() -> None:
    counted = Counted(lambda: 5.0)
    turns = [counted.ask(EVERY["telegram"], None, "talk") for _ in range(40)]
    waits = [turn.wait for turn in turns if turn.wait]
    assert len(waits) == 40 - EVERY["telegram"].kept
    steps = [after - before for before, after in itertools.pairwise(waits)]
    assert min(steps) == pytest.approx(EVERY["telegram"].interval) == pytest.approx(max(steps))


def test_talk_goes_before_bulk() -> None:
    """Bulk never uses the last of the rate: replies find room at once, and all of it until they are done."""
    now = 0.0
    counted, pacing = Counted(lambda: now), EVERY["zalo, growth"]
    for _ in range(5000):
        now += pacing.interval / 7
        counted.ask(pacing, None, "bulk")
    at_once = [counted.ask(pacing, None, "talk").wait == 0 for _ in range(pacing.kept)]
    assert at_once.count(True) >= pacing.kept // 3
    for _ in range(50):
        now += pacing.interval
        assert counted.ask(pacing, None, "talk").wait == 0
        assert counted.ask(pacing, None, "bulk").why == "rate"


async def test_redis_counts_as_one_process_counts(redis_url: str) -> None:
    shared, alone, chance = SharedRates(redis_url), Counted(lambda: 0.0), random.Random(1)
    for _ in range(120):
        chat, lane = chance.choice((None, 1, 2, 3)), chance.choice(("talk", "bulk"))
        there, here = await shared.ask("one", SLOW, chat, lane), alone.ask(SLOW, chat, lane)
        assert there.why == here.why
        assert there.wait == pytest.approx(here.wait, abs=100)
    await shared.close()


async def test_processes_share_one_rate_and_its_rests(redis_url: str) -> None:
    clocks = StandingClock(), StandingClock()
    clocks[1].move(dt.timedelta(minutes=5))
    first, second = (Pace(clock, {"one": SLOW}, redis_url, processes=2) for clock in clocks)
    granted = [await each.ask("one", None, "talk") for each in (first, second) * 20]
    assert [turn.why for turn in granted] == ["go"] * SLOW.kept + ["rate"] * (40 - SLOW.kept)
    await first.rest("one", 600)
    turn = await second.ask("one", None, "talk")
    assert turn.why == "rest"
    assert 0 < turn.wait <= 600
    assert not second.open("one", "talk")
    assert not first.open("one", "talk")
    await first.rest("other", 600, only_here=True)
    assert not first.open("other", "talk")
    assert second.open("other", "talk")
    await first.close()
    await second.close()


@pytest.mark.parametrize("shared", [False, True])
async def test_a_second_chat_that_is_refused_means_all_of_them(shared: bool, redis_url: str) -> None:
    """Refused was one chat, and meant may be everyone: bulk rests at once, replies to others do not."""
    clock = StandingClock()
    pace = Pace(clock, {"one": EVERY["zalo, comprehensive"]}, redis_url if shared else None)
    await pace.rest("one", 600, chat=1)
    assert (await pace.ask("one", 3, "bulk")).why == "rest"
    await pace.rest("one", 600, chat=1)
    assert (await pace.ask("one", 3, "talk")).why == "go"
    await pace.rest("one", 600, chat=2)
    assert (await pace.ask("one", 3, "talk")).why == "rest"
    await pace.close()


async def test_a_rest_ends_to_the_second_and_is_never_shortened() -> None:
    clock = StandingClock()
    pace = Pace(clock, {"one": EVERY["telegram"]})
    await pace.rest("one", 37)
    await pace.rest("one", 5)
    clock.move(dt.timedelta(seconds=36.9))
    assert (await pace.ask("one", 1, "talk")).wait == pytest.approx(0.1)
    assert not pace.open("one", "talk")
    clock.move(dt.timedelta(seconds=0.1))
    assert (await pace.ask("one", 1, "talk")).why == "go"


async def test_what_the_platform_tells_of_its_rate_is_heeded() -> None:
    clock = StandingClock()
    pace = Pace(clock, {"one": EVERY["zalo, comprehensive"]})
    await pace.heed("one", 2000, 1500)
    assert (await pace.ask("one", None, "bulk")).why == "go"
    await pace.heed("one", 2000, 150)
    assert (await pace.ask("one", None, "bulk")).why == "rest"
    assert (await pace.ask("one", None, "talk")).why == "go"
    clock.move(dt.timedelta(minutes=2))
    await pace.heed("one", 100, 90)
    sent = 0
    for _ in range(600):
        clock.move(dt.timedelta(seconds=0.1))
        sent += (await pace.ask("one", None, "talk")).wait == 0
    assert 60 <= sent <= 100
    await pace.heed("nobody", 1, 0)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A Redis of the test's own, to be stopped and started."""
    running = RedisServer()
    yield running
    running.stop()


async def test_without_redis_each_goes_at_its_part_of_the_rate(server: RedisServer) -> None:
    clock = StandingClock()
    pacing = EVERY["telegram"]
    both = [Pace(clock, {"one": pacing}, server.url, processes=2, again_seconds=0) for _ in range(2)]
    assert [(await each.ask("one", None, "talk")).why for each in both] == ["go", "go"]
    assert [each.state for each in both] == ["shared", "shared"]
    server.pause()
    assert [(await each.ask("one", None, "talk")).why for each in both] == ["rate", "rate"]
    assert [each.state for each in both] == ["redis away", "redis away"]
    sent: list[float] = []
    for step in range(300):
        clock.move(dt.timedelta(seconds=0.01))
        for each in both:
            if (await each.ask("one", None, "talk")).wait == 0:
                sent.append(step / 100)
    assert most_within(sent, 1.0) <= 1 / pacing.interval + 2 <= pacing.amount
    assert len(sent) >= 0.9 * 3 / pacing.interval, "nor much slower than it may"
    server.resume()
    clock.move(dt.timedelta(seconds=1))
    assert (await both[0].ask("one", None, "talk")).why == "go"
    assert not both[0].alone
    for each in both:
        await each.close()


async def test_many_who_ask_while_redis_goes_all_get_their_turn(server: RedisServer) -> None:
    pace = Pace(StandingClock(), {"one": EVERY["telegram"]}, server.url, processes=2)
    asked = [asyncio.create_task(pace.ask("one", chat, "talk")) for chat in range(30)]
    await asyncio.sleep(0)
    server.pause()
    asked += [asyncio.create_task(pace.ask("one", chat, "talk")) for chat in range(30)]
    turns = await asyncio.gather(*asked)
    assert {turn.why for turn in turns} <= {"go", "rate"}
    assert pace.alone
    await pace.close()


async def test_who_sees_redis_again_is_careful_until_all_must_have_seen_it(server: RedisServer) -> None:
    """Else two would use the whole rate and the part of one beside it."""
    clock, pacing = StandingClock(), EVERY["telegram"]
    pace = Pace(clock, {"one": pacing}, server.url, processes=4, again_seconds=30)
    server.pause()
    await pace.ask("one", None, "talk")
    server.resume()
    pace._away_until = 0.0
    sent = 0
    for _ in range(200):
        clock.move(dt.timedelta(seconds=0.01))
        sent += (await pace.ask("one", None, "talk")).wait == 0
    assert not pace.alone
    assert 1 <= sent <= 2 / pacing.interval / 4 + 2
    await pace.close()


async def test_a_redis_that_hangs_costs_one_wait_and_not_one_a_message(server: RedisServer) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.execute_command("CLIENT", "PAUSE", "60000", "ALL")
    pace = Pace(StandingClock(), {"one": EVERY["telegram"]}, server.url, processes=2)
    turns = [await pace.ask("one", None, "talk") for _ in range(50)]
    assert pace.alone
    assert {turn.why for turn in turns} == {"rate"}
    await asyncio.wait_for(pace.close(), 10)


@pytest.mark.parametrize(
    ("local", "again"),
    [
        ("2026-11-22 21:29:59", None),
        ("2026-11-22 21:30:00", "2026-11-23 06:30:00"),
        ("2026-12-31 23:59:59", "2027-01-01 06:30:00"),
        ("2026-11-23 00:00:00", "2026-11-23 06:30:00"),
        ("2026-11-23 06:29:59", "2026-11-23 06:30:00"),
        ("2026-11-23 06:30:00", None),
    ],
)
def test_the_night_of_broadcasts(local: str, again: str | None) -> None:
    now = dt.datetime.fromisoformat(local).replace(tzinfo=VIETNAM)
    morning = until_morning(now.astimezone(dt.UTC))
    assert (morning and morning.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S")) == again


def test_at_night_talk_goes_on() -> None:
    clock = StandingClock()
    pace = Pace(clock)
    lanes: tuple[Lane, Lane] = ("talk", "bulk")
    assert [pace.open("one", lane) for lane in lanes] == [True, True]
    clock.move(dt.timedelta(hours=13))
    assert [pace.open("one", lane) for lane in lanes] == [True, False]
