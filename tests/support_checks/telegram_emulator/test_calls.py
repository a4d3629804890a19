"""What a bot can do, done by python-telegram-bot."""

from __future__ import annotations

import io

import httpx
import pytest
from PIL import Image
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    MenuButtonCommands,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.constants import ChatAction
from telegram.error import BadRequest

from tests.support.telegram import Phone, TelegramEmulator
from tests.support.telegram.phone import picture

YES_NO = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Có", callback_data="yes"), InlineKeyboardButton("Không", callback_data="no")]]
)


async def test_a_bot_knows_itself(telegram: TelegramEmulator, bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.is_bot, me.username) == (telegram.bot["id"], True, telegram.bot["username"])
    assert me.can_read_all_group_messages is False
    assert me.api_kwargs == {}


async def test_a_text_arrives_with_its_marks_and_buttons(lan: Phone, bot: Bot) -> None:
    sent = await bot.send_message(
        lan.user.id, "<b>Ngừng dùng</b> thuốc &lt;giả&gt;\n", parse_mode="HTML", reply_markup=YES_NO
    )
    assert sent.text == "Ngừng dùng thuốc <giả>"
    assert [(one.type, one.offset, one.length) for one in sent.entities] == [("bold", 0, 10)]
    assert sent.from_user is not None
    assert sent.from_user.is_bot
    assert sent.chat.first_name == "Lan"
    said = await lan.hears("Ngừng dùng", "<giả>")
    assert said.labels == ["Có", "Không"]
    assert said.message["message_id"] == sent.message_id


async def test_an_answer_quotes_what_it_answers(lan: Phone, bot: Bot) -> None:
    question = lan.say("mấy giờ?")
    sent = await bot.send_message(lan.user.id, "8 giờ", reply_parameters=ReplyParameters(question))
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "mấy giờ?"
    gone = ReplyParameters(99_999, allow_sending_without_reply=True)
    assert (await bot.send_message(lan.user.id, "9 giờ", reply_parameters=gone)).reply_to_message is None
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(lan.user.id, "9 giờ", reply_parameters=ReplyParameters(99_999))


async def test_a_reply_keyboard_stays_until_it_is_taken_away(
    telegram: TelegramEmulator, lan: Phone, bot: Bot
) -> None:
    keyboard = ReplyKeyboardMarkup(
        [[KeyboardButton("Gửi số điện thoại", request_contact=True)], ["Bỏ qua"]], resize_keyboard=True
    )
    await bot.send_message(lan.user.id, "Số của bạn?", reply_markup=keyboard)
    assert lan.keyboard == ["Gửi số điện thoại", "Bỏ qua"]
    lan.press("Gửi số điện thoại")
    lan.press("Bỏ qua")
    first, second = await bot.get_updates()
    assert first.message is not None
    assert first.message.contact is not None
    assert first.message.contact.user_id == lan.user.id
    assert second.message is not None
    assert second.message.text == "Bỏ qua"
    skip = InlineKeyboardMarkup([[InlineKeyboardButton("Bỏ qua", callback_data="skip")]])
    await bot.send_message(lan.user.id, "Gửi thêm ảnh?", reply_markup=skip)
    assert lan.press("Bỏ qua"), "of two buttons with one label the newer is pressed"
    await bot.send_message(lan.user.id, "Số của bạn?", reply_markup=keyboard)
    assert lan.press("Bỏ qua") == ""
    await bot.send_message(lan.user.id, "Xong", reply_markup=ReplyKeyboardRemove())
    assert lan.keyboard == []


async def test_a_photo_is_sent_as_a_file_and_again_by_its_number(lan: Phone, bot: Bot) -> None:
    sent = await bot.send_photo(lan.user.id, picture(), caption="<i>Bằng chứng</i>", parse_mode="HTML")
    assert [(one.width, one.height) for one in sent.photo] == [(90, 68), (640, 480)]
    assert sent.caption == "Bằng chứng"
    again = await bot.send_photo(lan.user.id, sent.photo[-1].file_id, reply_markup=YES_NO)
    assert again.photo[-1].file_id == sent.photo[-1].file_id
    fetched = await (await bot.get_file(again.photo[-1])).download_as_bytearray()
    assert bytes(fetched) == picture()
    assert lan.messages[0].text == "Bằng chứng"


async def test_a_document_keeps_its_name(lan: Phone, bot: Bot) -> None:
    sent = await bot.send_document(lan.user.id, InputFile(b"%PDF-1.4", "phiếu.pdf"), caption="Phiếu")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.mime_type) == ("phiếu.pdf", "application/pdf")
    fetched = await (await bot.get_file(sent.document)).download_as_bytearray()
    assert bytes(fetched) == b"%PDF-1.4"


