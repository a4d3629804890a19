"""What the page may hand in, and how it becomes an `Inbound`."""

from __future__ import annotations

import datetime as dt
import unicodedata
import uuid
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bot.channels.web.sessions import event_prefix
from bot.delivery.ports import Inbound, Upload

MAX_TEXT = 8000
"""Characters of one message: a forwarded scam message fits, a book does not."""
MAX_BODY = 64_000
MAX_PHOTOS = 5

Language = Literal["vi", "en"]


class FormError(Exception):
    """Not something that our page sends. `sentence` is the key of what to tell the person."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


class ChatMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A typed text, or a choice: `payload` and its `label`. `id` is made by the page, once per message."""

    id: uuid.UUID
    text: Annotated[str, Meta(max_length=MAX_TEXT)] = ""
    payload: Annotated[str, Meta(pattern=r"\A[ -~]{1,64}\Z")] | None = None
    label: Annotated[str, Meta(max_length=200)] = ""


def parse_message(body: bytes) -> ChatMessage:
    """Raises FormError, and nothing else, whatever `body` is."""
    try:
        message = msgspec.json.decode(body, type=ChatMessage)
    except (msgspec.DecodeError, UnicodeDecodeError):  # a ValidationError is a DecodeError
        raise FormError("web.error_form") from None
    if message.payload is None and not clean(message.text):
        raise FormError("web.error_empty")
    return message


def parse_id(value: object) -> uuid.UUID:
    try:
        return uuid.UUID(str(value))
    except ValueError:
        raise FormError("web.error_form") from None


def message_inbound(message: ChatMessage, address: str, at: dt.datetime, language: Language) -> Inbound:
    return Inbound(
        channel="web",
        event_id=event_prefix(address) + str(message.id),
        address=address,
        at=at,
        text=clean(message.text if message.payload is None else message.label),
        payload=message.payload,
        language=language,
    )


def photos_inbound(
    event: uuid.UUID, uploads: list[Upload], address: str, at: dt.datetime, language: Language
) -> Inbound:
    return Inbound(
        channel="web",
        event_id=event_prefix(address) + str(event),
        address=address,
        at=at,
        uploads=tuple(uploads),
        language=language,
    )


def clean(text: str) -> str:
    """`text` without what cannot be seen or stored: control characters, halves of surrogate pairs."""
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return "".join(kept).strip()


def clean_name(name: str) -> str:
    """A file name for people to read: no folders, no control characters, at most 100 characters."""
    return clean(name.replace("\\", "/").rsplit("/", 1)[-1])[-100:]
