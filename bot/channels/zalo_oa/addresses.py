"""How people are addressed: a user id of this OA, or a visitor of a website who is not logged in."""

from __future__ import annotations

import re

import msgspec

_ID = re.compile(r"[A-Za-z0-9_.=-]{1,100}")
_VISITOR = "anon"


class Visitor(msgspec.Struct, frozen=True):
    id: str
    conversation: str


def is_id(text: str) -> bool:
    """Ids are kept as strings: they grow past what a JSON number carries."""
    return _ID.fullmatch(text) is not None


def of_visitor(id_: str, conversation: str) -> str:
    return f"{_VISITOR}:{id_}:{conversation}"


def visitor(address: str) -> Visitor | None:
    """None for an ordinary user."""
    parts = address.split(":")
    return Visitor(parts[1], parts[2]) if len(parts) == 3 and parts[0] == _VISITOR else None
