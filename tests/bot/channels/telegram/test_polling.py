"""Updates that are asked for: in order, once, by one process at a time, and none lost whoever dies when."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TextIO

import pytest
from structlog.testing import capture_logs

from bot.channels.telegram import polling
from bot.channels.telegram.channel import TelegramChannel
from bot.clock import MovableClock
from bot.delivery.ports import Inbound, Receipt
from bot.storage.database import Database
from tests.bot.channels.telegram.stand import CATALOG, Ear, channel_for, forgotten, running
from tests.support.telegram import TelegramEmulator
from tests.support.telegram.wire import Refusal


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that are for the platform's good are shortened; the lease is not."""
    monkeypatch.setattr(polling, "_PAUSES", (0.05,))
    monkeypatch.setattr(polling, "_LOOK_SECONDS", 0.05)


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def channel(telegram: TelegramEmulator, database: Database, ear: Ear) -> TelegramChannel:
    return listening_channel(telegram, database, ear)


def listening_channel(
    telegram: TelegramEmulator, database: Database, ear: Ear, **more: Any
) -> TelegramChannel:
    channel = channel_for(telegram, database, **more)
    channel.connect(ear)
    return channel


def texts(ear: Ear) -> list[str]:
    return [one.text for one in ear.heard]


async def test_messages_come_in_order_and_are_then_forgotten_by_the_platform(
    telegram: TelegramEmulator, channel: TelegramChannel, ear: Ear
) -> None:
    lan = telegram.phone("Lan")
    for number in range(30):
        lan.say(f"tin {number}")
    async with running(channel):
        await ear.hears(30)
        lan.say("tin 30")
        await ear.hears(31)
        await forgotten(telegram)
    assert texts(ear) == [f"tin {number}" for number in range(31)]
    await channel.close()


async def test_a_webhook_of_before_is_removed_first(
    telegram: TelegramEmulator, channel: TelegramChannel, ear: Ear
) -> None:
    from tests.support.telegram.webhook import Address

    await telegram.webhook.set(Address("http://127.0.0.1:1/gone"))
    telegram.phone("Lan").say("chào")
    async with running(channel):
        await ear.hears()
    assert telegram.webhook.address is None
    await channel.close()


async def test_the_menu_is_set_in_both_languages(
    telegram: TelegramEmulator, channel: TelegramChannel, ear: Ear
) -> None:
    async with running(channel):
        await telegram.until(lambda: len(telegram.sent("setMyShortDescription")) == 2)
    vietnamese, english = telegram.profile.commands_for("vi"), telegram.profile.commands_for("fr")
    assert {"command": "canbo", "description": CATALOG.say("vi", "telegram.command_officer")} in vietnamese
    assert {"command": "officer", "description": CATALOG.say("en", "telegram.command_officer")} in english
    assert telegram.profile.texts["description", "vi"].startswith("Đây là hệ thống trả lời tự động")
    assert telegram.profile.texts["description", ""].startswith("An automated system")
    await channel.close()


async def test_what_could_not_be_kept_is_asked_for_again_in_order(
    telegram: TelegramEmulator, channel: TelegramChannel, ear: Ear
) -> None:
    lan = telegram.phone("Lan")
    for number in range(5):
        lan.say(f"tin {number}")
    ear.away = 2
    async with running(channel):
        await ear.hears(5)
    assert texts(ear) == [f"tin {number}" for number in range(5)]
    await channel.close()


async def test_an_update_at_which_we_break_is_passed_over_after_three_tries(
    telegram: TelegramEmulator, channel: TelegramChannel, ear: Ear
) -> None:
    lan, nam = telegram.phone("Lan"), telegram.phone("Nam")
    ear.breaks = 3
    lan.block()
    with capture_logs() as logs:
        async with running(channel):
            await telegram.until(lambda: len(telegram.sent("getUpdates")) > 2)
            nam.say("chào")
            await ear.hears()
    assert texts(ear) == ["chào"]
    assert [one["tries"] for one in logs if one["event"] == "telegram_update_failed"] == [1, 2, 3]
    await channel.close()


async def test_an_update_that_cannot_be_read_stops_nobody(
    telegram: TelegramEmulator, channel: TelegramChannel, ear: Ear
) -> None:
    telegram.updates.add("message", {"message_id": "odd"}, 1)
    telegram.phone("Lan").say("chào")
    async with running(channel):
        await ear.hears()
        await forgotten(telegram)
    await channel.close()


