"""From the bytes of an update to what the product knows; pure, and it raises nothing but BadBody."""

from __future__ import annotations

import datetime as dt
import unicodedata

import msgspec

from bot.channels.telegram.commands import Meant, meant
from bot.channels.telegram.schema import (
    ALLOWED_UPDATES,
    OTHER_UPDATES,
    CallbackQuery,
    File,
    MembershipChange,
    Message,
    Update,
    User,
)
from bot.delivery.ports import Inbound, Media, Notice, Signal

NAME = "telegram"
MAX_BODY = 1_000_000
"""Bytes of one update; real ones stay far below."""

CHOSEN = "-"
"""The data of a button that only shows what was chosen."""


class BadBody(Exception):
    """Not something that the platform sends."""


class Unsupported(msgspec.Struct, frozen=True):
    """A genuine event that is not acted upon. `event` is one of a fixed list."""

    event: str


class Press(msgspec.Struct, frozen=True):
    """A pressed button: what it says, and where, so that the button stops turning and shows the choice.

    `inbound` is None where nothing is said by it; `message_id` where the message is not shown any more.
    """

    query_id: str
    inbound: Inbound | None = None
    message_id: int | None = None


class InGroup(msgspec.Struct, frozen=True):
    """Something in a group or channel: there we say why not, and go."""

    chat_id: int
    language: str | None = None


Event = Inbound | Notice | Press | InGroup | Unsupported


def parse(raw: bytes, now: dt.datetime) -> Event:
    """`now` is taken for what carries no time of its own. Raises BadBody."""
    try:
        update = msgspec.json.decode(raw, type=Update)
        kinds = msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).keys() - {"update_id"}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadBody from None
    event_id = str(update.update_id)
    if update.message is not None:
        return _message(update.message, event_id)
    if update.edited_message is not None:
        return _edited(update.edited_message, event_id)
    if update.callback_query is not None:
        return _press(update.callback_query, event_id, now)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member, event_id)
    return _other(kinds)


def _other(kinds: set[str]) -> Unsupported:
    if not kinds or kinds & set(ALLOWED_UPDATES):
        raise BadBody
    return Unsupported(next((kind for kind in sorted(kinds) if kind in OTHER_UPDATES), "other"))


def _message(message: Message, event_id: str) -> Inbound | InGroup | Unsupported:
    who = message.sender
    if message.chat.type != "private":
        return InGroup(message.chat.id, who.language_code if who else None)
    if who is None or who.is_bot:
        return Unsupported("bot")
    if not _has_content(message):
        return Unsupported("service_message")
    forwarded = message.forward_origin is not None
    said = _said(message, who, forwarded=forwarded)
    return Inbound(
        channel=NAME,
        event_id=event_id,
        address=str(message.chat.id),
        at=_moment(message.edit_date or message.date),
        text=said.text,
        payload=said.payload,
        media=_media(message),
        forwarded=forwarded,
        location=_place(message),
        shared_phone=_own_phone(message, who),
        display_name=_clean(who.first_name)[:100] or None,
        language=who.language_code,
    )


def _edited(message: Message, event_id: str) -> Inbound | InGroup | Unsupported:
    """An edit says it anew. Not those that change nothing the person wrote, nor the steps of a place that is
    shared while moving; files under a changed caption are here already."""
    if message.edit_date is None:
        return Unsupported("edit_without_date")
    if message.location is not None:
        return Unsupported("moving_place")
    event = _message(message, event_id)
    if isinstance(event, Inbound) and event.text:
        return msgspec.structs.replace(event, media=())
    return event


def _has_content(message: Message) -> bool:
    """A person's own saying, readable or not; everything else is the platform's note of some change."""
    readable = (message.text, message.contact, message.location, message.venue)
    unreadable = (
        *(message.sticker, message.poll, message.dice, message.story, message.game, message.invoice),
        *(message.paid_media, message.checklist, message.giveaway, message.gift),
    )
    return bool(_media(message)) or any(part is not None for part in (*readable, *unreadable))


def _said(message: Message, who: User, *, forwarded: bool) -> Meant:
    """The card of somebody else is the number that the story is about; one's own says the number too."""
    if message.text is not None:
        text = _clean(message.text)
        return Meant(text) if forwarded else meant(text)
    if message.contact is not None:
        return Meant(_own_phone(message, who) or _phone(message.contact.phone_number))
    if message.venue is not None:
        return Meant(_clean(", ".join(filter(None, (message.venue.title, message.venue.address)))))
    return Meant(_clean(message.caption or ""))


def _own_phone(message: Message, who: User) -> str | None:
    contact = message.contact
    return _phone(contact.phone_number) if contact is not None and contact.user_id == who.id else None


def _phone(number: str) -> str:
    """The platform tells it in international form, with the plus or without."""
    number = _clean(number)[:32]
    return f"+{number}" if number[:1].isdigit() and not number.startswith("0") else number


def _place(message: Message) -> tuple[float, float] | None:
    place = message.location
    return None if place is None else (place.latitude, place.longitude)


def _media(message: Message) -> tuple[Media, ...]:
    """At most one: the photos of an album come one by one. A moving picture has a `document` beside it."""
    if message.photo:
        largest = max(message.photo, key=lambda size: (size.width * size.height, size.file_size or 0))
        return (_file(largest, "photo.jpg"),)
    named = {
        "animation.mp4": message.animation,
        "voice.oga": message.voice,
        "audio": message.audio,
        "video.mp4": message.video,
        "video_note.mp4": message.video_note,
        "document": message.document,
    }
    return next(((_file(file, name),) for name, file in named.items() if file is not None), ())


def _file(file: File, name: str) -> Media:
    return Media(file.file_id, _clean(file.file_name or "")[:200] or name, file.file_size)


def _press(query: CallbackQuery, event_id: str, now: dt.datetime) -> Press | InGroup:
    message = query.message
    if message is not None and message.chat.type != "private":
        return InGroup(message.chat.id, query.sender.language_code)
    if query.sender.is_bot or not query.data or query.data == CHOSEN:
        return Press(query.id)
    inbound = Inbound(
        channel=NAME,
        event_id=event_id,
        address=str(query.sender.id),
        at=now,
        text=_label(message, query.data),
        payload=query.data,
        display_name=_clean(query.sender.first_name)[:100] or None,
        language=query.sender.language_code,
    )
    return Press(query.id, inbound, message.message_id if message is not None else None)


def _label(message: Message | None, data: str) -> str:
    rows = message.reply_markup.inline_keyboard if message and message.reply_markup else ()
    return next((_clean(b.text) for row in rows for b in row if b.callback_data == data), "")


def _membership(change: MembershipChange, event_id: str) -> Notice | InGroup | Unsupported:
    """In a private chat: the person blocked us, or came back. Elsewhere: somebody took us in."""
    status = change.new_chat_member.status
    if change.chat.type != "private":
        inside = status in ("member", "administrator", "creator", "restricted")
        return InGroup(change.chat.id, change.sender.language_code) if inside else Unsupported("left_group")
    signal = {"kicked": Signal.LEFT, "left": Signal.LEFT, "member": Signal.RETURNED}.get(status)
    if signal is None:
        return Unsupported("membership")
    return Notice(channel=NAME, event_id=event_id, address=str(change.chat.id), signal=signal)


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _clean(text: str) -> str:
    """Without what cannot be seen or stored: control characters, halves of surrogate pairs."""
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return "".join(kept).strip()
