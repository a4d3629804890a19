"""The Zalo Bot emulator keeps the rules of the documentation, and a client that we did not write can use it.

The judge is `zalo_bot` (python-zalo-bot 0.1.9). It takes another address (`base_url`) and needs no patching.
It reads errors from the HTTP status only: told over HTTP 200, as the platform does, they come out as None.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from zalo_bot import Bot, Update  # type: ignore[import-untyped]
from zalo_bot.error import BadRequest, Forbidden, InvalidToken  # type: ignore[import-untyped]

from tests.support.zalo_bot import BotAccount, Phone, ZaloBot
from tests.support.zalo_wire.listener import Listener
from tests.support.zalo_wire.standing_clock import StandingClock

SECRET = "made-up-secret"


class Api:
    """The product's side, bare."""

    def __init__(self, bot: ZaloBot, client: httpx.AsyncClient) -> None:
        self.bot = bot
        self.http = client

    async def call(self, method: str, **given: Any) -> dict[str, Any]:
        """Over HTTP 200, whatever it says."""
        answer = await self.http.post(f"/bot{self.bot.account.token}/{method}", json=given)
        assert answer.status_code == 200
        return dict(answer.json())

    async def code(self, method: str, **given: Any) -> int:
        answer = await self.call(method, **given)
        assert answer["ok"] is ("error_code" not in answer)
        return int(answer.get("error_code", 0))


@pytest.fixture
async def zalo_bot(clock: StandingClock) -> AsyncIterator[ZaloBot]:
    async with ZaloBot(clock=clock) as running:
        running.updates.scale = running.updates.poll_scale = 0.001
        yield running


@pytest.fixture
async def bot_api(zalo_bot: ZaloBot) -> AsyncIterator[Api]:
    async with httpx.AsyncClient(base_url=zalo_bot.url) as client:
        yield Api(zalo_bot, client)


@pytest.fixture
async def minh(zalo_bot: ZaloBot) -> Phone:
    """Has written once; nobody has read it."""
    phone = zalo_bot.phone("Minh")
    await phone.say("chào")
    return phone


# --- calls ------------------------------------------------------------------------------------------------


async def test_errors_come_over_http_200(bot_api: Api, minh: Phone, zalo_bot: ZaloBot) -> None:
    strange = await bot_api.http.post("/bot1:wrong/getMe")
    assert (strange.status_code, strange.json()) == (
        200,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )
    assert strange.headers.get_list("server") == ["edge", "bot-api"]
    assert await bot_api.code("getme") == 400
    assert await bot_api.code("getMe") == 0
    minh.person.refuses = 403
    assert await bot_api.code("sendMessage", chat_id=minh.id, text="x") == 403
    assert [call.error for call in zalo_bot.calls] == [401, 400, 0, 403]
    zalo_bot.account.errors_over_200 = False
    assert (await bot_api.http.post("/bot1:wrong/getMe")).status_code == 401