async def test_numbers_that_begin_anew_are_no_reason_to_forget(
    telegram: TelegramEmulator, channel: TelegramChannel, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a silent week the platform counts from a random number: an old offset would drop what is new."""
    monkeypatch.setattr(polling, "POLL_SECONDS", 1)
    lan = telegram.phone("Lan")
    async with running(channel):
        lan.say("trước một tuần")
        await ear.hears(1)
        asked = len(telegram.sent("getUpdates"))
        await telegram.until(lambda: len(telegram.sent("getUpdates")) >= asked + 2)
        telegram.updates.next_id, ear.away = 7, 1
        lan.say("sau một tuần")
        await ear.hears(2)
    await channel.close()


async def test_two_processes_one_asks(telegram: TelegramEmulator, database: Database, ear: Ear) -> None:
    first, second = (listening_channel(telegram, database, ear) for _ in range(2))
    lan = telegram.phone("Lan")
    async with running(first):
        lan.say("một")
        await ear.hears(1)
        async with running(second):
            lan.say("hai")
            await ear.hears(2)
            await asyncio.sleep(0.2)
    assert texts(ear) == ["một", "hai"]
    assert not [call for call in telegram.calls if call.answer.get("error_code") == 409]
    assert len(telegram.sent("deleteWebhook")) == 1
    async with running(second):
        lan.say("ba")
        await ear.hears(3)
    await first.close()
    await second.close()


async def fetch_and_hang(database_url: str, api_url: str, say: Callable[[str], None]) -> None:
    """What a process does that dies before it has kept what it fetched; says the number that it holds."""

    class Hanging(Ear):
        async def accept(self, inbound: Inbound) -> Receipt:
            say(inbound.event_id)
            await asyncio.sleep(600)
            return Receipt.DONE

    elsewhere = channel_for(TelegramEmulator(), Database(database_url, pool_size=2), telegram_api_url=api_url)
    elsewhere.connect(Hanging())
    await elsewhere.run(asyncio.Event())


def forked(work: Callable[[Callable[[str], None]], Coroutine[Any, Any, None]]) -> tuple[int, TextIO]:
    """Runs it in a process of its own; its number, and what it says, a line at a time."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(work(lambda line: os.write(writes, f"{line}\n".encode())))
        finally:
            os._exit(1)
    os.close(writes)
    return child, os.fdopen(reads)


async def test_killed_between_fetching_and_committing_nothing_is_lost(
    telegram: TelegramEmulator, database: Database, ear: Ear
) -> None:
    telegram.phone("Lan").say("mua phải thuốc giả")
    child, says = forked(lambda say: fetch_and_hang(database.url, telegram.url, say))
    held = (await asyncio.to_thread(says.readline)).strip()
    os.kill(child, signal.SIGKILL)
    _, status = await asyncio.to_thread(os.waitpid, child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    clock = MovableClock()
    channel = listening_channel(telegram, database, ear, clock=clock)
    async with running(channel):
        await asyncio.sleep(0.3)
        assert ear.heard == [], "the dead one's lease still runs"
        clock.move(dt.timedelta(seconds=polling.LEASE_SECONDS))
        await ear.hears()
    assert [(one.text, one.event_id) for one in ear.heard] == [("mua phải thuốc giả", held)]
    await channel.close()


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (Refusal(401, "Unauthorized"), "token"),
        (
            Refusal(409, "Conflict: terminated by other getUpdates request; make sure that only one runs"),
            "another program asks with the same token",
        ),
        (Refusal(409, "Conflict: can't use getUpdates method while webhook is active"), "webhook is set"),
        (Refusal(502, "Bad Gateway"), "error of its own"),
        (Refusal(429, "Too Many Requests: retry after 0"), "more messages"),
    ],
)
async def test_troubles_are_said_in_words_and_outlived(
    telegram: TelegramEmulator, channel: TelegramChannel, ear: Ear, refusal: Refusal, said: str
) -> None:
    telegram.faults.refuse(refusal, "getUpdates", times=2)
    telegram.phone("Lan").say("chào")
    with capture_logs() as logs:
        async with running(channel):
            await ear.hears()
    told = [one for one in logs if one["event"] == "telegram_polling_failed"]
    assert len(told) == 2
    assert said in told[0]["means"]
    await channel.close()


async def test_a_platform_that_hangs_up_or_talks_nonsense_is_outlived(
    telegram: TelegramEmulator, channel: TelegramChannel, ear: Ear
) -> None:
    telegram.faults.refuse_connection("deleteWebhook")
    telegram.faults.drop_answer("getUpdates")
    telegram.faults.wrong_json("getUpdates")
    telegram.faults.server_error(502, "getUpdates")
    telegram.phone("Lan").say("chào")
    async with running(channel):
        await ear.hears()
    assert texts(ear) == ["chào"]
    await channel.close()


async def test_a_database_that_is_away_is_outlived(telegram: TelegramEmulator, ear: Ear) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none", pool_size=1)
    channel = listening_channel(telegram, away, ear)
    async with running(channel):
        await asyncio.sleep(0.3)
    assert telegram.sent("getUpdates") == []
    await channel.close()
    await away.close()
