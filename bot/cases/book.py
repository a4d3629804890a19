"""The case book: what a consumer may do with complaints, inside the turn's transaction."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import Row, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from actions.agencies import named
from actions.ports import AgencyName, CaseView, ComplaintDraft, Filed, Locked
from bot.cases import deadlines
from bot.cases.evidence import attach
from bot.cases.filing import Registry, file, secret_hash
from bot.cases.parties import responsibility
from bot.cases.records import Action, Details, record
from bot.cases.reported import counts
from bot.clock import VIETNAM
from bot.delivery import ledger
from bot.storage.database import UnitOfWork
from bot.storage.tables import case_followers, complaints, handoffs, messages
from content.schema import Language

_WRONG_SECRETS = 5
_LOCK = dt.timedelta(hours=1)
LIVE = ("open", "accepted", "asked")
"""States of a complaint that an agency works on."""
_MINE = 20


class ContactCases:
    """Implements `actions.ports.CaseBook` for one contact in one turn."""

    def __init__(
        self, uow: UnitOfWork, registry: Registry, *, contact_id: int, language: Language, now: dt.datetime
    ) -> None:
        self._uow = uow
        self._registry = registry
        self._contact_id = contact_id
        self._language = language
        self._now = now
        self.handed_off = False

    async def file(self, draft: ComplaintDraft) -> Filed:
        self.handed_off = True
        return await file(
            self._uow,
            self._registry,
            draft,
            now=self._now,
            language=self._language,
            contact_id=self._contact_id,
        )

    async def mine(self) -> list[CaseView]:
        query = (
            select(complaints)
            .join(case_followers, case_followers.c.complaint_id == complaints.c.id)
            .where(case_followers.c.contact_id == self._contact_id)
            .order_by(complaints.c.filed_at.desc())
            .limit(_MINE)
        )
        rows = (await self._uow.execute(query)).all()
        return [await self._view(row) for row in rows]

    async def open(self, code: str, secret: str) -> CaseView | Locked | None:
        """Five wrong secrets lock the case for an hour, so that codes cannot be tried out: until then the
        right one opens nothing either, and nobody learns that it was right."""
        query = select(complaints).where(complaints.c.code == code).with_for_update()
        row = (await self._uow.execute(query)).first()
        if row is None:
            return None
        if row.locked_until is not None and row.locked_until > self._now:
            return Locked(row.locked_until.astimezone(VIETNAM))
        if row.secret_hash != secret_hash(self._registry.vault, code, secret):
            return await self._wrong_secret(row)
        await self._uow.execute(update(complaints).where(complaints.c.id == row.id).values(wrong_secrets=0))
        following = {"complaint_id": row.id, "contact_id": self._contact_id, "since": self._now}
        await self._uow.execute(insert(case_followers).on_conflict_do_nothing(), following)
        return await self._view(row)

    async def _wrong_secret(self, row: Row[Any]) -> Locked | None:
        wrong = row.wrong_secrets + 1
        until = self._now + _LOCK if wrong >= _WRONG_SECRETS else None
        await self._uow.execute(
            update(complaints)
            .where(complaints.c.id == row.id)
            .values(wrong_secrets=0 if until else wrong, locked_until=until)
        )
        return None if until is None else Locked(until.astimezone(VIETNAM))

    async def add_evidence(self, code: str, attachments: tuple[str, ...], note: str) -> bool:
        row = await self._own(code)
        if row is None or row.state not in LIVE:
            return False
        await attach(self._uow, attachments, complaint_id=row.id, contact_id=self._contact_id)
        await self._take_line(row)
        await self._tell_agencies(row, "evidence", note or None)
        return True

    async def answer_officer(self, code: str, text: str, attachments: tuple[str, ...]) -> None:
        row = await self._own(code)
        if row is None:
            return
        await attach(self._uow, attachments, complaint_id=row.id, contact_id=self._contact_id)
        await self._uow.execute(
            update(complaints)
            .where(complaints.c.id == row.id, complaints.c.state == "asked")
            .values(
                state="accepted",
                updated_at=self._now,
                **deadlines.going_on(self._registry.settings, row, self._now),
            )
        )
        await self._take_line(row)
        await self._tell_agencies(row, "reply", text or None, lead_only=True)

    async def rate(self, code: str, helped: bool) -> None:
        row = await self._own(code)
        if row is None or row.state != "resolved" or row.helped == helped:
            return
        await self._uow.execute(update(complaints).where(complaints.c.id == row.id).values(helped=helped))
        await self._tell_agencies(row, "rated", "1" if helped else "0", lead_only=True)

    async def withdraw(self, code: str) -> bool:
        row = await self._own(code)
        if row is None or row.state not in LIVE:
            return False
        values = {"state": "withdrawn", "updated_at": self._now, "resolved_at": self._now}
        await self._uow.execute(update(complaints).where(complaints.c.id == row.id).values(**values))
        await self._tell_agencies(row, "withdrawn", None)
        return True

    async def reported(self, numbers: tuple[str, ...]) -> dict[str, int]:
        return await counts(self._uow, self._registry.vault, numbers, asker=self._contact_id)

    async def _take_line(self, row: Row[Any]) -> None:
        """What the person says in this turn belongs to the case's talk."""
        await self._uow.execute(
            update(messages)
            .where(messages.c.contact_id == self._contact_id, messages.c.at == self._now)
            .values(complaint_id=row.id)
        )

    async def _own(self, code: str) -> Row[Any] | None:
        """The complaint, locked, if this contact follows it."""
        query = (
            select(complaints)
            .join(case_followers, case_followers.c.complaint_id == complaints.c.id)
            .where(case_followers.c.contact_id == self._contact_id, complaints.c.code == code)
            .with_for_update(of=complaints)
        )
        return (await self._uow.execute(query)).first()

    async def _tell_agencies(
        self, row: Row[Any], action: Action, note: str | None, lead_only: bool = False
    ) -> None:
        self.handed_off, vault = True, self._registry.vault
        await record(
            self._uow, vault, complaint_id=row.id, actor="consumer", action=action, at=self._now, note=note
        )
        query = select(handoffs.c.province, handoffs.c.agency).where(
            handoffs.c.complaint_id == row.id, handoffs.c.state.not_in(("returned", "transferred"))
        )
        if lead_only:
            query = query.where(handoffs.c.lead)
        for part in (await self._uow.execute(query)).all():
            await ledger.to_agency(
                self._uow,
                vault,
                province=part.province,
                agency=part.agency,
                text=row.code,
                complaint_id=row.id,
                now=self._now,
            )

    async def _view(self, row: Row[Any]) -> CaseView:
        query = select(handoffs).where(
            handoffs.c.complaint_id == row.id, handoffs.c.state.not_in(("returned", "transferred"))
        )
        parts = (await self._uow.execute(query.order_by(handoffs.c.lead.desc(), handoffs.c.id))).all()
        details = self._registry.vault.open(row.slots_sealed, Details)
        return CaseView(
            code=row.code,
            topic=row.topic,
            province=row.province,
            state=row.state,
            lead=self._named(parts[0]),
            coordinating=tuple(self._named(part) for part in parts[1:]),
            due=row.due_at.astimezone(VIETNAM).date(),
            by_law=row.by_law,
            filed_at=row.filed_at,
            answer=details.answer,
        )

    def _named(self, part: Row[Any]) -> AgencyName:
        catalog = self._registry.catalog
        return named(catalog, self._language, responsibility(catalog, part))