async def test_photos_of_a_wrong_shape_or_kind(lan: Phone, bot: Bot) -> None:
    strip = io.BytesIO()
    Image.new("RGB", (2100, 100)).save(strip, "PNG")
    with pytest.raises(BadRequest, match=r"(?i)photo_invalid_dimensions"):
        await bot.send_photo(lan.user.id, strip.getvalue())
    with pytest.raises(BadRequest, match=r"(?i)IMAGE_PROCESS_FAILED"):
        await bot.send_photo(lan.user.id, b"no picture")
    with pytest.raises(BadRequest, match="Wrong file identifier/http url specified"):
        await bot.send_photo(lan.user.id, "AgACnothing")


async def test_typing_is_shown(lan: Phone, bot: Bot) -> None:
    assert await bot.send_chat_action(lan.user.id, ChatAction.TYPING)
    assert lan.chat.actions == ["typing"]


async def test_texts_and_keyboards_are_edited(lan: Phone, bot: Bot) -> None:
    sent = await bot.send_message(lan.user.id, "<b>Có</b> không?", parse_mode="HTML", reply_markup=YES_NO)
    edited = await bot.edit_message_reply_markup(lan.user.id, sent.message_id, reply_markup=None)
    assert not isinstance(edited, bool)
    assert edited.reply_markup is None
    assert edited.edit_date is not None
    changed = await bot.edit_message_text("Đã chọn: Có", lan.user.id, sent.message_id)
    assert not isinstance(changed, bool)
    assert (changed.text, changed.entities) == ("Đã chọn: Có", ())
    assert (await lan.hears("Đã chọn")).edited
    assert len(lan.messages) == 1
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await bot.edit_message_text("Đã chọn: Có", lan.user.id, sent.message_id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("Đã chọn: Có", lan.user.id, 99_999)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("Đã chọn: Có", lan.user.id, lan.say("của tôi"))
    photo = await bot.send_photo(lan.user.id, picture())
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("Đã chọn: Có", lan.user.id, photo.message_id)


async def test_a_message_is_deleted_once(lan: Phone, bot: Bot) -> None:
    sent = await bot.send_message(lan.user.id, "nhầm")
    assert await bot.delete_message(lan.user.id, sent.message_id)
    assert lan.messages == []
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(lan.user.id, sent.message_id)


async def test_a_pressed_button_is_answered_once_and_in_time(lan: Phone, bot: Bot) -> None:
    await bot.send_message(lan.user.id, "Có không?", reply_markup=YES_NO)
    number = lan.press("Không")
    (update,) = await bot.get_updates()
    assert update.callback_query is not None
    assert (update.callback_query.id, update.callback_query.data) == (number, "no")
    assert await bot.answer_callback_query(number, "Đã ghi", show_alert=True)
    assert await lan.answered(number) == {"text": "Đã ghi", "show_alert": True, "url": ""}
    too_old = "Query is too old and response timeout expired or query id is invalid"
    for wrong in (number, "123"):
        with pytest.raises(BadRequest, match=too_old):
            await bot.answer_callback_query(wrong)
    late = lan.press("Có")
    lan.callback(late).made_at -= 1000
    with pytest.raises(BadRequest, match=too_old):
        await bot.answer_callback_query(late)
    with pytest.raises(BadRequest, match=r"(?i)message_too_long"):
        await bot.answer_callback_query(lan.press("Có"), "x" * 201)


async def test_what_a_phone_does_with_buttons_that_are_not_there(lan: Phone, bot: Bot) -> None:
    with pytest.raises(AssertionError, match="no button 'Có'"):
        lan.press("Có")
    sent = await bot.send_message(lan.user.id, "Có không?")
    assert lan.press_old("forged", sent.message_id)
    (update,) = await bot.get_updates()
    assert update.callback_query is not None
    assert update.callback_query.data == "forged"


async def test_files_up_to_20_megabytes_are_handed_out(
    telegram: TelegramEmulator, lan: Phone, bot: Bot
) -> None:
    lan.send_video(size=20 * 1024 * 1024)
    lan.send_video(size=20 * 1024 * 1024 + 1)
    fits, too_big = await bot.get_updates()
    assert fits.message is not None
    assert fits.message.video is not None
    assert bytes(await (await fits.message.video.get_file()).download_as_bytearray()) == b"ftyp-video"
    assert too_big.message is not None
    assert too_big.message.video is not None
    with pytest.raises(BadRequest, match="File is too big"):
        await too_big.message.video.get_file()
    with pytest.raises(BadRequest, match="Invalid file_id"):
        await bot.get_file("AgACnothing")
    async with httpx.AsyncClient(base_url=f"{telegram.url}/file/bot{telegram.token}") as client:
        assert (await client.get("/photos/none.jpg")).status_code == 404
    async with httpx.AsyncClient(base_url=f"{telegram.url}/file/bot1:wrong") as client:
        assert (await client.get(f"/{next(iter(telegram.chats.files.values())).path}")).status_code == 401


async def test_commands_by_scope_and_language(telegram: TelegramEmulator, lan: Phone, bot: Bot) -> None:
    english, vietnamese = [BotCommand("help", "What I can do")], [BotCommand("help", "Tôi giúp được gì")]
    private = BotCommandScopeAllPrivateChats()
    assert await bot.set_my_commands(english)
    assert await bot.set_my_commands(vietnamese, scope=private, language_code="vi")
    assert await bot.get_my_commands() == tuple(english)
    assert await bot.get_my_commands(scope=private, language_code="vi") == tuple(vietnamese)
    assert await bot.get_my_commands(scope=private) == ()
    assert await bot.set_my_commands([], scope=BotCommandScopeChat(lan.user.id))
    assert telegram.profile.commands_for("vi")[0]["description"] == "Tôi giúp được gì"
    assert telegram.profile.commands_for("fr")[0]["description"] == "What I can do"
    assert await bot.delete_my_commands(scope=private, language_code="vi")
    assert telegram.profile.commands_for("vi")[0]["description"] == "What I can do"


@pytest.mark.parametrize(
    ("commands", "complaint"),
    [
        ([("", "a")], "Command must be non-empty"),
        ([("x" * 33, "a")], "Command length must not exceed 32"),
        ([("Help", "a")], "(?i)bot_command_invalid"),
        ([("help", " ")], "Command description must be non-empty"),
        ([("help", "x" * 257)], "Command description length must not exceed 256"),
        ([(f"c{number}", "a") for number in range(101)], "(?i)bot_commands_too_much"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_commands_that_the_platform_refuses(
    bot: Bot, commands: list[tuple[str, str]], complaint: str
) -> None:
    with pytest.raises(BadRequest, match=complaint):
        await bot.set_my_commands(commands)
    with pytest.raises(BadRequest, match="Invalid language code specified"):
        await bot.set_my_commands([("help", "a")], language_code="vie")


async def test_descriptions_and_the_menu(lan: Phone, bot: Bot) -> None:
    assert await bot.set_my_description("Trợ lý", language_code="vi")
    assert await bot.set_my_description("Assistant")
    assert await bot.set_my_short_description("Ngắn", language_code="vi")
    assert (await bot.get_my_description(language_code="vi")).description == "Trợ lý"
    assert (await bot.get_my_description(language_code="fr")).description == "Assistant"
    assert (await bot.get_my_short_description(language_code="vi")).short_description == "Ngắn"
    with pytest.raises(BadRequest, match="Description is too long"):
        await bot.set_my_description("x" * 513)
    assert await bot.set_chat_menu_button(lan.user.id, MenuButtonCommands())
    assert (await bot.get_chat_menu_button(lan.user.id)).type == "commands"


async def test_parameters_come_in_every_encoding(telegram: TelegramEmulator, lan: Phone) -> None:
    markup = '{"inline_keyboard":[[{"text":"Có","callback_data":"yes"}]]}'
    nested = {"inline_keyboard": [[{"text": "Có", "callback_data": "yes"}]]}
    form = {"chat_id": str(lan.user.id), "text": "Chào", "reply_markup": markup}
    async with httpx.AsyncClient(base_url=f"{telegram.url}/bot{telegram.token}") as client:
        for answer in (
            await client.get("/sendMessage", params=form),
            await client.post("/sendmessage", data=form),
            await client.post("/SendMessage", data=form, files={"unused": b"1"}),
            await client.post("/sendMessage", json=form),
            await client.post(
                "/sendMessage",
                json=form | {"chat_id": lan.user.id, "reply_markup": nested, "parse_mode": None},
            ),
        ):
            assert answer.json()["result"]["reply_markup"] == nested
        broken = await client.post("/sendMessage", content="{", headers={"Content-Type": "application/json"})
        assert (broken.status_code, broken.json()["ok"]) == (400, False)
        unknown = await client.post("/sendNothing")
        assert unknown.json()["description"] == "Not Found: method not found"
