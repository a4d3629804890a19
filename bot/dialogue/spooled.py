"""An event as it waits in the spool: what came, and when."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

import msgspec

from bot.delivery.ports import Inbound, Notice, Receipt


class Turns(Protocol):
    """What takes events in: the engine."""

    async def accept(self, inbound: Inbound, *, arrived: dt.datetime | None = None) -> Receipt: ...

    async def notice(self, notice: Notice, *, arrived: dt.datetime | None = None) -> Receipt: ...


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the two. Fields may be added with defaults; whatever else changes needs another head of the file
    (`bot.spool.store.HEAD`)."""

    arrived: dt.datetime
    inbound: Inbound | None = None
    notice: Notice | None = None

    @property
    def chat(self) -> str:
        """Within which order counts."""
        came = self.inbound or self.notice
        return f"{came.channel}\0{came.address}" if came else ""

    async def go(self, turns: Turns, *, waited: bool) -> Receipt:
        """Its turn; where it `waited`, as it would have been then. Raises what the engine raises."""
        arrived = self.arrived if waited else None
        if self.inbound is not None:
            return await turns.accept(self.inbound, arrived=arrived)
        if self.notice is not None:
            return await turns.notice(self.notice, arrived=arrived)
        raise ValueError("an event without content")


def encode(event: Event) -> bytes:
    return msgspec.msgpack.encode(event)


def decode(content: bytes) -> Event:
    """Raises msgspec.MsgspecError."""
    event = msgspec.msgpack.decode(content, type=Event)
    if (event.inbound is None) == (event.notice is None):
        raise msgspec.ValidationError("an event is one thing")
    return event
