"""Polling, for pilots: one event a call, one poller, and at most one event lost when it is killed."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import create_async_engine
from structlog.testing import capture_logs

from bot.app import Knowledge
from bot.channels.zalo_bot.client import Client
from bot.channels.zalo_bot.polling import RISK, Poller
from bot.clock import MovableClock
from bot.delivery.ports import Inbound, Notice, Receipt
from bot.dialogue import events
from bot.storage.database import Database
from bot.storage.tables import inbound_events
from tests.bot.channels.zalo_bot.stand import Stand, running, standing, until
from tests.bot.channels.zalo_bot.test_send import SECRETS, all_logs
from tests.support.forked import in_child
from tests.support.kill_at_await import KilledAt
from tests.support.postgres import LoopThread
from tests.support.zalo_bot import BotAccount, ZaloBot


@pytest.fixture
async def pilot(database_url: str, tmp_path: Path, knowledge: Knowledge) -> AsyncIterator[Stand]:
    async with standing(database_url, tmp_path, knowledge, serve=False, zalo_bot_polling=True) as found:
        found.bot.updates.poll_scale = 0.01
        yield found


def calls(bot: ZaloBot, method: str) -> list[int]:
    return [call.error for call in bot.calls if call.method == method]


async def test_a_pilot_answers_by_polling_and_says_its_risk(pilot: Stand) -> None:
    pilot.bot.updates.set_webhook("http://127.0.0.1:9/old", "an-old-secret")
    with capture_logs() as logs:
        async with running(pilot):
            await until(lambda: pilot.bot.updates.url is None)
            lan = pilot.bot.phone("Trần Thị Lan")
            await lan.say("xin chào")
            assert "Lan" in (await lan.reply()).text
            await until(lambda: 408 in calls(pilot.bot, "getUpdates"))
            await lan.type_number(3)
            assert "mã" in (await lan.reply()).text.lower()
    assert pilot.bot.calls[0].method == "deleteWebhook"
    assert RISK in [entry.get("risk") for entry in logs]
    assert not [entry for entry in logs if entry["event"].startswith("zalo_bot_poll_")], "408 is no error"
    assert ("warn", RISK) in await pilot.channel.check()
    assert (await pilot.channel.figures())["risk"] == RISK


async def test_what_cannot_be_read_is_passed_over(pilot: Stand) -> None:
    pilot.bot.updates.waiting += [{"event_name": "message.text.received"}, {"x": 1}, {"event_name": "other"}]
    async with running(pilot):
        lan = pilot.bot.phone()
        await lan.say("xin chào")
        assert await lan.reply()


async def test_only_one_of_two_processes_polls(pilot: Stand, database_url: str) -> None:
    second = Database(database_url, pool_size=2)
    client = Client(pilot.bot.url, pilot.bot.account.token)
    intake = pilot.product.engine
    one, two = (
        Poller(client, database, pilot.clock, intake, wait=0.1)
        for database in (pilot.product.database, second)
    )
    stop = asyncio.Event()
    assert await one.round(stop) == 0
    asked = len(pilot.bot.calls)
    assert await two.round(stop) > 0
    assert len(pilot.bot.calls) == asked, "the second asks nothing of the platform"
    pilot.clock.move(dt.timedelta(minutes=2))
    assert await two.round(stop) == 0, "the lease of a dead process runs out"
    assert await one.round(stop) > 0
    await client.close()
    await second.close()


async def test_an_event_in_hand_waits_for_the_database(pilot: Stand) -> None:
    database = pilot.product.database
    good = database.engine
    lan = pilot.bot.phone()
    client = Client(pilot.bot.url, pilot.bot.account.token)
    lease = Database(good.url.render_as_string(hide_password=False), pool_size=2)
    poller = Poller(client, lease, pilot.clock, pilot.product.engine, wait=0.1)
    await lan.say("xin chào")
    database.engine = create_async_engine("postgresql+asyncpg://x@127.0.0.1:1/x")
    taking = asyncio.create_task(poller.round(asyncio.Event()))
    await until(lambda: not pilot.bot.updates.waiting)
    await asyncio.sleep(0.3)
    assert not taking.done(), "the platform has forgotten the event: it lies here only"
    await database.engine.dispose()
    database.engine = good
    assert await taking == 0
    assert await lan.reply()
    await client.close()
    await lease.close()


async def test_a_bad_moment_of_the_platform_ends_nothing(
    pilot: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.zalo_bot.polling._AFTER_ERROR", 0.01)
    monkeypatch.setattr("bot.channels.zalo_bot.polling._AFTER_REFUSAL", 0.01)
    faults = pilot.bot.faults
    faults.error(401, times=2)
    faults.garbage()
    faults.cut()
    faults.status(502)
    written = io.StringIO()
    with all_logs(written):
        async with running(pilot):
            lan = pilot.bot.phone()
            await lan.say("xin chào")
            assert await lan.reply()
    assert faults.pending == 0
    assert "zalo_bot_poll_refused" in written.getvalue()
    assert not [secret for secret in SECRETS if secret in written.getvalue()]


# --- killed -------------------------------------------------------------------------------------------------


class Keeper:
    """Records each event as the engine does first of all; what a turn does beyond is tested with the turn."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, inbound: Inbound) -> Receipt:
        async with self._database.begin() as uow:
            await events.record(uow, inbound.channel, inbound.event_id, inbound.at)
            await uow.commit()
        return Receipt.DONE

    async def notice(self, notice: Notice) -> Receipt:
        return Receipt.DONE


