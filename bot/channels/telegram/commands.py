"""The commands of the menu: their names in both languages, and the choice that each stands for.

Names are A-Z, 0-9 and _ there, so Vietnamese ones come without diacritics; what stands beside them is content
(`telegram.command_<key>`). A name of either language works in both.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from content.schema import Language


class Command(NamedTuple):
    key: str
    payload: str
    vi: str
    en: str

    def name(self, language: Language) -> str:
        return self.vi if language == "vi" else self.en


MENU = (
    Command("report", "menu:report", "phananh", "report"),
    Command("ask", "menu:ask", "hoi", "ask"),
    Command("track", "track", "tracuu", "track"),
    Command("officer", "officer", "canbo", "officer"),
    Command("subscribe", "subscribe", "tintuc", "news"),
    Command("unsubscribe", "unsubscribe", "dung", "stop"),
    Command("my_data", "data", "dulieu", "mydata"),
    Command("language", "lang", "ngonngu", "language"),
    Command("help", "help", "trogiup", "help"),
)

_BESIDES = {
    "baocao": "menu:report",
    "complaint": "menu:report",
    "subscribe": "subscribe",
    "unsubscribe": "unsubscribe",
    "english": "lang:en",
    "tiengviet": "lang:vi",
    "huy": "cancel",
    "cancel": "cancel",
}
"""Understood, but not listed."""

_PAYLOADS = {name: one.payload for one in MENU for name in (one.vi, one.en)} | _BESIDES

_COMMAND = re.compile(r"/(\w{1,32})(?:@\w+)?(?:\s+(.*))?\s*", re.ASCII | re.DOTALL)
_CASE_CODE = re.compile(r"[A-Za-z]{2}-\d{2}-\d{1,6}", re.ASCII)
_LINK = re.compile(r"[A-Za-z0-9_-]{1,58}", re.ASCII)
"""What a link may carry, as far as a choice beginning with `start:` has room for it."""


class Meant(msgspec.Struct, frozen=True):
    """What a text says: words, a choice, or words beside a choice."""

    text: str
    payload: str | None = None


def meant(text: str) -> Meant:
    """What a typed text says, a command or not. Pure, and never fails.

    Words behind a command are what the person says: only a code to be looked up is read beside the choice.
    """
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return Meant(text)
    name, words = found[1].lower(), (found[2] or "").strip()
    if name == "start":
        return _started(words)
    payload = _PAYLOADS.get(name)
    if payload is None:
        no_command = bool(words) or name[0].isdigit()  # "/5 trieu" was not meant as one
        return Meant(text.strip().removeprefix("/")) if no_command else Meant("", "help")
    if payload == "track":
        return Meant(words, payload)
    return Meant(words) if words else Meant("", payload)


def _started(link: str) -> Meant:
    """The chat was opened, perhaps by a link: to a case by its code, or of a province."""
    if _CASE_CODE.fullmatch(link):
        return Meant(link, "track")
    return Meant("", f"start:{link}" if _LINK.fullmatch(link) else "start")
