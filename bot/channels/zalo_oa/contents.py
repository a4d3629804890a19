"""What a person's message holds: words, files that still lie with the platform, a place, a card."""

from __future__ import annotations

import math
import unicodedata
from typing import Any

import msgspec

from bot.delivery.ports import Media

MOST_CHARACTERS = 10_000
MOST_FILES = 10
LONGEST_URL = 2000

_UNSEEN = {"Cc", "Cs"}
_WITH_FILE = {"image", "gif", "audio", "video", "file"}


class Content(msgspec.Struct, frozen=True):
    """All empty where there is nothing that we can read, as in a sticker."""

    text: str = ""
    media: tuple[Media, ...] = ()
    location: tuple[float, float] | None = None


def content(kind: str, message: dict[str, Any]) -> Content:
    """`kind` as in the event's name: text, image, gif, link, audio, video, sticker, location, business_card,
    file. Takes any JSON: what is not as documented is left out."""
    text = words(message.get("text"))
    payloads = _payloads(message.get("attachments"))
    if kind in _WITH_FILE:
        told = [text, *(words(payload.get("description")) for payload in payloads)]
        files = tuple(media for payload in payloads if (media := _media(payload)) is not None)
        return Content(joined(told), files[:MOST_FILES])
    if kind == "link":
        told = [words(payload.get(key)) for payload in payloads for key in ("description", "url")]
        return Content(joined([text, *told]))
    if kind == "business_card":
        return Content(joined([text, *(_card(payload) for payload in payloads)]))
    if kind == "location":
        places = [place for payload in payloads if (place := _place(payload.get("coordinates"))) is not None]
        return Content(text, location=places[0] if places else None)
    return Content(text if kind == "text" else "")


def words(value: object) -> str:
    """Composed text without what cannot be seen or stored; ids and numbers as strings."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**30 else ""
    if not isinstance(value, str):
        return ""
    composed = unicodedata.normalize("NFC", value[:MOST_CHARACTERS])
    return "".join(c for c in composed if c in "\n\t" or unicodedata.category(c) not in _UNSEEN).strip()


def joined(parts: list[str]) -> str:
    """Each part once, one a line."""
    return "\n".join(dict.fromkeys(part for part in parts if part))[:MOST_CHARACTERS]


def _payloads(attachments: object) -> list[dict[str, Any]]:
    if not isinstance(attachments, list):
        return []
    found = [attachment.get("payload") for attachment in attachments if isinstance(attachment, dict)]
    return [payload for payload in found if isinstance(payload, dict)]


def _media(payload: dict[str, Any]) -> Media | None:
    url = words(payload.get("url"))
    if not url.startswith(("https://", "http://")) or len(url) > LONGEST_URL:
        return None
    size = words(payload.get("size"))
    name = words(payload.get("name")).replace("\\", "/").rsplit("/", 1)[-1][-100:]
    return Media(url, name, int(size) if size.isascii() and size.isdigit() and len(size) < 16 else None)


def _card(payload: dict[str, Any]) -> str:
    """The phone of the card, which is somebody's, not always the sender's: so it is text, as if typed."""
    description = payload.get("description")
    if not isinstance(description, str):
        return ""
    try:
        told: object = msgspec.json.decode(description)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return words(description)
    return words(told.get("phone")) if isinstance(told, dict) else ""


def _place(coordinates: object) -> tuple[float, float] | None:
    """Latitude and longitude, which come as strings."""
    if not isinstance(coordinates, dict):
        return None
    try:
        latitude, longitude = float(coordinates["latitude"]), float(coordinates["longitude"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
