"""From the bytes of an event to what the product knows; pure, and it raises nothing but BadBody.

Documented is `{"ok": true, "result": {"event_name", "message"}}`; what is really sent is the inner part
alone. Both are taken, as are both names of a photo, `photo` and `photo_url`.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from bot.delivery.ports import Inbound, Media

NAME = "zalo_bot"
MAX_BODY = 256_000
MAX_TEXT = 8000
"""Characters that are kept of one message; Zalo's own limit is far below."""

UNREADABLE = "unreadable"
"""The payload of a message whose content the platform keeps back, as it does with children's."""

_MILLISECONDS_FROM = 10**11
"""A moment above that is told in milliseconds, below in seconds: in seconds it is the year 5138."""
_DAY = dt.timedelta(days=1)

_Id = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\A[!-~]+\Z")]


class BadBody(Exception):
    """Not something that the platform sends."""


class Unsupported(msgspec.Struct, frozen=True):
    """A genuine event that is not acted upon. `event` is one of a fixed list."""

    event: str


class _From(msgspec.Struct):
    id: _Id
    display_name: str | None = None
    is_bot: bool = False


class _Chat(msgspec.Struct):
    id: _Id
    chat_type: str = "PRIVATE"


class _Message(msgspec.Struct, rename={"sender": "from"}):
    message_id: _Id
    sender: _From
    chat: _Chat
    date: int | float | str | None = None
    text: str | None = None
    caption: str | None = None
    photo: str | None = None
    photo_url: str | None = None
    voice_url: str | None = None


class _Event(msgspec.Struct):
    event_name: str
    message: Any = None


_READ = {
    "message.text.received",
    "message.image.received",
    "message.sticker.received",
    "message.voice.received",
    "message.unsupported.received",
}


def parse(raw: bytes, now: dt.datetime) -> Inbound | Unsupported:
    """The event of a webhook's body. Raises BadBody."""
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadBody from None
    return read(body, now)


def read(body: Any, now: dt.datetime) -> Inbound | Unsupported:
    """The event of a body that is decoded already: of getUpdates, say. Raises BadBody."""
    if isinstance(body, dict) and body.get("ok") is True and isinstance(body.get("result"), dict):
        body = body["result"]
    event = _converted(body, _Event)
    if event.event_name not in _READ:
        return Unsupported("other")
    message = _converted(event.message, _Message)
    if message.chat.chat_type.upper() != "PRIVATE":
        return Unsupported("group")
    if message.sender.is_bot:
        return Unsupported("bot")
    return Inbound(
        channel=NAME,
        event_id=_event_id(event.event_name, message.message_id),
        address=message.chat.id,
        at=_moment(message.date, now),
        text=_clean(_text(event.event_name, message)),
        payload=UNREADABLE if event.event_name == "message.unsupported.received" else None,
        media=_media(event.event_name, message),
        display_name=_clean(message.sender.display_name or "")[:100] or None,
    )


def _converted(value: Any, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError):
        raise BadBody from None


def _event_id(event_name: str, message_id: str) -> str:
    """The platform's own words for it: a repeat has the same event name and the same message."""
    return f"{event_name}:{message_id}"


def _text(event_name: str, message: _Message) -> str:
    """A sticker says nothing, whatever stands beside it."""
    if event_name == "message.text.received":
        return message.text or ""
    if event_name == "message.image.received":
        return message.caption or ""
    return ""


def _media(event_name: str, message: _Message) -> tuple[Media, ...]:
    if event_name == "message.image.received":
        link, name = message.photo_url or message.photo, "photo.jpg"
    elif event_name == "message.voice.received":
        link, name = message.voice_url, "voice.aac"
    else:
        return ()
    return (Media(link, name),) if link else ()


def _moment(told: float | str | None, now: dt.datetime) -> dt.datetime:
    """Epoch milliseconds; the present where that is no moment of the past ten years."""
    try:
        seconds = float(told or 0)
        seconds = seconds / 1000 if seconds > _MILLISECONDS_FROM else seconds
        at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return at if now - 3650 * _DAY < at < now + _DAY else now


def _clean(text: str) -> str:
    """Without what cannot be seen or stored: control characters, halves of surrogate pairs."""
    kept = (c for c in text[:MAX_TEXT] if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return "".join(kept).strip()