async def test_sending_has_limits(bot_api: Api, minh: Phone) -> None:
    cases: list[tuple[str, dict[str, Any], int]] = [
        ("sendMessage", {"text": "ạ" * 2000}, 0),
        ("sendMessage", {"text": "ạ" * 2001}, 400),
        ("sendMessage", {"text": ""}, 400),
        ("sendMessage", {}, 400),
        ("sendMessage", {"text": "x", "chat_id": "unknown"}, 404),
        ("sendMessage", {"text": "x", "chat_id": 5}, 400),
        ("sendMessage", {"text": "**x**", "parse_mode": "markdown"}, 0),
        ("sendMessage", {"text": "{red}x", "parse_mode": "markdown"}, 0),
        ("sendMessage", {"text": "x}", "parse_mode": "markdown"}, 400),
        ("sendMessage", {"text": "x", "parse_mode": "MarkdownV2"}, 400),
        ("sendMessage", {"text": "😀x", "text_styles": [{"start": 0, "len": 3, "st": ["b"]}]}, 0),
        ("sendMessage", {"text": "😀x", "text_styles": [{"start": 0, "len": 4, "st": ["b"]}]}, 400),
        ("sendMessage", {"text": "x", "text_styles": [{"start": 0, "len": 1, "st": ["huge"]}]}, 400),
        ("sendPhoto", {"photo": "https://a.example/1.jpg", "caption": "ạ" * 2000}, 0),
        ("sendPhoto", {"photo": "https://a.example/1.jpg"}, 0),
        ("sendPhoto", {"photo": "https://a.example/1.jpg", "caption": "ạ" * 2001}, 400),
        ("sendPhoto", {"photo": "1.jpg"}, 400),
        ("sendSticker", {"sticker": "bfe458bf64fa8da4d4eb"}, 0),
        ("sendSticker", {}, 400),
        ("sendVoice", {"voice_url": "https://a.example/1.aac"}, 0),
        ("sendVoice", {"voice_url": "https://a.example/1.mp3"}, 400),
        ("sendChatAction", {"action": "typing"}, 0),
        ("sendChatAction", {"action": "upload_photo"}, 400),
    ]
    for method, given, code in cases:
        shown = len(minh.inbox)
        assert await bot_api.code(method, **({"chat_id": minh.id} | given)) == code, (method, given)
        assert len(minh.inbox) - shown == (code == 0 and method != "sendChatAction"), (method, given)
    assert minh.person.typing == 1


async def test_parameters_may_be_a_form_or_a_query(bot_api: Api, minh: Phone) -> None:
    path = f"/bot{bot_api.bot.account.token}/sendMessage"
    given = {"chat_id": minh.id, "text": "chào"}
    assert (await bot_api.http.post(path, data=given)).json()["ok"]
    assert (await bot_api.http.get(path, params=given)).json()["ok"]
    assert minh.texts == ["chào", "chào"]


async def test_a_month_has_3000_messages(bot_api: Api, minh: Phone, clock: StandingClock) -> None:
    assert bot_api.bot.account.messages_a_month == 3000
    bot_api.bot.quota.used = 2999
    sends = [await bot_api.code("sendMessage", chat_id=minh.id, text="x") for _ in range(2)]
    assert sends == [0, 429]
    clock.move(dt.timedelta(days=11))
    assert await bot_api.code("sendMessage", chat_id=minh.id, text="x") == 0


async def test_the_free_plan_has_50_users(bot_api: Api, minh: Phone, zalo_bot: ZaloBot) -> None:
    crowd = [zalo_bot.phone() for _ in range(50)]
    for phone in crowd:
        await phone.say("chào")
    assert len(zalo_bot.updates.waiting) == 50
    assert await bot_api.code("sendMessage", chat_id=crowd[48].id, text="x") == 0
    assert await bot_api.code("sendMessage", chat_id=crowd[49].id, text="x") == 403


# --- updates ----------------------------------------------------------------------------------------------


