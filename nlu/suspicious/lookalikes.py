"""Addresses that look like those of a bank or an office and are not (`content/lookalikes.yml`)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

import msgspec

from content.suspicion import Lookalikes, Official
from nlu.suspicious.hosts import Address, skeletons

How = Literal["homoglyph", "typo", "ending", "extra", "inside"]

_ORDINARY = frozenset({"com", "vn", "com.vn", "gov.vn", "org.vn", "net.vn", "edu.vn", "me", "org", "net"})
"""Where no address of a body is confirmed, its bare name under one of these is not spoken of."""
_SHORT, _LONG = 3, 6
"""Letters. Names up to `_SHORT` are ordinary syllables too; only those from `_LONG` on are found anywhere."""


class Imitated(msgspec.Struct, frozen=True):
    """`body` is a key of the list; `how` the first trick that was seen."""

    body: str
    how: How


def official_of(address: Address, known: Lookalikes) -> str | None:
    """Whose confirmed address it is, or a part of."""
    if address.user or address.foreign_letters:
        return None
    for body, one in known.official.items():
        if any(address.host == domain or address.host.endswith(f".{domain}") for domain in one.domains):
            return body
    return None


def imitated(address: Address, known: Lookalikes) -> Imitated | None:
    """The body that the address passes itself off as; None where none is seen or the address is its own."""
    if official_of(address, known) or address.number:
        return None
    found = [
        Imitated(body, how)
        for body, one in known.official.items()
        for word in one.words
        if (how := _how(address, one, word, known.lures)) is not None
    ]
    longest = {body: max(map(len, one.words)) for body, one in known.official.items()}
    return max(found, key=lambda one: (one.how != "typo", longest[one.body]), default=None)


def _how(address: Address, one: Official, word: str, lures: tuple[str, ...]) -> How | None:
    if address.name == word:
        return _bare(address, one, word)
    how = _in_label(address.name, word, lures) if address.name else None
    return how or ("inside" if _names(address, word) else None)


def _bare(address: Address, one: Official, word: str) -> How | None:
    """The very name, under another ending than the confirmed ones."""
    if one.domains:
        told_apart = len(word) > _SHORT or address.ending not in _ORDINARY
        return "ending" if told_apart else None
    return None if address.ending in _ORDINARY else "ending"


def _in_label(label: str, word: str, lures: tuple[str, ...]) -> How | None:
    tokens = re.split(r"[-_]", label)
    joined = "".join(tokens)
    if word in tokens:
        others = [token for token in tokens if token != word]
        lured = any(token in lures or token.isdigit() for token in others)
        return "extra" if lured or len(word) > _SHORT else None
    if _extended(tokens, word, lures) or (len(word) >= _LONG and word in joined):
        return "extra"
    if len(word) > _SHORT and _seen_as(label, word, lures):
        return "homoglyph"
    if len(word) >= _LONG + 1 and any(_one_slip(token, word) for token in {*tokens, joined}):
        return "typo"
    return None


def _extended(tokens: list[str], word: str, lures: tuple[str, ...]) -> bool:
    """ "vcbxacthuc", "bidv24h": the name with a lure or digits right beside it."""
    for token in tokens:
        if token.startswith(word):
            rest = token.removeprefix(word)
        elif token.endswith(word):
            rest = token.removesuffix(word)
        else:
            continue
        if rest in lures or re.fullmatch(r"\d+[a-z]?", rest):
            return True
    return False


def _seen_as(label: str, word: str, lures: tuple[str, ...]) -> bool:
    """Some reading of a hasty eye shows the name where the letters do not."""
    return any(
        word in parts or (len(word) >= _LONG and word in "".join(parts)) or _extended(parts, word, lures)
        for parts in _readings(label)
    )


@lru_cache(maxsize=256)
def _readings(label: str) -> tuple[list[str], ...]:
    return tuple(read.split("-") for read in skeletons(label.replace("_", "-")))


def _names(address: Address, word: str) -> bool:
    """The name, or the confirmed address itself, stands before the part that was bought."""
    before = address.host.removesuffix(address.domain).strip(".") if address.name else ""
    return len(word) > _SHORT and any(word in parts for parts in _readings(before.replace(".", "-")))


def _one_slip(token: str, word: str) -> bool:
    """One letter more, less, other, or two that changed places."""
    if token == word or abs(len(token) - len(word)) > 1:
        return False
    start = 0
    while start < min(len(token), len(word)) and token[start] == word[start]:
        start += 1
    a, b = token[start:], word[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (len(a) > 1 and a[:2] == b[1::-1] and a[2:] == b[2:])
    return a[1:] == b if len(a) > len(b) else a == b[1:]
