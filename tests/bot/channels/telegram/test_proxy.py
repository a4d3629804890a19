"""Telegram is blocked in Viet Nam: everything goes through the proxy, where one is set."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from bot.delivery.ports import Outgoing, SendFailed
from tests.bot.channels.telegram.proxies import proxy
from tests.bot.channels.telegram.stand import alone
from tests.support.telegram import TelegramEmulator


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_sends_and_files_go_through_it(telegram: TelegramEmulator, scheme: str) -> None:
    lan = telegram.phone("Lan")
    lan.start()
    kept = telegram.chats.store("documents", b"0" * 100, "a.pdf", "application/pdf")
    async with proxy(scheme) as through, alone(telegram, http_proxy_url=through.url) as channel:
        await channel.send(str(lan.user.id), Outgoing("chào"), 1)
        assert await channel.fetch(kept.file_id, 1000) == kept.data
    assert lan.messages[-1].text == "chào"
    assert set(through.asked) == {urlsplit(telegram.url).netloc}


async def test_names_are_looked_up_by_the_proxy(telegram: TelegramEmulator) -> None:
    """The platform's name is blocked here: asking for it would give a false address, and tell who asks."""
    async with proxy("socks5") as through:
        there = {"http_proxy_url": through.url, "telegram_api_url": "http://api.telegram.example"}
        async with alone(telegram, **there) as channel:
            with pytest.raises(SendFailed):
                await channel.send("5", Outgoing("chào"), 1)
    assert through.asked == ["api.telegram.example:80"]


@pytest.mark.parametrize("scheme", ["http", "socks4", "socks5"])
async def test_a_proxy_that_is_away_means_that_nothing_was_sent(
    telegram: TelegramEmulator, scheme: str
) -> None:
    async with alone(telegram, http_proxy_url=f"{scheme}://127.0.0.1:1") as channel:
        with pytest.raises(SendFailed) as caught:
            await channel.send("5", Outgoing("chào"), 1)
    assert caught.value.retry
    assert not caught.value.uncertain
    assert telegram.calls == []
