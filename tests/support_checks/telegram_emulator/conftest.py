"""The emulator, and a bot of each of the two libraries that judge it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiogram
import pytest
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from telegram import Bot
from telegram.request import HTTPXRequest

from tests.support.telegram import Phone, TelegramEmulator


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(webhook_pace=0.01) as running:
        yield running


@pytest.fixture
def lan(telegram: TelegramEmulator) -> Phone:
    """Somebody who has started the bot; the update of that is gone."""
    phone = telegram.phone("Lan", last_name="Nguyễn", username="lan_nguyen")
    phone.start()
    telegram.updates.pending = {}
    return phone


@pytest.fixture
async def bot(telegram: TelegramEmulator) -> AsyncIterator[Bot]:
    """That of python-telegram-bot, which has asked getMe already."""
    plain = {"verify": False}  # no list of authorities to read: this machine only
    ready = Bot(
        telegram.token,
        base_url=f"{telegram.url}/bot",
        base_file_url=f"{telegram.url}/file/bot",
        request=HTTPXRequest(connection_pool_size=8, httpx_kwargs=plain),
        get_updates_request=HTTPXRequest(httpx_kwargs=plain),
    )
    async with ready:
        telegram.calls.clear()
        yield ready


@pytest.fixture
async def aiogram_bot(telegram: TelegramEmulator) -> AsyncIterator[aiogram.Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram.url))
    async with aiogram.Bot(telegram.token, session=session) as ready:
        yield ready
