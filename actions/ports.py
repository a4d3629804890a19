"""What actions need from the world, as protocols. `bot` implements them; in a turn they all write into its
one transaction."""

from __future__ import annotations

import datetime as dt
from typing import Literal, Protocol

import msgspec

from nlu.understanding import Understanding

CaseState = Literal["open", "accepted", "asked", "resolved", "withdrawn"]


class AgencyName(msgspec.Struct, frozen=True):
    """An agency as a consumer reads it, with why it is responsible."""

    agency: str
    unit: str | None
    name: str
    clauses: tuple[str, ...]
    basis: Literal["named", "field", "focal", "law"]
    commune: str | None = None
    """The commune's name, for `ubnd_xa`."""
    law: str | None = None
    """The act, where the basis is a law and no clause of the plan."""


class ComplaintDraft(msgspec.Struct, frozen=True):
    """A form that the consumer has agreed to send."""

    kind: Literal["complaint", "request"]
    province: str
    topic: str
    urgent: bool
    vulnerable: bool
    slots: dict[str, str]
    said: dict[str, str]
    attachments: tuple[str, ...]
    conditions: frozenset[str]
    commune: str | None
    """Code of the commune of residence."""
    incident_commune: str | None
    for_someone_else: bool
    talk_since: dt.datetime
    """The masked transcript since then belongs to the complaint."""


class CaseView(msgspec.Struct, frozen=True):
    """A complaint as its consumer may see it."""

    code: str
    topic: str
    province: str
    state: CaseState
    lead: AgencyName
    coordinating: tuple[AgencyName, ...]
    due: dt.date | None
    by_law: bool
    """The date is a time limit of the law; otherwise the province's own target."""
    filed_at: dt.datetime
    answer: str | None = None
    """The officer's last word to the consumer."""


class Filed(msgspec.Struct, frozen=True):
    """`secret` is shown once and kept only as a keyed hash: with the code it opens the case from anywhere."""

    case: CaseView
    secret: str


class Locked(msgspec.Struct, frozen=True):
    """Too many wrong secrets were typed for a case: whatever is typed, it stays shut until then."""

    until: dt.datetime
    """In Viet Nam's time."""


class CaseBook(Protocol):
    """The complaints of the contact that is speaking."""

    @property
    def handed_off(self) -> bool:
        """Whether something of this turn goes to an agency."""
        ...

    async def file(self, draft: ComplaintDraft) -> Filed: ...

    async def mine(self) -> list[CaseView]:
        """Newest first, also those opened here by code and secret."""
        ...

    async def open(self, code: str, secret: str) -> CaseView | Locked | None:
        """The case, now also followed from this contact; None for a wrong pair."""
        ...

    async def add_evidence(self, code: str, attachments: tuple[str, ...], note: str) -> bool: ...

    async def answer_officer(self, code: str, text: str, attachments: tuple[str, ...]) -> None: ...

    async def rate(self, code: str, helped: bool) -> None: ...

    async def withdraw(self, code: str) -> bool: ...

    async def reported(self, numbers: tuple[str, ...]) -> dict[str, int]:
        """Telephone or account number -> how many other consumers complained of it; only two and more."""
        ...


class Subscriptions(Protocol):
    async def subscribe(self) -> bool:
        """False if the contact was subscribed already."""
        ...

    async def unsubscribe(self) -> bool: ...

    async def subscribed(self) -> bool: ...


class DataSummary(msgspec.Struct, frozen=True):
    """What is kept about the contact, counted."""

    messages: int
    complaints: tuple[str, ...]
    subscribed: bool
    since: dt.datetime
    for_learning: int = 0
    """Of the messages, those kept for training."""


class PersonalData(Protocol):
    async def summary(self) -> DataSummary: ...

    async def delete(self) -> str:
        """Deletes everything but complaints under way; returns the receipt number.

        Complaints that an agency is working on are withdrawn first by the person or end by themselves
        (promise P24).
        """
        ...

    async def allow_learning(self, allowed: bool) -> None:
        """The person's own choice about messages that were not understood; a "no" deletes those kept."""
        ...

    async def keep_for_learning(self, understanding: Understanding) -> None:
        """Keeps the message, masked, where the person allows it."""
        ...


class Ports(msgspec.Struct, frozen=True):
    cases: CaseBook
    subscriptions: Subscriptions
    personal_data: PersonalData
