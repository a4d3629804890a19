"""Updates that are sent to us: told where to, checked, and answered only when kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from bot.channels.telegram import webhook
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.schema import ALLOWED_UPDATES
from bot.channels.telegram.verify import HEADER
from bot.storage.database import Database
from tests.bot.channels.telegram.stand import (
    SECRET,
    Ear,
    alone,
    channel_for,
    forgotten,
    listening,
    own_port,
    running,
)
from tests.support.telegram import TelegramEmulator

BODY = {
    "update_id": 5,
    "message": {
        "message_id": 1,
        "date": 1795200000,
        "chat": {"id": 7, "type": "private"},
        "from": {"id": 7, "first_name": "Lan"},
        "text": "mua phải thuốc giả",
    },
}


@asynccontextmanager
async def served(
    telegram: TelegramEmulator, database: Database, ear: Ear, **settings: Any
) -> AsyncIterator[tuple[TelegramChannel, str]]:
    taken, address = own_port()
    channel = channel_for(telegram, database, public_url=address, **settings)
    channel.connect(ear)
    async with listening(channel.routes(), at=taken):
        yield channel, address
    await channel.close()


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def client(telegram: TelegramEmulator, ear: Ear) -> AsyncIterator[httpx.AsyncClient]:
    """Of a channel with the secret SECRET; its database is not needed."""
    async with alone(telegram, telegram_webhook_secret=SECRET) as channel:
        channel.connect(ear)
        async with listening(channel.routes()) as address, httpx.AsyncClient(base_url=address) as found:
            yield found


async def posted(client: httpx.AsyncClient, body: object, secret: str | None = SECRET) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if secret is None else {HEADER: secret}
    return await client.post(webhook.PATH, content=content, headers=headers)


async def test_a_genuine_update_is_taken_with_200(client: httpx.AsyncClient, ear: Ear) -> None:
    assert (await posted(client, BODY)).status_code == 200
    assert [one.text for one in ear.heard] == ["mua phải thuốc giả"]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper(), "\xff"])
async def test_without_the_secret_nothing_is_taken(
    client: httpx.AsyncClient, ear: Ear, secret: str | None
) -> None:
    headers = {} if secret is None else {HEADER: secret.encode("latin-1")}
    answer = await client.post(webhook.PATH, json=BODY, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert ear.heard == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b"\xff", 400),
        (b'{"event_name":"user_send_text"}', 400),
        (b'{"update_id":1,"message":{"text":"x"}}', 400),
        (b" " * 1_100_000, 413),
        (b'{"update_id":1,"channel_post":{"message_id":1}}', 200),
        (b'{"update_id":1,"new_kind":{}}', 200),
    ],
)
async def test_what_is_not_the_platform_s_is_refused_and_what_is_not_ours_is_passed_over(
    client: httpx.AsyncClient, ear: Ear, body: bytes, status: int
) -> None:
    assert (await posted(client, body)).status_code == status
    assert ear.heard == []


async def test_unsupported_events_are_counted(client: httpx.AsyncClient) -> None:
    from prometheus_client import REGISTRY

    def count() -> float:
        labels = {"channel": "telegram", "event": "channel_post"}
        return REGISTRY.get_sample_value("ntd_unsupported_events_total", labels) or 0.0

    before = count()
    await posted(client, b'{"update_id":1,"channel_post":{"message_id":1}}')
    assert count() == before + 1


async def test_nothing_kept_is_503_and_the_platform_tries_again(client: httpx.AsyncClient, ear: Ear) -> None:
    ear.away = 1
    answer = await posted(client, BODY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert (await posted(client, BODY)).status_code == 200
    assert len(ear.heard) == 1


async def test_before_the_intake_is_there_it_is_503(telegram: TelegramEmulator) -> None:
    async with (
        alone(telegram, telegram_webhook_secret=SECRET) as channel,
        listening(channel.routes()) as address,
        httpx.AsyncClient(base_url=address) as client,
    ):
        assert (await posted(client, BODY)).status_code == 503


async def test_the_platform_is_told_the_address_and_a_secret_of_our_own_making(
    telegram: TelegramEmulator, database: Database, ear: Ear
) -> None:
    async with served(telegram, database, ear) as (channel, address), running(channel):
        await telegram.until(lambda: telegram.webhook.address)
        assert telegram.webhook.address is not None
        assert telegram.webhook.address.url == f"{address}/channels/telegram"
        assert len(telegram.webhook.address.secret) == 64
        assert telegram.updates.allowed == ALLOWED_UPDATES
        lan = telegram.phone("Lan")
        for number in range(5):
            lan.say(f"tin {number}")
        lan.block()
        await ear.hears(5)
        await forgotten(telegram)
    assert [one.text for one in ear.heard] == [f"tin {number}" for number in range(5)]
    assert [one.signal for one in ear.notices] == ["left"]
    assert {attempt.status for attempt in telegram.webhook.attempts} == {200}


async def test_one_process_tells_it(telegram: TelegramEmulator, database: Database, ear: Ear) -> None:
    async with (
        served(telegram, database, ear) as (first, _),
        served(telegram, database, ear) as (second, _),
        running(first),
        running(second),
    ):
        await telegram.until(lambda: len(telegram.sent("setMyShortDescription")) == 2)
        await asyncio.sleep(0.1)
    assert len(telegram.sent("setWebhook")) == 1


async def test_an_address_that_is_not_taken_is_said_in_words(
    telegram: TelegramEmulator, database: Database, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "_RENEW_SECONDS", 0.05)
    channel = channel_for(telegram, database, public_url="http://tieudung.example")
    channel.connect(ear)
    with capture_logs() as logs:
        async with running(channel):
            await telegram.until(lambda: len(telegram.sent("setWebhook")) > 1)
    assert [one["event"] for one in logs][:2] == ["telegram_webhook_not_set"] * 2
    await channel.close()


async def test_a_webhook_that_somebody_took_away_is_set_again(
    telegram: TelegramEmulator, database: Database, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "_RENEW_SECONDS", 0.02)
    async with served(telegram, database, ear) as (channel, _), running(channel):
        await telegram.until(lambda: telegram.webhook.address)
        await telegram.webhook.set(None)
        await telegram.until(lambda: telegram.webhook.address)


async def test_an_album_of_three_by_webhook_with_troubles(
    telegram: TelegramEmulator, database: Database, ear: Ear
) -> None:
    ear.away = 2
    telegram.updates.repeat = 2
    async with served(telegram, database, ear) as (channel, _), running(channel):
        await telegram.until(lambda: telegram.webhook.address)
        lan = telegram.phone("Lan")
        for _ in range(3):
            lan.send_photo(album="hop")
        await ear.hears(3)
        await forgotten(telegram)
    assert [len(one.media) for one in ear.heard] == [1, 1, 1]
