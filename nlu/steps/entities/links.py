"""Web addresses, also those made harmless ("hxxp", "[.]"), and e-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.steps.entities.found import Found
from nlu.steps.normalise import Message

# Endings that are no word of Vietnamese chat, and those that are ("rồi.shop" has lost a space).
_SURE = (
    "com|vn|net|org|info|xyz|online|site|store|icu|club|biz|asia|io|ly|gle|cn|ru|uk|cfd|sbs|website|"
    "space|tech|bet|click|loan|buzz|monster|cyou|gov|edu|ink|lol|rest|bond|example|test"
)
_UNSURE = "me|co|shop|app|link|live|top|tk|us|pro|win|fun|la|so|to|vip|cc|ml|ga|cf|in|gl|one|life|world"
_DOT = r"(?:\.|\s?\[\.\]\s?|\s?\(\.\)\s?|\s?\[dot\]\s?)"
_HOST = rf"(?<![\w.@-])(?:[a-z0-9][a-z0-9-]{{0,62}}{_DOT}){{1,8}}"
_PATH = r"(?::\d{2,5})?(?:[/?#][^\s<>\"]*)?"
_SCHEME = re.compile(r"(?<!\w)h(?:tt|xx)ps?\s?(?::|\[:\])\s?//\s?[^\s<>\"]+")
_SURE_HOST = re.compile(rf"(?:{_HOST})(?:{_SURE})(?![\w@-]){_PATH}")
_UNSURE_HOST = re.compile(rf"(?:{_HOST})(?:{_UNSURE})(?![\w@-]){_PATH}")
_TELLING = re.compile(r"/\w|\d|-|\[|www\.|[a-z]{8,}\.|bit\.ly|t\.me|zalo\.me")
_EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}")
_TAIL = ".,;:!?)]}'\"…"


def find_emails(message: Message) -> Iterator[Found]:
    folded = message.folded
    if "@" in folded:
        for match in _EMAIL.finditer(folded):
            end = match.start() + len(match[0].rstrip(_TAIL + "-"))
            yield Found("email", match.start(), end, folded[match.start() : end])


def find_urls(message: Message) -> Iterator[Found]:
    """Trailing punctuation belongs to the sentence. The normal form is the address as it would be opened."""
    folded = message.folded
    if "." not in folded and "//" not in folded:
        return
    for pattern in (_SCHEME, _SURE_HOST, _UNSURE_HOST):
        for match in pattern.finditer(folded):
            if pattern is _UNSURE_HOST and not _TELLING.search(match[0]):
                continue
            end = match.start() + len(match[0].rstrip(_TAIL))
            yield Found("url", match.start(), end, _open_form(message, match.start(), end))


def _open_form(message: Message, start: int, end: int) -> str:
    first, last = message.span(start, end)
    written = re.sub(r"\s", "", message.text[first:last])
    written = re.sub(r"\[\.\]|\(\.\)|\[dot\]", ".", written, flags=re.IGNORECASE).replace("[:]", ":")
    return re.sub(r"^hxxp", "http", written, flags=re.IGNORECASE)
