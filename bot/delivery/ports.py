"""Between the channels and the rest: what comes in, what goes out, what a channel is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from litestar.types import ControllerRouterHandler


class Upload(msgspec.Struct, frozen=True):
    """A file that came with an event: already checked by the channel for size, not yet for type."""

    data: bytes
    file_name: str = ""


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """One verified event of one person on one channel.

    `event_id` is the platform's own id, unique within the channel: a repeat has no second effect.
    Exactly what the person said is in `text` (a typed message) or `payload` (a choice; `text` then holds its
    label).
    """

    channel: str
    event_id: str
    address: str
    at: dt.datetime
    text: str = ""
    payload: str | None = None
    uploads: tuple[Upload, ...] = ()
    forwarded: bool = False
    location: tuple[float, float] | None = None
    shared_phone: str | None = None
    display_name: str | None = None
    language: str | None = None


class OutgoingChoice(msgspec.Struct, frozen=True):
    label: str
    payload: str


class Outgoing(msgspec.Struct, frozen=True):
    """One message of the ledger, as a channel gets it. Plain text; the channel escapes and splits."""

    text: str
    choices: tuple[OutgoingChoice, ...] = ()
    sender: str | None = None
    """The agency's name where an officer speaks; None where the bot does."""


class Limits(msgspec.Struct, frozen=True):
    """What one message of the channel can carry."""

    text: int
    """Characters."""
    choices: int
    numbered: bool = False
    """Choices are written into the text with numbers, because the channel has no buttons."""


class Receipt(StrEnum):
    """What became of an inbound event. Only after commit, so the platform may get its 200."""

    DONE = "done"
    REPEATED = "repeated"
    DEAD = "dead"
    """The turn failed; the event is kept for an administrator and the person was told."""


class Intake(Protocol):
    """Where channels hand in what they have verified."""

    async def accept(self, inbound: Inbound) -> Receipt:
        """Raises `Unavailable` when nothing could be kept: the platform gets a 503 and tries again."""
        ...


class Unavailable(Exception):
    """The database cannot be reached: nothing of the event is kept."""


class SendFailed(Exception):
    """A send that did not work, in the words that the ledger needs.

    `retry`: worth another try. `our_fault`: an operator can mend it. `stop`: the person has gone; no more
    messages to this contact. `uncertain`: the platform may have accepted it.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry: bool,
        our_fault: bool = False,
        stop: bool = False,
        uncertain: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry
        self.our_fault = our_fault
        self.stop = stop
        self.uncertain = uncertain
        self.retry_after = retry_after


class Channel(Protocol):
    """A way to reach people: verify, parse, send; nothing else."""

    name: str
    limits: Limits

    def routes(self) -> Sequence[ControllerRouterHandler]:
        """Its HTTP routes, each answering only after `Intake.accept`."""
        ...

    async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:
        """Sends; returns the platform's message id where it gives one. Raises SendFailed."""
        ...
