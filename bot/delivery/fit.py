"""Fits a message to what one message of a channel can carry: numbers for choices, pieces at sentence ends.

It is done before the rows of the ledger are written, one row a piece, so a try that fails
repeats one piece only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import msgspec

from bot.delivery.ports import Limits, Outgoing

_ENDS = (
    (re.compile(r"\n\s*\n"), 0.4),
    (re.compile(r"\n"), 0.4),
    (re.compile(r"[.!?…]+[\"'”’»)\]]*\s+|\n"), 0.0),
    (re.compile(r"[:;,]\s+"), 0.4),
    (re.compile(r"\s+"), 0.0),
)
"""Where a text may be cut, the best places first: paragraph, line, sentence, part of a sentence, word; each
counts only if the piece before it is not shorter than that part of the limit."""

_JOINER = "\u200d"
"""Makes one sign of two, as in emoji of families."""


def fit(message: Outgoing, limits: Limits) -> list[Outgoing]:
    """The messages, at least one, that together say it. Choices and wants stand with the last piece, or
    after it where the channel shows them apart."""
    text = message.text
    if message.choices and (limits.numbered or len(message.choices) > limits.choices):
        text = "\n".join([text, *(f"{number}. {c.label}" for number, c in enumerate(message.choices, 1))])
    want = message.want if message.want and message.want.kind in limits.wants else None
    apart = want is not None and limits.want_apart
    *earlier, last = split(text, limits.text, _utf16 if limits.utf16 else _one_each)
    fitted = [Outgoing(piece, sender=message.sender) for piece in earlier]
    choices, beside = message.choices[: limits.choices], None if apart else want
    fitted.append(msgspec.structs.replace(message, text=last, choices=choices, want=beside))
    if want is not None and apart:
        fitted.append(Outgoing(want.label, sender=message.sender, want=want))
    return fitted


def split(text: str, limit: int, size: Callable[[str], int] | None = None) -> list[str]:
    """The text in pieces of at most `limit`, cut at paragraph, line, sentence or word ends where there are
    any; nothing but the space at a cut is lost. `size`: of one code point, 1 unless told. A sign that is
    larger than the limit stands alone."""
    size = size or _one_each
    if limit < 1:
        raise ValueError("a piece holds at least one character")
    pieces = []
    rest = text.strip()
    while (most := _prefix(rest, limit, size)) < len(rest):
        cut = _cut(rest, most)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest]


def _prefix(text: str, limit: int, size: Callable[[str], int]) -> int:
    """How many code points from the beginning are within the limit; at least one, if there is any."""
    used = 0
    for place, character in enumerate(text):
        used += size(character)
        if used > limit:
            return max(1, place)
    return len(text)


def _cut(text: str, most: int) -> int:
    """The best place to cut, so that what stands before it, without the space at its end, has at most `most`
    code points."""
    for end, least in _ENDS:
        place = _last(end, text, most)
        if place > most * least:
            return place
    return _whole(text, most)


def _last(end: re.Pattern[str], text: str, most: int) -> int:
    """The last such place; 0 where there is none. The space at a cut may lie beyond `most`."""
    return max(
        (
            found.end()
            for found in end.finditer(text, 0, most + 1)
            if len(text[: found.end()].rstrip()) <= most
        ),
        default=0,
    )


def _whole(text: str, most: int) -> int:
    """The last place within a word that tears no sign from its marks; `most` where there is none."""
    place = most
    while place > 1 and _belongs(text, place):
        place -= 1
    return most if _belongs(text, place) else place


def _belongs(text: str, place: int) -> bool:
    """Whether what stands at `place` is one sign with what stands before it."""
    before, after = text[place - 1], text[place]
    if _JOINER in (before, after) or unicodedata.category(after) in ("Mn", "Me", "Mc"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # the colour of a skin
        return True
    return _flag(after) and _letters_of_flags(text, place) % 2 == 1


def _letters_of_flags(text: str, place: int) -> int:
    """How many of them stand in a row before `place`: two are a flag."""
    count = 0
    while count < place and _flag(text[place - 1 - count]):
        count += 1
    return count


def _flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _one_each(_: str) -> int:
    return 1


def _utf16(character: str) -> int:
    """In UTF-16 code units: emoji count two."""
    return 2 if character > "\uffff" else 1
