"""The free plan: counted, told in time, and what becomes of messages beyond it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from bot.app import Knowledge
from bot.clock import VIETNAM
from bot.commands.doctor import _settings
from bot.delivery.ports import Outgoing, SendFailed
from bot.running import application
from bot.settings import Settings
from tests.bot.channels.zalo_bot.stand import Stand, standing

OURS = "http://127.0.0.1:9/channels/zalo-bot"


@pytest.fixture
async def small(database_url: str, tmp_path: Path, knowledge: Knowledge) -> AsyncIterator[Stand]:
    """A plan of 5 users and 10 messages."""
    limits: dict[str, Any] = {"zalo_bot_max_users": 5, "zalo_bot_max_messages": 10}
    async with standing(database_url, tmp_path, knowledge, **limits) as found:
        found.bot.account.messages_a_month = 10
        yield found


async def warned(stand: Stand) -> list[str]:
    with capture_logs() as logs:
        await stand.channel._quota.warn()
    return [part for entry in logs if entry["event"] == "zalo_bot_plan_nearly_used" for part in entry["used"]]


async def levels(stand: Stand) -> list[str]:
    return [
        level for level, text in await stand.channel.check() if "plan is nearly" in text or "of 5" in text
    ]


async def test_messages_are_counted_and_told_from_four_fifths_on(small: Stand) -> None:
    lan = small.bot.phone()
    await lan.say("xin chào")
    await small.settle()
    for number in range(6):
        await small.channel.send(lan.id, Outgoing("tin thử"), number)
    figures = await small.channel.figures()
    assert (figures["messages_this_month"], figures["max_messages"]) == (7, 10)
    assert await warned(small) == []
    assert figures["nearly_used"] == []
    assert await levels(small) == ["ok"]
    await small.channel.send(lan.id, Outgoing("tin thử"), 8)
    assert await warned(small) == ["8 of 10 messages this month"]
    assert (await small.channel.figures())["nearly_used"] == ["8 of 10 messages this month"]
    assert await levels(small) == ["warn"]


async def test_people_are_counted_too(small: Stand) -> None:
    for number in range(4):
        assert await warned(small) == []
        await small.bot.phone(f"Người {number}").say("xin chào")
    await small.settle()
    assert "4 of 5 users" in await warned(small)


async def test_a_refused_message_is_not_counted(small: Stand) -> None:
    lan = small.bot.phone()
    await lan.say("xin chào")
    await small.settle()
    small.bot.faults.error(400, where="sendMessage")
    with pytest.raises(SendFailed):
        await small.channel.send(lan.id, Outgoing("tin thử"), 1)
    assert (await small.channel.figures())["messages_this_month"] == 1


async def test_beyond_the_plan_a_reply_fails_and_an_officer_s_answer_waits_for_the_next_month(
    small: Stand,
) -> None:
    lan = small.bot.phone()
    await lan.say("xin chào")
    await small.settle()
    for number in range(9):
        await small.channel.send(lan.id, Outgoing("tin thử"), number)
    await lan.say("xin chào")
    await small.settle()
    last = (await small.deliveries())[-1]
    assert (last.state, last.reason) == ("failed", "the plan's messages of this month are used up")
    with pytest.raises(SendFailed) as caught:
        await small.channel.send(lan.id, Outgoing("Đã xử lý.", sender="Sở Y tế"), 11)
    assert caught.value.our_fault
    assert caught.value.retry_after is not None
    due = (small.clock.now() + dt.timedelta(seconds=caught.value.retry_after)).astimezone(VIETNAM)
    assert (due.day, due.hour) == (1, 1)
    small.clock.move(due - small.clock.now().astimezone(VIETNAM) + dt.timedelta(minutes=1))
    await small.channel.send(lan.id, Outgoing("Đã xử lý.", sender="Sở Y tế"), 11)
    assert lan.inbox[-1].text == "Sở Y tế:\nĐã xử lý."
    assert (await small.channel.figures())["messages_this_month"] == 1, "a new month is counted anew"


async def test_too_fast_is_not_taken_for_used_up(small: Stand) -> None:
    lan = small.bot.phone()
    await lan.say("xin chào")
    await small.settle()
    small.bot.faults.error(429, "Quota exceeded", where="sendMessage")
    with pytest.raises(SendFailed) as caught:
        await small.channel.send(lan.id, Outgoing("tin thử"), 1)
    assert caught.value.retry
    assert caught.value.retry_after == 60
    assert caught.value.whole_channel


async def test_many_at_once_are_each_counted(small: Stand) -> None:
    lan = small.bot.phone()
    await lan.say("xin chào")
    await small.settle()
    await asyncio.gather(*(small.channel.send(lan.id, Outgoing("tin thử"), n) for n in range(8)))
    assert (await small.channel.figures())["messages_this_month"] == 9


async def test_the_doctor_sees_the_bot_and_where_its_events_go(shared: Stand) -> None:
    found = {text: level for level, text in await shared.channel.check()}
    assert found["Zalo Bot: bot.thunghiem answers (plan BASIC)."] == "ok"
    assert "fail" in found.values(), "no PUBLIC_URL: nothing would set the webhook"
    shared.bot.account.token = "999:other"
    (finding,) = await shared.channel.check()
    assert finding == ("fail", "Zalo Bot: the bot's token is not accepted (getMe: 401).")


async def test_the_doctor_compares_the_address(
    database_url: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    more: dict[str, Any] = {"public_url": "http://127.0.0.1:9/", "serve": False}
    async with standing(database_url, tmp_path, knowledge, **more) as stand:
        for url, level in [
            (None, "fail"),
            ("http://127.0.0.1:8/x", "fail"),
            ("http://127.0.0.1:9/channels/zalo-bot", "ok"),
        ]:
            stand.bot.updates.set_webhook(url)
            assert (await stand.channel.check())[1][0] == level


async def test_the_figures_stand_on_the_health_page(small: Stand) -> None:
    await small.bot.phone().say("xin chào")
    await small.settle()
    transport = httpx.ASGITransport(application(small.product))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://ntd.test") as client:
        told = (await client.get("/health/ready")).json()
    assert told["zalo_bot"] == {
        "users": 1,
        "max_users": 5,
        "messages_this_month": 1,
        "max_messages": 10,
        "nearly_used": [],
    }


def test_doctor_names_the_risk_of_polling() -> None:
    quiet = Settings(zalo_bot_token="1:x")
    risky = Settings(zalo_bot_token="1:x", zalo_bot_polling=True)
    assert not [found for found in _settings(quiet) if found.doubtful]
    assert ["ZALO_BOT_POLLING is on" in found.text for found in _settings(risky) if found.doubtful] == [True]
