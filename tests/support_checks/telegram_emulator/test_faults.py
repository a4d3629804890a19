"""Troubles to order, as a bot meets them."""

from __future__ import annotations

import asyncio

import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

from tests.support.telegram import Phone, TelegramEmulator
from tests.support.telegram.wire import Refusal

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


async def test_an_answer_is_lost_after_the_message_was_taken(
    telegram: TelegramEmulator, lan: Phone, bot: Bot
) -> None:
    telegram.faults.drop_answer()
    with pytest.raises(NetworkError):
        await bot.send_message(lan.user.id, "chào")
    await lan.hears("chào")
    assert [call.accepted for call in telegram.sent("sendMessage")] == [True]
    await bot.send_message(lan.user.id, "chào")
    assert len(lan.messages) == 2


async def test_a_refused_connection_does_nothing(telegram: TelegramEmulator, lan: Phone, bot: Bot) -> None:
    telegram.faults.refuse_connection("sendMessage", times=2)
    for _ in range(2):
        with pytest.raises(NetworkError):
            await bot.send_message(lan.user.id, "chào")
    assert lan.messages == []
    assert await bot.get_me()


async def test_a_late_answer(telegram: TelegramEmulator, lan: Phone, bot: Bot) -> None:
    telegram.faults.delay(1.0, "sendMessage")
    with pytest.raises(TimedOut):
        await bot.send_message(lan.user.id, "chào", read_timeout=0.2)
    assert len(lan.messages) == 1


async def test_a_storm_of_429_of_one_chat(telegram: TelegramEmulator, lan: Phone, bot: Bot) -> None:
    minh = telegram.phone("Minh")
    minh.start()
    telegram.faults.flood(7, times=2, chat=lan.user.id)
    for _ in range(2):
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(lan.user.id, "chào")
        assert refused.value.retry_after == 7
        await bot.send_message(minh.user.id, "chào")
    await bot.send_message(lan.user.id, "chào")
    assert (len(lan.messages), len(minh.messages)) == (1, 2)


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_broken_gateway(telegram: TelegramEmulator, lan: Phone, bot: Bot, accepted: bool) -> None:
    telegram.faults.server_error(502, "sendMessage", accepted=accepted)
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(lan.user.id, "chào")
    assert len(lan.messages) == accepted


async def test_half_an_answer(telegram: TelegramEmulator, lan: Phone, bot: Bot) -> None:
    telegram.faults.wrong_json("sendMessage")
    with pytest.raises(TelegramError, match="Invalid server response"):
        await bot.send_message(lan.user.id, "chào")
    assert len(lan.messages) == 1


async def test_any_refusal_and_an_end_of_it(telegram: TelegramEmulator, lan: Phone, bot: Bot) -> None:
    telegram.faults.refuse(Refusal(500, "Internal Server Error"), times=100)
    with pytest.raises(NetworkError, match="Internal Server Error"):
        await bot.send_message(lan.user.id, "chào")
    telegram.faults.clear()
    await bot.send_message(lan.user.id, "chào")


async def test_a_file_that_does_not_come(telegram: TelegramEmulator, lan: Phone, bot: Bot) -> None:
    lan.send_photo()
    (update,) = await bot.get_updates()
    assert update.message is not None
    file = await update.message.photo[-1].get_file()
    telegram.faults.server_error(503, "file")
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    telegram.faults.refuse_connection("file")
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    assert len(await file.download_as_bytearray()) == file.file_size


async def test_the_platform_is_away_and_comes_back(telegram: TelegramEmulator, lan: Phone, bot: Bot) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    await telegram.stop()
    with pytest.raises(TelegramError):
        await asyncio.wait_for(polling, 5)
    with pytest.raises(NetworkError):
        await bot.send_message(lan.user.id, "chào")
    lan.say("có ai không?")
    await telegram.start()
    assert len(await bot.get_updates()) == 1


async def test_what_was_not_said_is_told_with_what_was(lan: Phone, bot: Bot) -> None:
    await bot.send_message(lan.user.id, "A")
    with pytest.raises(AssertionError, match="but \\['A'\\]"):
        await lan.hears("B", within=0.1)
    lan.say("tiếp")
    with pytest.raises(AssertionError, match="but \\[\\]"):
        await lan.hears("A", within=0.1)
