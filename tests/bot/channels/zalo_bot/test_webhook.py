"""The way in: who is let in, what is kept, what the platform is answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from prometheus_client import REGISTRY

from bot.app import Knowledge
from bot.channels.zalo_bot import webhook
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_bot.parse import MAX_BODY
from bot.channels.zalo_bot.verify import HEADER, secret
from bot.delivery.world import World
from tests.bot.channels.zalo_bot.stand import SECRET, Stand, running, standing, until


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"{name}_total", {"channel": "zalo_bot"} | labels) or 0.0


def event(message_id: str = "m1", text: str = "xin chào", **message: Any) -> bytes:
    person = {"id": "a1", "display_name": "Trần Thử"}
    body = {
        "message_id": message_id,
        "from": person,
        "chat": {"id": "a1", "chat_type": "PRIVATE"},
        "text": text,
    }
    return json.dumps({"event_name": "message.text.received", "message": body | message}).encode()


async def post(stand: Stand, raw: bytes, secret: str | None = SECRET) -> int:
    headers = {"Content-Type": "application/json"} | ({} if secret is None else {HEADER: secret})
    async with httpx.AsyncClient() as client:
        return (await client.post(stand.url + webhook.PATH, content=raw, headers=headers)).status_code


@pytest.mark.parametrize(
    "secret", [None, "", "wrong-webhook-secret", SECRET + " x", SECRET[:-1], SECRET.upper()]
)
async def test_without_the_secret_nothing_is_kept(shared: Stand, secret: str | None) -> None:
    before, kept = counted("ntd_refused_requests", why="secret"), await shared.count()
    raw = event(f"secret {secret}".replace(" ", "_"))
    assert await post(shared, raw, secret) == 401
    assert await post(shared, b"\x00", secret) == 401
    assert await shared.count() == kept
    assert counted("ntd_refused_requests", why="secret") == before + 2
    assert await post(shared, raw) == 200, "the same event with the secret is taken"


async def test_a_body_that_is_not_the_platform_s_is_refused(shared: Stand) -> None:
    before, kept = counted("ntd_refused_requests", why="body"), await shared.count()
    assert await post(shared, b'{"update_id":1}') == 400
    assert await post(shared, b" " * (MAX_BODY + 1)) == 413
    assert await shared.count() == kept
    assert counted("ntd_refused_requests", why="body") == before + 1


async def test_a_repeat_has_one_effect(shared: Stand) -> None:
    lan, kept = shared.bot.phone("Lan"), await shared.count()
    shared.bot.updates.copies = 3
    await lan.say("xin chào")
    await shared.settle()
    once = await shared.count()
    assert once["inbound_events"] == kept["inbound_events"] + 1
    assert once["contacts"] == kept["contacts"] + 1
    assert await shared.bot.updates.repeat(shared.bot.updates.deliveries[-1]) == 200
    await shared.settle()
    assert await shared.count() == once
    assert len(lan.inbox) == once["deliveries"] - kept["deliveries"]


async def test_the_same_message_under_another_event_name_is_another_event(shared: Stand) -> None:
    kept = await shared.count()
    assert await post(shared, event("m2")) == 200
    assert await post(shared, event("m2").replace(b"message.text", b"message.sticker")) == 200
    assert (await shared.count())["inbound_events"] == kept["inbound_events"] + 2


@pytest.mark.parametrize("shape", ["flat", "wrapped"])
async def test_both_shapes_are_answered(shared: Stand, shape: Any) -> None:
    shared.bot.updates.shape = shape
    lan = shared.bot.phone("Trần Thị Lan")
    await lan.say("xin chào")
    first = await lan.reply()
    assert "Lan" in first.text, "people are called by their name"
    assert "tự động" in first.text
    assert lan.choices[1] == "Gửi phản ánh"


async def test_a_sticker_is_answered_in_words(shared: Stand) -> None:
    lan = shared.bot.phone()
    await lan.send_sticker()
    assert "chưa đọc được tin này" in (await lan.reply()).text


async def test_a_child_whose_words_are_kept_back_hears_whom_to_turn_to(shared: Stand) -> None:
    child = shared.bot.phone("Bé Thử")
    child.person.protected = True
    await child.say("con bị lừa nạp thẻ")
    answer = (await child.reply()).text
    assert "người lớn" in answer
    assert "111" in answer
    assert "con bị lừa" not in answer


async def test_groups_are_left_alone_and_counted(shared: Stand) -> None:
    before = counted("ntd_unsupported_events", event="group")
    lan = shared.bot.phone()
    await lan.say("xin chào")
    await shared.settle()
    known = await shared.count()
    await lan.say_in_group("g1", "chào cả nhà")
    await shared.settle()
    assert await shared.count() == known
    assert shared.bot.chats.group("g1").inbox == []
    assert counted("ntd_unsupported_events", event="group") == before + 1
    assert shared.bot.updates.deliveries[-1].accepted


async def test_an_unknown_event_is_answered_and_counted(shared: Stand) -> None:
    before, kept = counted("ntd_unsupported_events", event="other"), await shared.count()
    assert await post(shared, b'{"event_name":"message.reaction.received","message":{"x":1}}') == 200
    assert await shared.count() == kept
    assert counted("ntd_unsupported_events", event="other") == before + 1


async def test_before_there_is_an_intake_the_platform_is_told_to_try_again(shared: Stand) -> None:
    kept = await shared.count()
    fresh = ZaloBotChannel(
        World(
            shared.product.settings,
            shared.product.database,
            shared.product.vault,
            shared.clock,
            shared.product.catalog,
        )
    )
    async with AsyncTestClient(Litestar(route_handlers=fresh.routes())) as client:
        answer = await client.post(webhook.PATH, content=event(), headers={HEADER: SECRET})
    await fresh.close()
    assert answer.status_code == 503
    assert await shared.count() == kept


async def test_at_the_start_the_platform_is_told_the_address(
    database_url: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    """With a secret of our own making where none is set."""
    more: dict[str, Any] = {
        "public_url": "http://127.0.0.1:9",
        "zalo_bot_webhook_secret": None,
        "serve": False,
    }
    async with standing(database_url, tmp_path, knowledge, **more) as stand:
        async with running(stand):
            await until(lambda: stand.bot.updates.url is not None)
        assert stand.bot.updates.url == "http://127.0.0.1:9/channels/zalo-bot"
        assert len(stand.bot.updates.secret) >= 32
        assert stand.bot.account.token not in stand.bot.updates.secret
        again = secret(stand.product.settings, stand.product.vault)
        assert stand.bot.updates.secret == again, "every process comes to the same secret"


async def test_a_refused_address_is_told_again(
    database_url: str, tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "_PAUSES", (0.05,))
    async with standing(
        database_url, tmp_path, knowledge, public_url="http://127.0.0.1:9", serve=False
    ) as stand:
        stand.bot.faults.error(403, times=2, where="setWebhook")
        async with running(stand):
            await until(lambda: stand.bot.updates.url is not None)
        assert stand.bot.updates.secret == SECRET
