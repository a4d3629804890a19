"""An event as the request that its platform would send: the same bytes in every try."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import msgspec

from bot.channels.web.sessions import Sessions, event_prefix
from bot.channels.zalo_bot.verify import HEADER as ZALO_BOT_HEADER
from bot.clock import SystemClock
from scripts.faults.plan import Event

TELEGRAM_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Request(msgspec.Struct, frozen=True):
    path: str
    headers: dict[str, str]
    body: bytes


class Keys(msgspec.Struct, frozen=True):
    """What the platforms sign and mark their requests with."""

    secret_key: str
    telegram_secret: str
    zalo_app_id: str
    zalo_oa_secret: str
    zalo_bot_secret: str


class Bodies:
    """Of one act: `space` sets its ids apart, `began` is its beginning in seconds since 1970."""

    def __init__(self, space: int, keys: Keys, began: float) -> None:
        self._space = space
        self._keys = keys
        self._began = began

    def event_id(self, event: Event) -> str:
        """Under which the product records it."""
        unique = self._unique(event)
        if event.channel == "telegram":
            return str(unique)
        if event.channel == "zalo_bot":
            return f"message.text.received:{unique:020x}"
        if event.channel == "web":
            return event_prefix(event.address) + str(_uuid(unique))
        if event.kind == "leave":
            return f"unfollow:{self._stamp(event)}:{event.address}"
        return f"{unique:020x}"

    def request(self, event: Event, now: float) -> Request:
        """`now`: seconds since 1970, of the first try."""
        unique, keys = self._unique(event), self._keys
        if event.channel == "telegram":
            body = _telegram(event, unique, now)
            return _marked("/channels/telegram", TELEGRAM_HEADER, keys.telegram_secret, body)
        if event.channel == "zalo_bot":
            body = _zalo_bot(event, unique, now)
            return _marked("/channels/zalo-bot", ZALO_BOT_HEADER, keys.zalo_bot_secret, body)
        if event.channel == "zalo":
            stamp = self._stamp(event) if event.kind == "leave" else str(int(now * 1000))
            return _zalo(event, unique, keys, stamp)
        return _web(event, unique, keys)

    def _unique(self, event: Event) -> int:
        return self._space * 1_000_000 + event.number

    def _stamp(self, event: Event) -> str:
        """Milliseconds, each its own, of an event that has no message and so no other id."""
        return str(int(self._began * 1000) + event.number)


def _marked(path: str, header: str, secret: str, body: dict[str, Any]) -> Request:
    return Request(path, {"Content-Type": "application/json", header: secret}, _encoded(body))


def _encoded(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _telegram(event: Event, unique: int, now: float) -> dict[str, Any]:
    user = {"id": int(event.address), "is_bot": False, "first_name": "Lan", "language_code": "vi"}
    chat = {"id": int(event.address), "type": "private", "first_name": "Lan"}
    if event.kind == "press":
        query = {"id": f"q{unique}", "from": user, "chat_instance": "1", "data": event.payload}
        return {"update_id": unique, "callback_query": query}
    if event.kind == "leave":
        change = {"chat": chat, "from": user, "date": int(now)}
        old, new = {"user": user, "status": "member"}, {"user": user, "status": "kicked", "until_date": 0}
        return {
            "update_id": unique,
            "my_chat_member": change | {"old_chat_member": old, "new_chat_member": new},
        }
    message = {
        "message_id": event.number,
        "from": user,
        "chat": chat,
        "date": int(now),
        "text": event.text,
    }
    return {"update_id": unique, "message": message}


def _zalo(event: Event, unique: int, keys: Keys, stamp: str) -> Request:
    body: dict[str, Any] = {"app_id": keys.zalo_app_id, "timestamp": stamp}
    if event.kind == "leave":
        body |= {"event_name": "unfollow", "oa_id": "1", "follower": {"id": event.address}}
    else:
        said = f"#{event.payload}" if event.kind == "press" else event.text
        body |= {"event_name": "user_send_text", "sender": {"id": event.address}, "recipient": {"id": "1"}}
        body["message"] = {"msg_id": f"{unique:020x}", "text": said}
    raw = _encoded(body)
    signed = keys.zalo_app_id.encode() + raw + stamp.encode() + keys.zalo_oa_secret.encode()
    headers = {
        "Content-Type": "application/json",
        "X-ZEvent-Signature": f"mac={hashlib.sha256(signed).hexdigest()}",
        "X-ZEvent-Timestamp": stamp,
    }
    return Request("/channels/zalo-oa", headers, raw)


def _zalo_bot(event: Event, unique: int, now: float) -> dict[str, Any]:
    """Choices stand numbered in the text there; those of a story are always the first."""
    message = {
        "message_id": f"{unique:020x}",
        "from": {"id": event.address, "display_name": "Lan", "is_bot": False},
        "chat": {"id": event.address, "chat_type": "PRIVATE"},
        "date": int(now * 1000),
        "text": "1" if event.kind == "press" else event.text,
    }
    return {"event_name": "message.text.received", "message": message}


def _web(event: Event, unique: int, keys: Keys) -> Request:
    body: dict[str, Any] = {"id": str(_uuid(unique))}
    body |= {"payload": event.payload, "label": "x"} if event.kind == "press" else {"text": event.text}
    sessions = Sessions(keys.secret_key, SystemClock(), secure=False)
    number = event.person
    headers = {
        "Content-Type": "application/json",
        "X-NTD-Chat": "1",
        "Cookie": f"{sessions.cookie_name}={sessions.value(event.address)}",
        "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
    }
    return Request("/chat/messages", headers, _encoded(body))


def _uuid(unique: int) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"event {unique}")
