"""The name of a spooled file says all that its order needs: when the event came, and whose chat it is of."""

from __future__ import annotations

import heapq
import re
import secrets
from collections import deque
from collections.abc import Iterable
from typing import Self

import msgspec

_NAME = re.compile(r"(\d{17})-([0-9a-f]{32})-([0-9a-f]{8})", re.ASCII)


class Name(msgspec.Struct, frozen=True, order=True):
    """Sorts by arrival; no two are the same."""

    arrived: int
    """Microseconds since 1970; within a chat each is later than those before it, whatever the clock did."""
    chat: str
    """A keyed hash: who it is stays unknown to whoever sees the folder."""
    unique: str

    @classmethod
    def fresh(cls, chat: str, arrived: int) -> Self:
        return cls(arrived, chat, secrets.token_hex(4))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None for what is no name of ours."""
        found = _NAME.fullmatch(text)
        return cls(int(found[1]), found[2], found[3]) if found else None

    def __str__(self) -> str:
        return f"{self.arrived:017d}-{self.chat}-{self.unique}"


class InOrder:
    """Hands out names by arrival, each chat's one after the other: the next of a chat only after `done` with
    the one before. Several workers may ask it."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._chats: dict[str, deque[Name]] = {}
        for name in sorted(names):
            self._chats.setdefault(name.chat, deque()).append(name)
        self._heads = [waiting.popleft() for waiting in self._chats.values()]
        heapq.heapify(self._heads)

    def next(self) -> Name | None:
        """The earliest that may be begun now; None where each chat left is under way, or nothing is left."""
        return heapq.heappop(self._heads) if self._heads else None

    def done(self, name: Name) -> None:
        """Without it, the chat's other names are not handed out any more."""
        waiting = self._chats[name.chat]
        if waiting:
            heapq.heappush(self._heads, waiting.popleft())
