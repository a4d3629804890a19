"""Makers of what updates carry, as the platform writes it."""

from __future__ import annotations

import re

from tests.support.telegram.markup import units
from tests.support.telegram.wire import Json

_FOUND = (
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w+)?")),
    ("url", re.compile(r"(?:https?://|www\.)\S+")),
    ("mention", re.compile(r"(?<!\w)@[A-Za-z]\w{3,31}")),
    ("hashtag", re.compile(r"(?<!\w)#\w+")),
)
STICKER = {
    "type": "regular",
    "width": 512,
    "height": 512,
    "is_animated": False,
    "is_video": False,
    "emoji": "👍",
    "set_name": "emulated",
}


def entities_of(text: str) -> list[Json]:
    """Those that the platform finds by itself in what a person types."""
    found = [
        {"type": kind, "offset": units(text[: match.start()]), "length": units(match[0])}
        for kind, pattern in _FOUND
        for match in pattern.finditer(text)
    ]
    return sorted(found, key=lambda one: int(str(one["offset"])))


def text(said: str) -> Json:
    found = entities_of(said)
    return {"text": said} | ({"entities": found} if found else {})


def captioned(content: Json, caption: str) -> Json:
    if not caption:
        return content
    found = entities_of(caption)
    return content | {"caption": caption} | ({"caption_entities": found} if found else {})


def contact(user: Json, phone: str, *, own: bool) -> Json:
    """`user_id` says whose number it is; a card that was typed in by hand has none."""
    shown = {"phone_number": phone, "first_name": user["first_name"]}
    return {"contact": shown | ({"user_id": user["id"]} if own else {})}


def location(latitude: float, longitude: float, accuracy: float | None = None) -> Json:
    shown: Json = {"latitude": latitude, "longitude": longitude}
    return {"location": shown | ({"horizontal_accuracy": accuracy} if accuracy is not None else {})}


def member(user: Json, status: str) -> Json:
    """A ChatMember. `kicked` is what a block is called."""
    if status == "kicked":
        return {"user": user, "status": status, "until_date": 0}
    if status == "restricted":
        rights = (
            "can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos "
            "can_send_video_notes can_send_voice_notes can_send_polls can_send_other_messages "
            "can_add_web_page_previews can_change_info can_invite_users can_pin_messages can_manage_topics"
        )
        granted = dict.fromkeys(rights.split(), False)
        return {"user": user, "status": status, "is_member": True, "until_date": 0} | granted
    return {"user": user, "status": status}


def membership(chat: Json, by: Json, whose: Json, old: str, new: str, at: int) -> Json:
    """A ChatMemberUpdated: of `my_chat_member` when `whose` is the bot."""
    return {
        "chat": chat,
        "from": by,
        "date": at,
        "old_chat_member": member(whose, old),
        "new_chat_member": member(whose, new),
    }


def callback_query(number: str, by: Json, message: Json, data: str) -> Json:
    return {
        "id": number,
        "from": by,
        "message": message,
        "chat_instance": str(message["chat"]["id"] * 7919),
        "data": data,
    }


def forward_origin(
    kind: str, at: int, *, user: Json | None = None, name: str = "", chat: Json | None = None
) -> Json:
    """Where a forwarded message comes from. `hidden_user`: one who forbids the link to the account."""
    origin: Json = {"type": kind, "date": at}
    if kind == "user":
        return origin | {"sender_user": user}
    if kind == "hidden_user":
        return origin | {"sender_user_name": name}
    if kind == "channel":
        return origin | {"chat": chat, "message_id": 5}
    return origin | {"sender_chat": chat}
