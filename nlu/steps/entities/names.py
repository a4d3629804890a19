"""Sellers by their cue words and capital letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.steps.entities.found import Found
from nlu.steps.normalise import Message

_SELLER = re.compile(
    r"\b(?:shop|cua hang|cty|cong ty|nha thuoc|quan|tiem|sieu thi|dai ly|spa|phong kham|nha hang"
    r"|khach san|page"
    r"|fanpage|gian hang|trung tam|benh vien|co so|tham my vien)\b\s"
)
_MOST_WORDS = 6


def find_names(message: Message) -> Iterator[Found]:
    for cue in _SELLER.finditer(message.folded):
        end = _capitals_end(message, cue.end())
        if end > cue.end():
            yield Found("seller", cue.end(), end, message.folded[cue.end() : end])


def _capitals_end(message: Message, start: int) -> int:
    """Where a run of capitalised words from `start` ends."""
    end = start
    tokens = [t for t in message.tokens if t.start >= start][:_MOST_WORDS]
    for token in tokens:
        first, _ = message.span(token.start, token.end)
        if message.folded[end : token.start].strip() or not (
            message.text[first].isupper() or message.text[first].isdigit()
        ):
            break
        end = token.end
    return end