async def test_polling_takes_one_event_at_a_time(bot_api: Api, minh: Phone) -> None:
    await minh.say("hai")
    taken = [(await bot_api.call("getUpdates", timeout="30"))["result"] for _ in range(2)]
    assert [event["message"]["text"] for event in taken] == ["chào", "hai"]
    idle = await bot_api.call("getUpdates", timeout=30)
    assert (idle["ok"], idle["error_code"], idle["description"]) == (False, 408, "Request timeout")
    bot_api.bot.updates.poll_scale = 1.0
    poll = asyncio.create_task(bot_api.call("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    await minh.say("ba")
    assert (await poll)["result"]["message"]["text"] == "ba"


async def test_a_webhook_ends_polling(bot_api: Api, minh: Phone, listener: Listener) -> None:
    assert await bot_api.code("getWebhookInfo") == 404
    assert await bot_api.code("setWebhook", url=listener.url, secret_token="short") == 400
    assert await bot_api.code("setWebhook", url="nowhere", secret_token=SECRET) == 400
    told = (await bot_api.call("setWebhook", url=listener.url, secret_token=SECRET))["result"]
    assert told == (await bot_api.call("getWebhookInfo"))["result"]
    assert set(told) == {"url", "updated_at"}
    assert await bot_api.code("getUpdates", timeout=1) == 400
    await minh.say("qua webhook")
    assert listener.last.headers["X-Bot-Api-Secret-Token"] == SECRET
    assert listener.last.body["message"]["text"] == "qua webhook"
    assert (await bot_api.call("deleteWebhook"))["result"]["url"] == ""
    assert (await bot_api.call("getUpdates"))["result"]["message"]["text"] == "chào"


async def test_an_address_is_kept_although_its_check_failed(bot_api: Api, listener: Listener) -> None:
    bot_api.bot.account.verifies_webhook = True
    listener.statuses = [403]
    told = (await bot_api.call("setWebhook", url=listener.url, secret_token=SECRET))["result"]
    assert (told["verification"]["ok"], bot_api.bot.updates.url) == (False, listener.url)
    bot_api.bot.account.https_only = True
    assert await bot_api.code("setWebhook", url=listener.url, secret_token=SECRET) == 400


async def test_bodies_are_flat_or_wrapped_and_photos_have_two_names(
    zalo_bot: ZaloBot, minh: Phone, listener: Listener
) -> None:
    zalo_bot.updates.set_webhook(listener.url, SECRET)
    await minh.send_photo(b"\xff\xd8\xff", "hóa đơn")
    flat = listener.last.body
    assert (flat["event_name"], flat["message"]["message_type"]) == ("message.image.received", "CHAT_PHOTO")
    async with httpx.AsyncClient() as client:
        assert (await client.get(flat["message"]["photo_url"])).content == b"\xff\xd8\xff"
    zalo_bot.updates.shape, zalo_bot.updates.photo_field = "wrapped", "photo"
    await minh.send_photo(b"\xff\xd8\xff", "hóa đơn")
    wrapped = listener.last.body
    assert (wrapped["ok"], wrapped["result"]["message"]["caption"]) == (True, "hóa đơn")
    assert wrapped["result"]["message"]["photo"].endswith(".jpg")
    assert "message_type" not in wrapped["result"]["message"]


async def test_every_event(zalo_bot: ZaloBot, minh: Phone, listener: Listener) -> None:
    zalo_bot.updates.set_webhook(listener.url, SECRET)
    await minh.send_sticker()
    await minh.send_voice(b"aac")
    await minh.send_unsupported()
    await minh.say_in_group("a1b2", "có ai không", mention=False)
    await minh.say_in_group("a1b2", "cho hỏi")
    minh.person.protected = True
    await minh.say("bí mật")
    bodies = [heard.body for heard in listener.heard]
    assert [body["event_name"].split(".")[1] for body in bodies] == [
        "sticker",
        "voice",
        "unsupported",
        "text",
        "unsupported",
    ]
    assert bodies[0]["message"]["message_type"] == "CHAT_STICKER"
    assert bodies[1]["message"]["voice_url"].endswith(".aac")
    assert bodies[3]["message"]["chat"] == {"id": "a1b2", "chat_type": "GROUP"}
    assert "text" not in bodies[4]["message"]
    ids = [body["message"]["message_id"] for body in bodies]
    assert len(set(ids)) == 5
    assert all(int(message_id, 16) for message_id in ids)
    assert bodies[0]["message"]["date"] == int(zalo_bot.clock.now().timestamp() * 1000)


async def test_events_are_delivered_again(zalo_bot: ZaloBot, minh: Phone, listener: Listener) -> None:
    zalo_bot.updates.set_webhook(listener.url, SECRET)
    listener.statuses = [503, 503]
    await minh.say("một")
    await zalo_bot.updates.settle()
    assert len({heard.raw for heard in listener.heard}) == 1
    assert (len(listener.heard), zalo_bot.updates.deliveries[-1].accepted) == (3, True)
    listener.statuses = [503] * 4
    await minh.say("hai")
    await zalo_bot.updates.settle()
    await minh.say("ba")
    assert listener.last.body["message"]["text"] == "ba"


async def test_a_dropped_answer_loses_nothing_but_itself(bot_api: Api, minh: Phone) -> None:
    bot_api.bot.faults.drop_answer(where="sendMessage")
    with pytest.raises(httpx.TransportError):
        await bot_api.call("sendMessage", chat_id=minh.id, text="đã nhận")
    assert (await minh.reply()).text == "đã nhận"
    bot_api.bot.faults.error(429, times=2)
    sends = [await bot_api.code("sendMessage", chat_id=minh.id, text="x") for _ in range(3)]
    assert sends == [429, 429, 0]


async def test_a_choice_is_a_number(bot_api: Api, minh: Phone) -> None:
    await bot_api.call("sendMessage", chat_id=minh.id, text="Gửi nhé?\n1. Có\n2. Không, để sau")
    assert (await minh.hears("Gửi nhé")).kind == "text"
    assert minh.choices == {1: "Có", 2: "Không, để sau"}
    await minh.press("Không, để sau")
    await minh.press(1)
    typed = [event["message"]["text"] for event in bot_api.bot.updates.waiting[1:]]
    assert typed == ["2", "1"]
    with pytest.raises(LookupError):
        await minh.press("Có thể")


# --- the judge --------------------------------------------------------------------------------------------


async def test_python_zalo_bot_talks_here(zalo_bot: ZaloBot, minh: Phone, listener: Listener) -> None:
    async with Bot(zalo_bot.account.token, base_url=zalo_bot.url) as judge:
        me = await judge.get_me()
        assert (me.id, me.account_type, me.can_join_groups) == (zalo_bot.account.id, "BASIC", False)
        update = await judge.get_update(timeout=30)
        message = update.message
        assert message is not None
        assert (message.text, message.chat.id, message.chat.type) == ("chào", minh.id, "PRIVATE")
        assert message.date.timestamp() == zalo_bot.clock.now().timestamp()
        await message.reply_text("Chào Minh")
        await judge.send_photo(minh.id, "ảnh", "https://a.example/1.jpg")
        await judge.send_sticker(minh.id, "bfe458bf64fa8da4d4eb")
        sent = await judge.send_message(minh.id, "x")
        assert sent.message_id == minh.inbox[-1].message_id
        assert await judge.send_chat_action(minh.id, "typing")
        assert await judge._set_webhook_async(listener.url, SECRET)
        assert (await judge._get_webhook_info_async()).url == listener.url
        assert await judge._delete_webhook_async()
    assert [sent.kind for sent in minh.inbox] == ["text", "photo", "sticker", "text"]


async def test_python_zalo_bot_reads_every_event(zalo_bot: ZaloBot, minh: Phone, listener: Listener) -> None:
    zalo_bot.updates.set_webhook(listener.url, SECRET)
    await minh.send_photo(b"\xff\xd8\xff")
    await minh.send_sticker()
    await minh.send_voice(b"aac")
    await minh.send_unsupported()
    for heard in listener.heard:
        update = Update.de_json(heard.body)
        assert update is not None
        assert update.message is not None
        assert update.effective_user is not None
        assert update.effective_user.display_name == "Minh"
        assert update.message.message_id == heard.body["message"]["message_id"]
    photo = Update.de_json(listener.heard[0].body)
    assert photo is not None
    assert photo.message is not None
    assert photo.message.photo_url == listener.heard[0].body["message"]["photo_url"]


async def test_python_zalo_bot_meets_errors_here(clock: StandingClock) -> None:
    async with ZaloBot(BotAccount(errors_over_200=False), clock) as zalo_bot:
        with pytest.raises(InvalidToken):
            async with Bot("1:wrong", base_url=zalo_bot.url):
                pass
        stranger = zalo_bot.phone()
        async with Bot(zalo_bot.account.token, base_url=zalo_bot.url) as judge:
            with pytest.raises(Forbidden):
                await judge.send_message(stranger.id, "x")
            await stranger.say("chào")
            with pytest.raises(BadRequest):
                await judge.send_message(stranger.id, "x" * 2001)
            zalo_bot.account.errors_over_200 = True
            assert await judge.send_message(stranger.id, "x" * 2001) is None
