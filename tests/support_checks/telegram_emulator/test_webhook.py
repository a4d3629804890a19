"""Updates brought to the bot's own address, to a small receiver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict

from tests.support.processes import free_port
from tests.support.telegram import Phone, TelegramEmulator

SECRET = "emulated_secret-1"


@dataclass
class Receiver:
    """Answers with the next of `answers`, then with 200."""

    url: str
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: list[web.Response] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0
    pause: float = 0.0

    @property
    def texts(self) -> list[str]:
        return [body["message"]["text"] for _, body in self.requests]

    async def take(self, request: web.Request) -> web.Response:
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        self.requests.append(
            (request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""), await request.json())
        )
        await asyncio.sleep(self.pause)
        self.busy -= 1
        return self.answers.pop(0) if self.answers else web.Response()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    port = free_port()
    made = Receiver(f"http://127.0.0.1:{port}/channels/telegram")
    app = web.Application()
    app.router.add_post("/channels/telegram", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield made
    await runner.cleanup()


async def settled(telegram: TelegramEmulator, look: Callable[[], bool] | None = None) -> None:
    await telegram.until(look or (lambda: not telegram.updates.pending))


async def test_a_round_trip(telegram: TelegramEmulator, lan: Phone, bot: Bot, receiver: Receiver) -> None:
    lan.say("trước đó")
    assert await bot.set_webhook(
        receiver.url, secret_token=SECRET, allowed_updates=["message"], max_connections=7
    )
    lan.say("chào")
    await settled(telegram)
    assert receiver.texts == ["trước đó", "chào"]
    assert {secret for secret, _ in receiver.requests} == {SECRET}
    update = Update.de_json(receiver.requests[1][1], bot)
    assert update.message is not None
    await update.message.reply_text("Chào bạn")
    await lan.hears("Chào bạn")
    lan.block()
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections, info.pending_update_count) == (receiver.url, 7, 0)
    assert info.allowed_updates == ("message",)
    assert info.last_error_message is None
    assert telegram.updates.refused == 1


async def test_polling_and_a_webhook_exclude_each_other(lan: Phone, bot: Bot, receiver: Receiver) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    await bot.set_webhook(receiver.url)
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await asyncio.wait_for(polling, 5)
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    assert await bot.delete_webhook()
    assert (await bot.get_webhook_info()).url == ""
    lan.say("chào")
    assert len(await bot.get_updates()) == 1
    assert receiver.requests == []


async def test_what_the_bot_does_not_take_comes_again_in_order(
    telegram: TelegramEmulator, lan: Phone, bot: Bot, receiver: Receiver
) -> None:
    receiver.answers = [web.Response(status=503), web.Response(status=500), web.Response(status=503)]
    await bot.set_webhook(receiver.url)
    lan.say("một")
    lan.say("hai")
    await settled(telegram)
    assert receiver.texts == ["một", "một", "một", "một", "hai"]
    tried = [(attempt.status, attempt.pause) for attempt in telegram.webhook.attempts]
    assert tried == [(503, 0), (500, 2), (503, 4), (200, 0), (200, 0)]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 503 Service Unavailable"
    assert info.last_error_date is not None


async def test_the_bot_says_when_to_come_again(
    telegram: TelegramEmulator, lan: Phone, bot: Bot, receiver: Receiver
) -> None:
    receiver.answers = [web.Response(status=503, headers={"Retry-After": "20"})]
    await bot.set_webhook(receiver.url)
    lan.say("một")
    await settled(telegram)
    assert [(one.status, one.pause) for one in telegram.webhook.attempts] == [(503, 20), (200, 0)]


async def test_updates_wait_while_nobody_listens(
    telegram: TelegramEmulator, lan: Phone, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(f"http://127.0.0.1:{free_port()}/nobody")
    lan.say("một")
    lan.say("hai")
    await settled(telegram, lambda: len(telegram.webhook.attempts) >= 2)
    info = await bot.get_webhook_info()
    assert (info.pending_update_count, info.last_error_message) == (2, "Connection refused")
    await bot.set_webhook(receiver.url)
    await settled(telegram)
    assert receiver.texts == ["một", "hai"]
    await bot.set_webhook(f"http://127.0.0.1:{free_port()}/nobody")
    lan.say("ba")
    await bot.set_webhook(receiver.url, drop_pending_updates=True)
    lan.say("bốn")
    await settled(telegram)
    assert receiver.texts == ["một", "hai", "bốn"]


async def test_chats_do_not_wait_for_each_other(
    telegram: TelegramEmulator, bot: Bot, receiver: Receiver
) -> None:
    receiver.pause = 0.05
    await bot.set_webhook(receiver.url, max_connections=3)
    phones = [telegram.phone(f"Người {number}") for number in range(6)]
    for text in ("một", "hai"):
        for phone in phones:
            phone.say(text)
    await settled(telegram)
    assert receiver.busiest == 3
    for phone in phones:
        said = [body["message"] for _, body in receiver.requests]
        assert [one["text"] for one in said if one["chat"]["id"] == phone.user.id] == ["một", "hai"]


async def test_a_call_in_the_answer_is_done(
    telegram: TelegramEmulator, lan: Phone, bot: Bot, receiver: Receiver
) -> None:
    call = {"method": "sendMessage", "chat_id": lan.user.id, "text": "Đã nhận"}
    receiver.answers = [web.json_response(call), web.json_response({"status": "fine"})]
    await bot.set_webhook(receiver.url)
    lan.say("một")
    await lan.hears("Đã nhận")
    lan.say("hai")
    await settled(telegram)
    assert len(lan.messages) == 1


async def test_repeats_and_another_order_reach_a_webhook(
    telegram: TelegramEmulator, lan: Phone, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url)
    telegram.updates.repeat = 3
    lan.say("ba lần")
    await settled(telegram)
    assert len({body["update_id"] for _, body in receiver.requests}) == 1
    assert receiver.texts == ["ba lần"] * 3
    telegram.updates.repeat = 1
    with telegram.updates.shuffled():
        for number in range(6):
            lan.say(str(number))
    await settled(telegram)
    assert sorted(receiver.texts[3:]) == [*"012345"] != receiver.texts[3:]


async def test_gone_for_23_hours_takes_the_webhook_away(receiver: Receiver) -> None:
    now = [1_790_000_000.0]
    async with TelegramEmulator(webhook_pace=0.001, now=lambda: now[0]) as telegram:
        receiver.answers = [web.Response(status=410) for _ in range(3)]
        async with Bot(telegram.token, base_url=f"{telegram.url}/bot") as bot:
            await bot.set_webhook(receiver.url)
            telegram.phone().say("chào")
            await settled(telegram, lambda: len(telegram.webhook.attempts) == 2)
            assert (await bot.get_webhook_info()).url == receiver.url
            now[0] += 23 * 3600 + 1
            await settled(telegram, lambda: telegram.webhook.address is None)
            assert (await bot.get_webhook_info()).url == ""


@pytest.mark.parametrize(
    ("url", "secret", "complaint"),
    [
        ("http://example.com/hook", "", "Bad webhook: an https url must be provided for webhook"),
        ("https://example.com:8000/hook", "", "webhook can be set up only on ports 80, 88, 443 or 8443"),
        ("https:///hook", "", "Invalid webhook URL specified"),
        ("https://example.com/hook", "a b", "Secret token contains unallowed characters"),
        ("https://example.com/hook", "x" * 257, "Secret token is too long"),
    ],
)
async def test_addresses_and_secrets_that_are_refused(
    bot: Bot, url: str, secret: str, complaint: str
) -> None:
    with pytest.raises(BadRequest, match=f"(?i){complaint}"):
        await bot.set_webhook(url, secret_token=secret)
    assert (await bot.get_webhook_info()).url == ""
