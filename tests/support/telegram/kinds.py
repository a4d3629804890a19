"""One example of every kind of update and of every content of a message: wanted by a bot or not."""

from __future__ import annotations

from typing import Any

from tests.support.telegram import updates
from tests.support.telegram.chats import Chat
from tests.support.telegram.phone import Phone
from tests.support.telegram.wire import Json

BUSINESS = "emulated-business"


def contents(by: Phone) -> dict[str, Json]:
    """By name, for `Phone.send`: those for which a phone has no method of its own too."""
    chats = by.telegram.chats
    moving = chats.store("animations", b"ftyp-animation", "a.mp4", "video/mp4").as_json()
    place = updates.location(21.59, 105.84, 12.5)
    return {
        "text": updates.text("Xem https://example.com và /help"),
        "contact": updates.contact(by.user.as_json(), by.user.phone, own=True),
        "location": place,
        "venue": {"venue": place | {"title": "Chợ Thái", "address": "Thái Nguyên"}} | place,
        "animation": {
            "animation": moving | {"width": 320, "height": 180, "duration": 3, "mime_type": "video/mp4"},
            "document": moving | {"mime_type": "video/mp4"},
        },
        "dice": {"dice": {"emoji": "🎲", "value": 4}},
        "poll": {"poll": _poll()},
        "story": {"story": {"id": 3, "chat": by.chat.as_json()}},
        "pinned_message": {"pinned_message": _said(by.chat, by.user.as_json(), {"text": "ghim"})},
        "auto_delete": {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}},
        "hidden_forward": updates.text("chuyển tiền") | {"forward_origin": _origin("hidden_user", by)},
        "user_forward": updates.text("chuyển tiền") | {"forward_origin": _origin("user", by)},
        "channel_forward": updates.text("chuyển tiền") | {"forward_origin": _origin("channel", by)},
        "chat_forward": updates.text("chuyển tiền") | {"forward_origin": _origin("chat", by)},
        "via_bot": updates.text("từ bot khác") | {"via_bot": _other_bot()},
    }


def every_kind(by: Phone) -> dict[str, Json]:
    """By the name of the update's field. For `telegram.updates.add(kind, payload, line)`."""
    return _messages(by) | _choices(by) | _changes(by)


def _said(chat: Chat, sender: Json, content: Json, **more: Any) -> Json:
    return {"message_id": 9, "date": 1_790_000_000, "chat": chat.as_json(), "from": sender} | content | more


def _origin(kind: str, by: Phone) -> Json:
    return updates.forward_origin(
        kind, 1_790_000_000, user=by.user.as_json(), name="Người bán", chat=_channel()
    )


def _channel() -> Json:
    return {"id": -1_000_400_000_099, "type": "channel", "title": "Kênh"}


def _other_bot() -> Json:
    return {"id": 100_000_009, "is_bot": True, "first_name": "Other", "username": "other_bot"}


def _poll() -> Json:
    return {
        "id": "77",
        "question": "Có mua không?",
        "options": [
            {"persistent_id": "0", "text": "Có", "voter_count": 1},
            {"persistent_id": "1", "text": "Không", "voter_count": 0},
        ],
        "total_voter_count": 1,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    }


def _messages(by: Phone) -> dict[str, Json]:
    user, chat = by.user.as_json(), by.chat
    post = {
        "message_id": 9,
        "date": 1_790_000_000,
        "chat": _channel(),
        "sender_chat": _channel(),
        "text": "tin",
    }
    edited = {"edit_date": 1_790_000_060}
    business = _said(chat, user, {"text": "kinh doanh"}, business_connection_id=BUSINESS)
    return {
        "message": _said(chat, user, {"text": "chào"}),
        "edited_message": _said(chat, user, {"text": "chào bạn"}, **edited),
        "channel_post": post,
        "edited_channel_post": post | edited,
        "business_message": business,
        "edited_business_message": business | edited,
        "guest_message": _said(chat, user, {"text": "khách"}, guest_query_id="88"),
        "deleted_business_messages": {
            "business_connection_id": BUSINESS,
            "chat": chat.as_json(),
            "message_ids": [9],
        },
    }


def _choices(by: Phone) -> dict[str, Json]:
    user, chat = by.user.as_json(), by.chat
    asked = _said(chat, by.telegram.bot, {"text": "Có không?"})
    return {
        "callback_query": updates.callback_query("66", user, asked, "yes"),
        "inline_query": {"id": "11", "from": user, "query": "thuốc", "offset": ""},
        "chosen_inline_result": {"result_id": "12", "from": user, "query": "thuốc"},
        "shipping_query": {
            "id": "13",
            "from": user,
            "invoice_payload": "p",
            "shipping_address": {
                "country_code": "VN",
                "state": "",
                "city": "Thái Nguyên",
                "street_line1": "a",
                "street_line2": "",
                "post_code": "250000",
            },
        },
        "pre_checkout_query": {
            "id": "14",
            "from": user,
            "currency": "VND",
            "total_amount": 1000,
            "invoice_payload": "p",
        },
        "poll": _poll(),
        "poll_answer": {"poll_id": "77", "user": user, "option_ids": [0], "option_persistent_ids": ["0"]},
        "purchased_paid_media": {"from": user, "paid_media_payload": "p"},
    }


def _changes(by: Phone) -> dict[str, Json]:
    user, chat, bot = by.user.as_json(), by.chat.as_json(), by.telegram.bot
    at = {"date": 1_790_000_000}
    heart = {"type": "emoji", "emoji": "❤"}
    source = {"source": "premium", "user": user}
    boost = {"boost_id": "b", "add_date": at["date"], "expiration_date": at["date"] + 60, "source": source}
    return {
        "my_chat_member": updates.membership(chat, user, bot, "member", "kicked", at["date"]),
        "chat_member": updates.membership(_channel(), user, user, "left", "member", at["date"]),
        "chat_join_request": {"chat": _channel(), "from": user, "user_chat_id": user["id"], **at},
        "chat_boost": {"chat": _channel(), "boost": boost},
        "removed_chat_boost": {
            "chat": _channel(),
            "boost_id": "b",
            "remove_date": at["date"],
            "source": source,
        },
        "message_reaction": {
            "chat": chat,
            "message_id": 9,
            "user": user,
            "old_reaction": [],
            "new_reaction": [heart],
            **at,
        },
        "message_reaction_count": {
            "chat": _channel(),
            "message_id": 9,
            "reactions": [{"type": heart, "total_count": 2}],
            **at,
        },
        "business_connection": {
            "id": BUSINESS,
            "user": user,
            "user_chat_id": user["id"],
            "is_enabled": True,
            **at,
        },
        "managed_bot": {"user": user, "bot": _other_bot()},
    }
