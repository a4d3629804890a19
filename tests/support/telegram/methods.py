"""The methods that send, edit and answer; `profile.py` has those that describe the bot."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from tests.support.telegram.chats import DOWNLOAD_LIMIT, Chat, StoredFile
from tests.support.telegram.keyboards import read_markup
from tests.support.telegram.markup import parse_html, units
from tests.support.telegram.rates import flooded
from tests.support.telegram.wire import Json, Parameters, Refusal, Upload, bad_request

if TYPE_CHECKING:
    from tests.support.telegram.server import TelegramEmulator

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ANSWER_LIMIT = 200
PHOTO_BYTES = 10 * 1024 * 1024
UPLOAD_BYTES = 50 * 1024 * 1024
ACTIONS = {"typing", "choose_sticker", "find_location"} | {
    f"{verb}_{what}"
    for verb in ("record", "upload")
    for what in ("photo", "video", "voice", "document", "video_note")
} - {"record_photo", "record_document"}
Method = Callable[["TelegramEmulator", Parameters], Awaitable[Any]]


async def get_me(telegram: TelegramEmulator, given: Parameters) -> Json:
    return telegram.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": not telegram.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def _formatted(given: Parameters, name: str, entities_name: str, limit: int, too_long: str) -> Json:
    """`{"text", "entities"}` of a text or caption; without the text when nothing was given."""
    text = given.text(name)
    mode = given.text("parse_mode").lower()
    if mode not in ("", "html"):
        raise bad_request("unsupported parse_mode")
    entities = given.nested(entities_name, entities_name.replace("_", " ")) or []
    if mode == "html":
        text, entities = parse_html(text)
    before = units(text) - units(text.lstrip())
    text = text.strip()
    if units(text) > limit:
        raise bad_request(too_long)
    for entity in entities:
        start, end = entity["offset"] - before, entity["offset"] - before + entity["length"]
        entity["offset"], entity["length"] = max(start, 0), min(end, units(text)) - max(start, 0)
    kept = [entity for entity in entities if entity["length"] > 0]
    return {"text": text} | ({"entities": kept} if kept else {})


def _text(given: Parameters) -> Json:
    if not given.text("text"):
        raise bad_request("message text is empty")
    content = _formatted(given, "text", "entities", TEXT_LIMIT, "message is too long")
    if not content["text"]:
        raise bad_request("text must be non-empty")
    return content


def _caption(given: Parameters) -> Json:
    content = _formatted(given, "caption", "caption_entities", CAPTION_LIMIT, "message caption is too long")
    if not content["text"]:
        return {}
    named = {"caption": content["text"]}
    return named | ({"caption_entities": content["entities"]} if "entities" in content else {})


def _reply(given: Parameters, chat: Chat) -> Json:
    wanted = given.nested("reply_parameters", "reply parameters")
    number = wanted.get("message_id") if isinstance(wanted, dict) else given.integer("reply_to_message_id")
    if not number:
        return {}
    if number in chat.messages:
        return {"reply_to_message": quoted(chat.messages[number])}
    if isinstance(wanted, dict) and wanted.get("allow_sending_without_reply"):
        return {}
    raise bad_request("message to be replied not found")


def quoted(message: Json) -> Json:
    """A message inside the one that answers it: what it answered itself is left out."""
    return {name: value for name, value in message.items() if name != "reply_to_message"}


def _send(telegram: TelegramEmulator, given: Parameters, chat: Chat, content: Json) -> Json:
    """What every send has in common, after its own content was found good."""
    markup = read_markup(given, private=chat.private)
    content = content | _reply(given, chat)
    chat.check_writable()
    if telegram.ban is not None and not telegram.ban.admits():
        raise flooded(3600)
    if telegram.rates is not None:
        telegram.rates.charge(chat.id, group=not chat.private, paid=given.flag("allow_paid_broadcast"))
    if markup and "inline_keyboard" in markup:
        content["reply_markup"] = markup
    preview = given.nested("link_preview_options", "link preview options")
    if preview:
        content["link_preview_options"] = preview
    if given.flag("protect_content"):
        content["has_protected_content"] = True
    message = telegram.chats.keep(chat, telegram.bot, content, said=True)
    if markup and "inline_keyboard" not in markup:
        chat.keyboard = markup if "keyboard" in markup else None
        chat.keyboard_from = message["message_id"]
    return message


async def send_message(telegram: TelegramEmulator, given: Parameters) -> Json:
    chat = telegram.chats.find(given.text("chat_id"))
    return _send(telegram, given, chat, _text(given))


async def send_photo(telegram: TelegramEmulator, given: Parameters) -> Json:
    chat = telegram.chats.find(given.text("chat_id"))
    upload = _upload(telegram, given, "photo")
    if isinstance(upload, StoredFile):
        return _send(telegram, given, chat, {"photo": photo_sizes(telegram, upload)} | _caption(given))
    if len(upload.data) > PHOTO_BYTES:
        raise bad_request(
            f"file of size {len(upload.data)} bytes is too big for a photo; "
            f"the maximum size is {PHOTO_BYTES} bytes"
        )
    width, height = _dimensions(upload.data)
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    caption = _caption(given)
    kept = telegram.chats.store("photos", upload.data, "photo.jpg", "image/jpeg")
    return _send(telegram, given, chat, {"photo": photo_sizes(telegram, kept)} | caption)


async def send_document(telegram: TelegramEmulator, given: Parameters) -> Json:
    chat = telegram.chats.find(given.text("chat_id"))
    upload = _upload(telegram, given, "document")
    caption = _caption(given)
    if isinstance(upload, Upload):
        if len(upload.data) > UPLOAD_BYTES:
            raise Refusal(413, "Request Entity Too Large")
        upload = telegram.chats.store("documents", upload.data, upload.name, upload.mime_type)
    document = upload.as_json() | {"file_name": upload.name or "file", "mime_type": upload.mime_type}
    return _send(telegram, given, chat, {"document": document} | caption)


def _upload(telegram: TelegramEmulator, given: Parameters, name: str) -> Upload | StoredFile:
    """A new file, or one that the platform has already (by its `file_id`)."""
    found = given.upload(name) or telegram.chats.files.get(given.text(name))
    if found is not None:
        return found
    if not given.text(name):
        raise bad_request(f"there is no {name} in the request")
    raise bad_request("wrong file identifier/HTTP URL specified")


def _dimensions(data: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.size
    except (UnidentifiedImageError, OSError):
        raise bad_request("IMAGE_PROCESS_FAILED") from None


def photo_sizes(telegram: TelegramEmulator, kept: StoredFile) -> list[Json]:
    """As there: a small one first, the whole one last."""
    with Image.open(io.BytesIO(kept.data)) as image:
        width, height = image.size
        small = image.convert("RGB")
        small.thumbnail((90, 90))
        reduced = io.BytesIO()
        small.save(reduced, "JPEG")
    thumbnail = telegram.chats.store("photos", reduced.getvalue(), "small.jpg", "image/jpeg")
    return [
        thumbnail.as_json() | {"width": small.width, "height": small.height},
        kept.as_json() | {"width": width, "height": height},
    ]


async def send_chat_action(telegram: TelegramEmulator, given: Parameters) -> bool:
    chat = telegram.chats.find(given.text("chat_id"))
    if given.text("action") not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.check_writable()
    chat.actions.append(given.text("action"))
    return True


def _own_message(telegram: TelegramEmulator, given: Parameters) -> tuple[Chat, Json]:
    chat = telegram.chats.find(given.text("chat_id"))
    if not given.text("message_id"):
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(given.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    if message["from"]["id"] != telegram.bot["id"]:
        raise bad_request("message can't be edited")
    return chat, message


def _edit(telegram: TelegramEmulator, given: Parameters, chat: Chat, message: Json, content: Json) -> Json:
    """An edit without a keyboard takes the keyboard away."""
    markup = read_markup(given, private=chat.private)
    inline = markup if markup and markup.get("inline_keyboard") else None
    content = content | {"reply_markup": inline}
    if all(message.get(name) == value for name, value in content.items()):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    chat.check_writable()
    changed = {name: value for name, value in content.items() if value is not None or name in message}
    return telegram.chats.change(chat, message, changed, said=True)


async def edit_message_text(telegram: TelegramEmulator, given: Parameters) -> Json:
    content = _text(given)
    chat, message = _own_message(telegram, given)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    return _edit(telegram, given, chat, message, {"entities": None} | content)


async def edit_message_reply_markup(telegram: TelegramEmulator, given: Parameters) -> Json:
    chat, message = _own_message(telegram, given)
    return _edit(telegram, given, chat, message, {})


async def delete_message(telegram: TelegramEmulator, given: Parameters) -> bool:
    chat = telegram.chats.find(given.text("chat_id"))
    if chat.messages.pop(given.integer("message_id"), None) is None:
        raise bad_request("message to delete not found")
    return True


async def leave_chat(telegram: TelegramEmulator, given: Parameters) -> bool:
    chat = telegram.chats.find(given.text("chat_id"))
    if chat.private:
        raise bad_request("chat member status can't be changed in private chats")
    chat.check_writable()
    chat.bot_present = False
    return True


async def answer_callback_query(telegram: TelegramEmulator, given: Parameters) -> bool:
    if units(given.text("text")) > ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    answer = {"text": given.text("text"), "show_alert": given.flag("show_alert"), "url": given.text("url")}
    telegram.chats.answer(given.text("callback_query_id"), answer)
    return True


async def get_file(telegram: TelegramEmulator, given: Parameters) -> Json:
    if not given.text("file_id"):
        raise bad_request("file_id not specified")
    found = telegram.chats.files.get(given.text("file_id"))
    if found is None:
        raise bad_request("invalid file_id")
    if found.size > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return found.as_json() | {"file_path": found.path}


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendChatAction": send_chat_action,
    "editMessageText": edit_message_text,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "leaveChat": leave_chat,
    "answerCallbackQuery": answer_callback_query,
    "getFile": get_file,
}
