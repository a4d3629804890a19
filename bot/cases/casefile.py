"""All that an officer reads of one case, on one page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Row, select

from bot.cases import ways
from bot.cases.access import Acting, Held, access_case
from bot.cases.outbox import Account, Outbox, Sent, outbox_of
from bot.cases.records import Details, record
from bot.cases.work import version_of
from bot.delivery.transcript import Line
from bot.storage.database import UnitOfWork
from bot.storage.tables import evidence, handoffs, history, messages, officers
from bot.storage.vault import Vault

__all__ = ["CaseFile", "Event", "File", "Part", "Said", "look_at", "read"]
_LONGEST_TALK = 400


class Part(msgspec.Struct, frozen=True):
    """One agency's part of the case: a row of `handoffs`, with who has it there and why it was passed on."""

    row: Row[Any]
    holder: str | None
    reason: str | None


class Event(msgspec.Struct, frozen=True):
    """A line of the history. `officer` is a name, of the officer's own agency only."""

    actor: str
    action: str
    province: str | None
    agency: str | None
    officer: str | None
    note: str | None
    at: dt.datetime


class Said(msgspec.Struct, frozen=True):
    author: str
    line: Line
    at: dt.datetime
    sent: tuple[Sent, ...] = ()
    """Of an officer's message, by account."""


class File(msgspec.Struct, frozen=True):
    id: str
    content_type: str
    size: int
    at: dt.datetime
    state: str = "kept"
    """Or awaited: it still lies with the messenger; or lost."""


class CaseFile(msgspec.Struct, frozen=True):
    held: Held
    details: Details
    parts: tuple[Part, ...]
    events: tuple[Event, ...]
    talk: tuple[Said, ...]
    files: tuple[File, ...]
    accounts: tuple[Account, ...]
    """Where the consumer reads answers; empty for one who can only be telephoned."""
    version: int
    ways: Mapping[int, tuple[Row[Any], ...]]
    """By hand-off: how it goes out by e-mail and webhook."""
    sent_mark: str
    """Changes whenever something became of a message to the consumer, or of a hand-off on its way."""

    @property
    def sending(self) -> bool:
        return any(sent.state == "sending" for said in self.talk for sent in said.sent)


async def read(uow: UnitOfWork, vault: Vault, officer: Acting, code: str) -> CaseFile | None:
    """The case, if the officer's agency has it."""
    held = await access_case(uow, officer, code)
    if held is None:
        return None
    case_id = held.complaint.id
    outbox, out = await outbox_of(uow, case_id), await ways.of_case(uow, case_id)
    return CaseFile(
        held=held,
        details=vault.open(held.complaint.slots_sealed, Details),
        parts=await _parts(uow, vault, case_id),
        events=await _events(uow, vault, held),
        talk=await _talk(uow, vault, case_id, outbox),
        files=await _files(uow, case_id),
        accounts=outbox.accounts,
        version=await version_of(uow, held),
        ways=out,
        sent_mark=_mark(outbox, out),
    )


async def sent_mark(uow: UnitOfWork, case_id: int) -> str:
    """`CaseFile.sent_mark` as it is now."""
    return _mark(await outbox_of(uow, case_id), await ways.of_case(uow, case_id))


def _mark(outbox: Outbox, out: Mapping[int, tuple[Row[Any], ...]]) -> str:
    told = [f"w{row.id}{row.state[0]}{row.failures}" for rows in out.values() for row in rows]
    return ".".join([outbox.mark, *told])


async def look_at(
    uow: UnitOfWork, vault: Vault, officer: Acting, code: str, *, slot: str, now: dt.datetime
) -> str | None:
    """A masked value in clear. That the officer looked stands in the case's history. The caller commits."""
    held = await access_case(uow, officer, code)
    if held is None:
        return None
    value = vault.open(held.complaint.slots_sealed, Details).slots.get(slot)
    if value is not None:
        await record(
            uow,
            vault,
            complaint_id=held.complaint.id,
            actor="officer",
            action="opened",
            at=now,
            officer_id=officer.id,
            province=held.handoff.province,
            agency=held.handoff.agency,
            note=slot,
        )
    return value


async def _parts(uow: UnitOfWork, vault: Vault, case_id: int) -> tuple[Part, ...]:
    query = (
        select(handoffs, officers.c.name.label("holder"))
        .outerjoin(officers, officers.c.id == handoffs.c.officer_id)
        .where(handoffs.c.complaint_id == case_id)
        .order_by(handoffs.c.lead.desc(), handoffs.c.id)
    )
    rows = (await uow.execute(query)).all()
    return tuple(
        Part(row, row.holder, vault.open(row.reason_sealed, str) if row.reason_sealed else None)
        for row in rows
    )


async def _events(uow: UnitOfWork, vault: Vault, held: Held) -> tuple[Event, ...]:
    query = (
        select(history, officers.c.name.label("officer"))
        .outerjoin(officers, officers.c.id == history.c.officer_id)
        .where(history.c.complaint_id == held.complaint.id)
        .order_by(history.c.id)
    )
    rows = (await uow.execute(query)).all()
    return tuple(_event(vault, held, row) for row in rows if not _private(held, row))


def _private(held: Held, row: Row[Any]) -> bool:
    """Notes are the agency's own, and so is who looked at what."""
    return row.action in ("noted", "opened") and row.actor == "officer" and not _ours(held, row)


def _ours(held: Held, row: Row[Any]) -> bool:
    return bool(row.province == held.handoff.province and row.agency == held.handoff.agency)


def _event(vault: Vault, held: Held, row: Row[Any]) -> Event:
    return Event(
        actor=row.actor,
        action=row.action,
        province=row.province,
        agency=row.agency,
        officer=row.officer if _ours(held, row) else None,
        note=vault.open(row.note_sealed, str) if row.note_sealed else None,
        at=row.at,
    )


async def _talk(uow: UnitOfWork, vault: Vault, case_id: int, outbox: Outbox) -> tuple[Said, ...]:
    """The masked transcript. What was sent to several accounts of the consumer stands there once."""
    query = (
        select(messages.c.author, messages.c.body_sealed, messages.c.at, messages.c.contact_id)
        .where(messages.c.complaint_id == case_id)
        .order_by(messages.c.id.desc())
        .limit(_LONGEST_TALK)
    )
    once: dict[Any, Said] = {}
    for row in reversed((await uow.execute(query)).all()):
        line = vault.open(row.body_sealed, Line)
        sent = outbox.sent(row.contact_id, row.at) if row.author == "officer" else ()
        key = (row.author, line.text, row.at, line.attachments)
        earlier = once[key].sent if key in once else ()
        once[key] = Said(row.author, line, row.at, (*earlier, *sent))
    return tuple(once.values())


async def _files(uow: UnitOfWork, case_id: int) -> tuple[File, ...]:
    query = select(evidence.c.id, evidence.c.content_type, evidence.c.size, evidence.c.at, evidence.c.state)
    rows = (await uow.execute(query.where(evidence.c.complaint_id == case_id).order_by(evidence.c.at))).all()
    return tuple(File(row.id, row.content_type, row.size, row.at, row.state) for row in rows)
