"""The library that the product uses, with the same server."""

from __future__ import annotations

import asyncio
import io

import pytest
from aiogram import Bot, types
from aiogram import exceptions as wrong

from tests.support.telegram import Phone, Rates, TelegramEmulator
from tests.support.telegram.phone import picture
from tests.support.telegram.wire import Refusal

BUTTONS = types.InlineKeyboardMarkup(
    inline_keyboard=[[types.InlineKeyboardButton(text="Có", callback_data="yes")]]
)


async def test_a_talk(telegram: TelegramEmulator, aiogram_bot: Bot) -> None:
    lan = telegram.phone()
    lan.start("xin-chao")
    (first,) = await aiogram_bot.get_updates()
    assert first.message is not None
    assert first.message.text == "/start xin-chao"
    sent = await aiogram_bot.send_message(
        lan.user.id, "<b>Chào</b> bạn", parse_mode="HTML", reply_markup=BUTTONS
    )
    assert sent.html_text == "<b>Chào</b> bạn"
    number = lan.press("Có")
    (second,) = await aiogram_bot.get_updates(offset=first.update_id + 1)
    assert second.callback_query is not None
    assert second.callback_query.data == "yes"
    assert await aiogram_bot.answer_callback_query(number, text="Cảm ơn")
    assert (await lan.answered(number))["text"] == "Cảm ơn"
    await aiogram_bot.edit_message_reply_markup(
        chat_id=lan.user.id, message_id=sent.message_id, reply_markup=None
    )
    edited = await aiogram_bot.edit_message_text("Xong", chat_id=lan.user.id, message_id=sent.message_id)
    assert isinstance(edited, types.Message)
    assert (await lan.hears("Xong")).labels == []
    assert await aiogram_bot.send_chat_action(lan.user.id, "typing")


async def test_files_go_both_ways(telegram: TelegramEmulator, lan: Phone, aiogram_bot: Bot) -> None:
    photo = types.BufferedInputFile(picture(), "anh.jpg")
    sent = await aiogram_bot.send_photo(lan.user.id, photo, caption="Ảnh")
    assert sent.photo is not None
    document = types.BufferedInputFile(b"%PDF-1.4", "phieu.pdf")
    paper = await aiogram_bot.send_document(lan.user.id, document, reply_markup=BUTTONS)
    assert paper.document is not None
    assert paper.document.file_name == "phieu.pdf"
    lan.send_video(size=30_000_000)
    lan.send_voice(b"OggS-x")
    big, small = await aiogram_bot.get_updates()
    assert big.message is not None
    assert big.message.video is not None
    with pytest.raises(wrong.TelegramBadRequest, match="file is too big"):
        await aiogram_bot.get_file(big.message.video.file_id)
    assert small.message is not None
    assert small.message.voice is not None
    file = await aiogram_bot.get_file(small.message.voice.file_id)
    assert file.file_path is not None
    data = await aiogram_bot.download_file(file.file_path)
    assert isinstance(data, io.BytesIO)
    assert data.read() == b"OggS-x"


async def test_settings(telegram: TelegramEmulator, aiogram_bot: Bot) -> None:
    me = await aiogram_bot.get_me()
    assert me.id == aiogram_bot.id == telegram.bot["id"]
    command = types.BotCommand(command="help", description="Trợ giúp")
    private = types.BotCommandScopeAllPrivateChats()
    assert await aiogram_bot.set_my_commands([command], scope=private, language_code="vi")
    (kept,) = await aiogram_bot.get_my_commands(scope=private, language_code="vi")
    assert (kept.command, kept.description) == ("help", "Trợ giúp")
    assert await aiogram_bot.set_my_description("Trợ lý", language_code="vi")
    assert (await aiogram_bot.get_my_description(language_code="vi")).description == "Trợ lý"
    assert await aiogram_bot.set_chat_menu_button(menu_button=types.MenuButtonCommands())
    assert await aiogram_bot.set_webhook(
        "http://127.0.0.1:9/hook", secret_token="x_-1", allowed_updates=["message", "my_chat_member"]
    )
    info = await aiogram_bot.get_webhook_info()
    assert info.allowed_updates == ["message", "my_chat_member"]
    with pytest.raises(wrong.TelegramConflictError, match="while webhook is active"):
        await aiogram_bot.get_updates()
    assert await aiogram_bot.delete_webhook(drop_pending_updates=True)


async def test_a_long_poll_and_its_conflict(lan: Phone, aiogram_bot: Bot) -> None:
    first = asyncio.create_task(aiogram_bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(aiogram_bot.get_updates(timeout=20))
    with pytest.raises(wrong.TelegramConflictError):
        await asyncio.wait_for(first, 5)
    lan.say("chào")
    assert len(await asyncio.wait_for(second, 5)) == 1


async def test_refusals_have_their_classes(telegram: TelegramEmulator, lan: Phone, aiogram_bot: Bot) -> None:
    async def send() -> types.Message:
        return await aiogram_bot.send_message(lan.user.id, "chào", request_timeout=1)

    telegram.rates = Rates(chat_burst=1)
    await send()
    with pytest.raises(wrong.TelegramRetryAfter) as flooded:
        await send()
    assert flooded.value.retry_after == 1
    telegram.rates = None
    telegram.faults.refuse(
        Refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-5)
    )
    with pytest.raises(wrong.TelegramMigrateToChat) as moved:
        await send()
    assert moved.value.migrate_to_chat_id == -5
    for order, kind in (
        (telegram.faults.drop_answer, wrong.TelegramNetworkError),
        (telegram.faults.refuse_connection, wrong.TelegramNetworkError),
        (telegram.faults.wrong_json, wrong.ClientDecodeError),
        (telegram.faults.server_error, (wrong.TelegramServerError, wrong.ClientDecodeError)),
    ):
        order()
        with pytest.raises(kind):
            await send()
    telegram.faults.delay(1.5)
    with pytest.raises(wrong.TelegramNetworkError):
        await send()
    with pytest.raises(wrong.TelegramBadRequest, match="chat not found"):
        await aiogram_bot.send_message(42, "chào")
    lan.block()
    with pytest.raises(wrong.TelegramForbiddenError, match="bot was blocked by the user"):
        await send()
    telegram.token = "100000001:revoked"
    with pytest.raises(wrong.TelegramUnauthorizedError):
        await send()