class Awaited(msgspec.Struct, frozen=True):
    """Codes of the newest cases that wait for a word of this contact."""

    asked: str | None = None
    """An officer asked something."""
    unrated: str | None = None
    """It was resolved, and whether that helped was not said yet."""


async def awaited(uow: UnitOfWork, contact_id: int) -> Awaited:
    query = (
        select(complaints.c.code, complaints.c.state)
        .join(case_followers, case_followers.c.complaint_id == complaints.c.id)
        .where(
            case_followers.c.contact_id == contact_id,
            or_(
                complaints.c.state == "asked",
                and_(complaints.c.state == "resolved", complaints.c.helped.is_(None)),
            ),
        )
        .order_by(complaints.c.updated_at)
        .limit(_MINE)
    )
    newest = {row.state: row.code for row in (await uow.execute(query)).all()}
    return Awaited(asked=newest.get("asked"), unrated=newest.get("resolved"))


async def counted(uow: UnitOfWork, contact_id: int) -> tuple[str, ...]:
    """Codes of the complaints that the contact follows."""
    query = (
        select(func.array_agg(complaints.c.code))
        .join(case_followers, case_followers.c.complaint_id == complaints.c.id)
        .where(case_followers.c.contact_id == contact_id)
    )
    return tuple((await uow.execute(query)).scalar_one() or ())
