"""Fits a message to what one message of a channel can carry: numbers for choices, pieces at sentence ends.

It is done before the rows of the ledger are written, one row a piece, so a try that fails
repeats one piece only.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from bot.delivery.ports import Limits, Outgoing

_ENDS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…:;])\s+"),
    re.compile(r"\s+"),
)
"""Where a text may be cut, the best places first: paragraph, line, sentence, word."""

_LEAST = 0.4
"""A better place to cut counts only if the piece before it is not shorter than this part of the limit."""


def fit(message: Outgoing, limits: Limits) -> list[Outgoing]:
    """The messages, at least one, that together say it. Choices and wants stand with the last piece, or
    after it where the channel shows them apart."""
    text = message.text
    if limits.numbered and message.choices:
        text = "\n".join([text, *(f"{number}. {c.label}" for number, c in enumerate(message.choices, 1))])
    want = message.want if message.want and message.want.kind in limits.wants else None
    pieces = split(text, limits.text, _utf16 if limits.utf16 else len)
    fitted = [msgspec.structs.replace(message, text=piece, choices=(), want=None) for piece in pieces[:-1]]
    fitted = [msgspec.structs.replace(piece, picture=None) for piece in fitted]
    apart = want is not None and limits.want_apart
    last = msgspec.structs.replace(
        message,
        text=pieces[-1],
        choices=message.choices[: limits.choices],
        want=None if apart else want,
    )
    fitted.append(last)
    if want is not None and apart:
        fitted.append(Outgoing(want.label, sender=message.sender, want=want))
    return fitted


def split(text: str, limit: int, length: Callable[[str], int] = len) -> list[str]:
    """The text in pieces of at most `limit`, cut at paragraph, line, sentence or word ends where there are
    any; nothing but the space at a cut is lost."""
    pieces = []
    rest = text.strip()
    while length(rest) > limit:
        cut = _cut(rest, limit, length)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest]


def _cut(text: str, limit: int, length: Callable[[str], int]) -> int:
    most = limit
    while length(text[:most]) > limit:
        most -= 1
    for end in _ENDS:
        places = [found.end() for found in end.finditer(text, 0, most + 1) if found.start() <= most]
        fitting = [place for place in places if 0 < len(text[:place].rstrip()) <= most]
        if fitting and fitting[-1] >= most * _LEAST:
            return fitting[-1]
    return most


def _utf16(text: str) -> int:
    """Length in UTF-16 code units: emoji count two."""
    return len(text.encode("utf-16-le")) // 2