async def polls(client: Client, url: str, clock: MovableClock, n: int, rounds: int) -> int:
    """Rounds of a poller that dies at its n-th await; how many awaits there are, for n = 0."""
    database = Database(url, pool_size=1)
    poller = Poller(client, database, clock, Keeper(database), wait=0.05)

    async def work() -> None:
        for _ in range(rounds):
            await poller.round(asyncio.Event())

    killed = KilledAt(work(), n)
    await killed
    return min(killed.passed, 250)


class Stage:
    """The emulator and one connection to count by, on a loop of their own: pollers are forked beside it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock = MovableClock()
        self.bot = ZaloBot(BotAccount(most_users=1000))
        self._thread = LoopThread()
        self._database = Database(url, pool_size=1)
        self._thread.run(self.bot.__aenter__())
        self._client = Client(self.bot.url, self.bot.account.token)  # once: it reads certificates

    def close(self) -> None:
        self._thread.run(self.bot.__aexit__())
        self._thread.run(self._database.close())
        self._thread.close()

    def poll(self, n: int, rounds: int) -> int:
        """In a process of its own, after the lease of the one before has run out."""
        self.clock.move(dt.timedelta(minutes=2))
        return in_child(functools.partial(polls, self._client, self.url, self.clock, n, rounds))

    def two_write(self) -> None:
        for name in ("Lan", "Minh"):
            self._thread.run(self.bot.phone(name).say("xin chào"))

    def known(self) -> int:
        """Events that are kept here, or still with the platform."""
        return self._thread.run(self._kept()) + len(self.bot.updates.waiting)

    async def _kept(self) -> int:
        async with self._database.begin() as uow:
            query = select(func.count()).select_from(inbound_events)
            return int((await uow.execute(query)).scalar_one())


@pytest.mark.long
def test_a_poller_that_is_killed_anywhere_loses_one_event_at_most(database_url: str) -> None:
    """At each await of its first two rounds; what the platform still holds, the next process takes in."""
    stage = Stage(database_url)
    try:
        stage.two_write()
        points = stage.poll(0, 2)
        assert points > 15
        assert stage.known() == 2
        losses = [loss_when_killed(stage, n) for n in range(1, points + 1)]
        before = stage.known()
        stage.poll(0, len(stage.bot.updates.waiting))
        assert stage.bot.updates.waiting == []
        assert stage.known() == before
    finally:
        stage.close()
    assert set(losses) == {0, 1}, "one at most; and there are points where it is one: the risk is real"


def loss_when_killed(stage: Stage, n: int) -> int:
    """How many of the events are neither kept nor with the platform any more."""
    before = stage.known()
    stage.two_write()
    code = stage.poll(n, 2)
    assert code == -9 or n > 20, "the last points are not reached where the network is quicker than before"
    return before + 2 - stage.known()
