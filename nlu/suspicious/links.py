"""What a link shows of itself; nothing is ever opened."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from content.suspicion import Lookalikes
from nlu.suspicious.hosts import Address, address
from nlu.suspicious.lookalikes import Imitated, imitated, official_of

Trick = Literal["user", "ip", "letters", "gov", "file", "short", "ending"]

GRAVE: frozenset[Trick] = frozenset({"user", "ip", "letters", "gov", "file"})
_CHEAP = """
top xyz vip icu cc click sbs cfd cyou tk ml ga cf gq buzz monster online site website space work loan win bet
fun live rest bond lol club pw su ru cn shop store app link
"""
_CHEAP_ENDINGS = frozenset(_CHEAP.split())
"""Endings that no confirmed address of our list has."""


class Link(msgspec.Struct, frozen=True):
    """A link, looked at. `body` is whose confirmed address it is, `copy` whom it passes itself off as."""

    address: Address
    tricks: tuple[Trick, ...]
    copy: Imitated | None
    body: str | None

    @property
    def grave(self) -> bool:
        return self.copy is not None or not GRAVE.isdisjoint(self.tricks)


def look(written: str, known: Lookalikes) -> Link | None:
    """None where it is no address."""
    one = address(written)
    if one is None or ("." not in one.host and not one.number):
        return None
    body = official_of(one, known)
    return Link(one, () if body else tuple(_tricks(one, known)), imitated(one, known), body)


def _tricks(one: Address, known: Lookalikes) -> list[Trick]:
    found: list[Trick] = []
    if one.user:
        found.append("user")
    if one.number:
        found.append("ip")
    if one.foreign_letters:
        found.append("letters")
    if _false_government(one):
        found.append("gov")
    if one.file:
        found.append("file")
    if one.domain in known.shorteners or one.host in known.shorteners:
        found.append("short")
    elif not one.number and one.ending in _CHEAP_ENDINGS:
        found.append("ending")
    return found


def _false_government(one: Address) -> bool:
    """ "gov" is written into an address that does not end like one of the state."""
    written = any(token in ("gov", "govvn") for token in re.split(r"[.-]", one.host))
    return written and one.ending not in ("gov.vn", "gov")
