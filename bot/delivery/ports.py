"""Between the channels and the rest: what comes in, what goes out, what a channel is."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import msgspec

if TYPE_CHECKING:
    from litestar.types import ControllerRouterHandler


class Upload(msgspec.Struct, frozen=True):
    """A file that came with an event: already checked by the channel for size, not yet for type."""

    data: bytes
    file_name: str = ""


class Media(msgspec.Struct, frozen=True):
    """A file that still lies with the platform: fetched soon, by a row of its own (`bot.cases.fetching`).

    `reference` is what the channel's `fetch` needs: a file id, a link. `size` in bytes, where it is told.
    """

    reference: str
    file_name: str = ""
    size: int | None = None


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """One verified event of one person on one channel. A sticker or the like is one without any content.

    `event_id` is the platform's own id, unique within the channel: a repeat has no second effect.
    Exactly what the person said is in `text` (a typed message) or `payload` (a choice; `text` then holds its
    label, or nothing where the platform tells only the payload).
    """

    channel: str
    event_id: str
    address: str
    at: dt.datetime
    text: str = ""
    payload: str | None = None
    uploads: tuple[Upload, ...] = ()
    media: tuple[Media, ...] = ()
    forwarded: bool = False
    location: tuple[float, float] | None = None
    shared_phone: str | None = None
    display_name: str | None = None
    language: str | None = None


class Signal(StrEnum):
    """What a person does to the account itself instead of saying something."""

    LEFT = "left"
    """Blocked us, unfollowed, deleted the account: nothing more is sent, the subscription ends."""
    RETURNED = "returned"
    """Unblocked us: answers may be sent again; the subscription does not come back by itself."""
    WITHDREW = "withdrew"
    """Withdrew the consent that the platform keeps: the data goes, as with "delete my data"."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A verified signal of one person on one channel."""

    channel: str
    event_id: str
    address: str
    signal: Signal


class Want(msgspec.Struct, frozen=True):
    """Something that the channel may ask the person for with a button of its own, beside typing it."""

    kind: Literal["phone", "place"]
    label: str


class OutgoingChoice(msgspec.Struct, frozen=True):
    label: str
    payload: str


class Outgoing(msgspec.Struct, frozen=True):
    """One message of the ledger, as a channel gets it: fitted to its limits (`bot.delivery.fit`), plain text;
    the channel escapes."""

    text: str
    choices: tuple[OutgoingChoice, ...] = ()
    sender: str | None = None
    """The agency's name where an officer speaks; None where the bot does."""
    want: Want | None = None
    picture: bytes | None = None
    """JPEG or PNG, at most 1 MB; the text is its caption."""


class Limits(msgspec.Struct, frozen=True):
    """What one message of the channel can carry."""

    text: int
    """Characters; where `utf16`, UTF-16 code units."""
    choices: int
    """Buttons."""
    numbered: bool = False
    """Choices are written into the text with numbers: there are no buttons, or not on every device."""
    utf16: bool = False
    wants: frozenset[str] = frozenset()
    """The kinds of `Want` that it has buttons for."""
    want_apart: bool = False
    """A want takes a message of its own."""
    media_bytes: int = 10_000_000
    """The largest file that can be fetched from the platform."""


class Receipt(StrEnum):
    """What became of an inbound event. Only once it is kept, so the platform may get its 200."""

    DONE = "done"
    REPEATED = "repeated"
    DEAD = "dead"
    """The turn failed; the event is kept for an administrator and the person was told."""
    SPOOLED = "spooled"
    """The database is away; the event lies safe on the disk and is taken up later."""


class Intake(Protocol):
    """Where channels hand in what they have verified."""

    async def accept(self, inbound: Inbound) -> Receipt:
        """Raises `Unavailable` when nothing could be kept: the platform gets a 503 and tries again."""
        ...

    async def notice(self, notice: Notice) -> Receipt:
        """Raises `Unavailable`, as `accept` does."""
        ...


class Unavailable(Exception):
    """Neither database nor spool can be reached: nothing of the event is kept."""


class SendFailed(Exception):
    """A send that did not work, in the words that the ledger needs.

    `retry`: worth another try. `our_fault`: an operator can mend it. `stop`: the person has gone; no more
    messages to this contact. `uncertain`: the platform may have accepted it. `hold`: the platform takes
    nothing for this person until they write again; it waits and goes with their next message.
    `retry_after`: seconds that the platform asks for; it counts for this chat, or (`whole_channel`) for all.
    `not_before`: seconds that count for this message alone. With both `hold` and `retry` a broadcast, which
    waits for nobody, is tried again.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry: bool,
        our_fault: bool = False,
        stop: bool = False,
        uncertain: bool = False,
        hold: bool = False,
        retry_after: float | None = None,
        not_before: float | None = None,
        whole_channel: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry
        self.our_fault = our_fault
        self.stop = stop
        self.uncertain = uncertain
        self.hold = hold
        self.retry_after = retry_after
        self.not_before = not_before
        self.whole_channel = whole_channel


class FetchFailed(Exception):
    """A file that could not be fetched from the platform. `retry`: worth another try."""

    def __init__(self, reason: str, *, retry: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry


Finding = tuple[Literal["ok", "warn", "fail"], str]
"""What a look at the platform brought, in one sentence for an operator."""


class Channel(Protocol):
    """A way to reach people: verify, parse, send; nothing else."""

    name: str
    limits: Limits

    def connect(self, intake: Intake) -> None:
        """Until then every event gets a 503."""
        ...

    def routes(self) -> Sequence[ControllerRouterHandler]:
        """Its HTTP routes, each answering only after the intake has committed."""
        ...

    async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:
        """Sends; returns the platform's message id where it gives one. Raises SendFailed."""
        ...

    async def fetch(self, reference: str, limit: int) -> bytes:
        """The bytes of a `Media`, at most `limit` of them. Raises FetchFailed."""
        ...

    async def run(self, stop: asyncio.Event) -> None:
        """What it does of itself until `stop` is set (polling, renewing tokens); may end at once. Every
        process with a worker runs it: what only one may do is held by `bot.storage.leases`."""
        ...

    async def check(self) -> list[Finding]:
        """Asks the platform itself whether it works as it is set up (`ntd doctor --live`). Raises nothing
        that the platform may cause; needs neither an intake nor `run`."""
        ...

    async def close(self) -> None:
        """Ends its connections."""
        ...


@runtime_checkable
class TellsRate(Protocol):
    """A channel whose platform tells with its answers how fast it may be called."""

    def rate_told(self) -> tuple[int, int] | None:
        """Calls allowed within the pacing's seconds, and how many of them are left; None until it is told."""
        ...


class Post(msgspec.Struct, frozen=True):
    """A request to our own webhook, as the platform would make it."""

    path: str
    body: bytes
    headers: dict[str, str]


@runtime_checkable
class HasCanary(Protocol):
    """A channel that can make an event of its own platform, proof included (`bot.health.canary`)."""

    def canary_address(self) -> str | None:
        """The one contact that is written to; None where none is configured."""
        ...

    def canary(self, address: str, text: str, now: dt.datetime) -> Post:
        """The event of this text, with an id that no other has."""
        ...


@runtime_checkable
class HasFigures(Protocol):
    """A channel with figures of its own for `/health/ready`: how much of a plan is used, say."""

    async def figures(self) -> dict[str, object]: ...
