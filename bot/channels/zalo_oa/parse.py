"""From the bytes of a verified event to what it means for us. Pure: nothing is looked up, nothing is kept.

Envelopes differ by event (table A.10 of the platform's facts): people's messages have sender and recipient,
`follow` has `follower`, `user_click_chatnow` only `user_id`. Fields that are not as documented are left out;
only what we act upon must be there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Any

import msgspec

from bot.channels.zalo_oa.addresses import is_id, of_visitor
from bot.channels.zalo_oa.contents import Content, content, joined, words
from bot.channels.zalo_oa.events import counted_as
from bot.channels.zalo_oa.limits import CHANNEL
from bot.delivery.ports import Inbound, Notice, Signal

MARK = "#"
"""Stands before the payload of our buttons, which come back as texts: nobody types it by chance, and it
passes the console's syntax filter."""

_USER_KINDS = frozenset(
    {"text", "image", "gif", "link", "audio", "video", "sticker", "location", "business_card", "file"}
)
_VISITOR_KINDS = frozenset({"text", "image", "file", "sticker"})
_CHOICE = re.compile(r"#([a-z][a-z_]*)((?::[!-~]*)?)")
_LONGEST_CHOICE = 200
_EVENT_ID = re.compile(r"[!-~]{1,200}")

JSON = dict[str, Any]


class BadBody(Exception):
    """Nothing that the platform would send."""


class Unsupported(msgspec.Struct, frozen=True):
    """A genuine event that we do not act upon; `event` is a name from a fixed list."""

    event: str


def parse(raw: bytes, at: dt.datetime, heads: frozenset[str]) -> Inbound | Notice | Unsupported:
    """`at` is when it happened, by its signature; `heads` are the first words of our payloads. Raises
    BadBody, and nothing else, whatever `raw` is."""
    body = _body(raw)
    name = body.get("event_name")
    if not isinstance(name, str) or not name:
        raise BadBody("no event_name")
    return _Event(body, name, at, heads).read()


def _body(raw: bytes) -> JSON:
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise BadBody("not JSON") from None
    if not isinstance(body, dict):
        raise BadBody("not an object")
    return body


class _Event:
    def __init__(self, body: JSON, name: str, at: dt.datetime, heads: frozenset[str]) -> None:
        self._body = body
        self._name = name
        self._at = at
        self._heads = heads

    def read(self) -> Inbound | Notice | Unsupported:
        match self._name:
            case "follow":
                return self._inbound(self._id("follower", "id"), payload="start")
            case "user_click_chatnow":
                return self._inbound(self._id("user_id"), payload="start")
            case "unfollow":
                return self._notice(self._id("follower", "id"), Signal.LEFT)
            case "user_withdraw":
                return self._notice(self._whoever(), Signal.WITHDREW)
            case "user_submit_info":
                return self._submitted()
        kind = self._name.removeprefix("user_send_")
        if kind != self._name and kind in _USER_KINDS:
            return self._message(self._id("sender", "id"), kind)
        kind = self._name.removeprefix("anonymous_send_")
        if kind != self._name and kind in _VISITOR_KINDS:
            return self._message(self._visitor(), kind)
        return self._unsupported()

    def _message(self, address: str, kind: str) -> Inbound:
        message = self._body.get("message")
        if not isinstance(message, dict):
            raise BadBody("no message")
        found = content(kind, message)
        payload = self._choice(found.text) if kind == "text" else None
        return self._inbound(address, Content() if payload else found, payload=payload)

    def _submitted(self) -> Inbound:
        """The filled form of `request_user_info`, in its older or its newer shape."""
        info = _dict(self._body.get("info"))
        place = _dict(info.get("full_address"))
        newer = [words(place.get(key)) for key in ("user_address", "user_ward", "user_city")]
        older = [words(info.get(key)) for key in ("address", "ward", "district", "city")]
        address = ", ".join(dict.fromkeys(part for part in newer + older if part))
        phone = words(info.get("phone"))[:20]
        said = Content(joined([phone, address]))
        return self._inbound(
            self._id("sender", "id"), said, phone=phone or None, name=words(info.get("name"))[:100] or None
        )

    def _unsupported(self) -> Unsupported:
        by_human = bool(words(_dict(self._body.get("sender")).get("admin_id")))
        return Unsupported(counted_as(self._name, by_human=by_human))

    def _choice(self, text: str) -> str | None:
        """The payload, if the text is one of our buttons' and not a hashtag."""
        found = _CHOICE.fullmatch(text) if len(text) <= _LONGEST_CHOICE else None
        return text[1:] if found and found[1] in self._heads else None

    def _inbound(
        self,
        address: str,
        said: Content | None = None,
        *,
        payload: str | None = None,
        phone: str | None = None,
        name: str | None = None,
    ) -> Inbound:
        said = said or Content()
        return Inbound(
            channel=CHANNEL,
            event_id=self._event_id(address),
            address=address,
            at=self._at,
            text=said.text,
            payload=payload,
            media=said.media,
            location=said.location,
            shared_phone=phone,
            display_name=name,
        )

    def _notice(self, address: str, signal: Signal) -> Notice:
        return Notice(channel=CHANNEL, event_id=self._event_id(address), address=address, signal=signal)

    def _event_id(self, address: str) -> str:
        """The message's own id; of events without a message what tells them from others of their kind. What
        cannot be a key is hashed."""
        own = words(_dict(self._body.get("message")).get("msg_id"))
        id_ = own or f"{self._name}:{words(self._body.get('timestamp'))}:{address}"
        return id_ if _EVENT_ID.fullmatch(id_) else hashlib.sha256(id_.encode()).hexdigest()

    def _whoever(self) -> str:
        """The person of an event whose envelope is not documented."""
        for path in (("sender", "id"), ("follower", "id"), ("user_id",)):
            if self._has(path):
                return self._id(*path)
        raise BadBody("no person")

    def _has(self, path: tuple[str, ...]) -> bool:
        return is_id(words(self._at_path(path)))

    def _id(self, *path: str) -> str:
        found = words(self._at_path(path))
        if not is_id(found):
            raise BadBody(f"no {'.'.join(path)}")
        return found

    def _at_path(self, path: tuple[str, ...]) -> object:
        value: object = self._body
        for key in path:
            value = _dict(value).get(key)
        return value

    def _visitor(self) -> str:
        return of_visitor(self._id("sender", "id"), self._id("message", "conversation_id"))


def _dict(value: object) -> JSON:
    return value if isinstance(value, dict) else {}
