"""The emulator of Telegram, judged by two libraries that we did not write."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update

from tests.support.telegram import TelegramEmulator


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(webhook_pace=0.01) as running:
        yield running


@pytest.fixture
async def bot(telegram: TelegramEmulator) -> AsyncIterator[Bot]:
    async with Bot(
        telegram.token, base_url=f"{telegram.url}/bot", base_file_url=f"{telegram.url}/file/bot"
    ) as ready:
        yield ready


async def test_a_talk(telegram: TelegramEmulator, bot: Bot) -> None:
    lan = telegram.phone()
    lan.start("xin-chao")
    (first,) = await bot.get_updates()
    assert first.message is not None
    assert first.message.text == "/start xin-chao"
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Có", callback_data="yes")]])
    await bot.send_message(lan.user.id, "<b>Chào</b> bạn", parse_mode="HTML", reply_markup=keyboard)
    said = await lan.hears("Chào bạn")
    assert said.labels == ["Có"]
    number = lan.press("Có")
    (second,) = await bot.get_updates(offset=first.update_id + 1)
    assert isinstance(second, Update)
    assert second.callback_query is not None
    assert second.callback_query.data == "yes"
    assert await bot.answer_callback_query(second.callback_query.id, "Cảm ơn")
    assert (await lan.answered(number))["text"] == "Cảm ơn"
    lan.send_photo()
    (third,) = await bot.get_updates(offset=second.update_id + 1)
    assert third.message is not None
    file = await third.message.photo[-1].get_file()
    assert bytes(await file.download_as_bytearray()).startswith(b"\xff\xd8")
