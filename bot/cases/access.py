"""The only way across the permission line: an officer reaches the cases that were handed to their agency.

Everything that shows or changes a case for an officer begins with an `access_...` function. What they do not
find does not exist for that officer.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec
from sqlalchemy import ColumnElement, Row, and_, case, false, select

from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, evidence, handoffs

GONE = ("returned", "transferred")
"""States of a hand-off that the agency has passed on: it may still read the case, and see where it went."""


class Acting(Protocol):
    """The officer, as cases need to know them. Somebody with no province or agency reaches nothing."""

    @property
    def id(self) -> int | None: ...
    @property
    def name(self) -> str: ...
    @property
    def province(self) -> str | None: ...
    @property
    def agency(self) -> str | None: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def commune(self) -> str | None: ...


class Held(msgspec.Struct, frozen=True):
    """A case with the officer's own hand-off of it: an active one before one passed on, the lead first."""

    complaint: Row[Any]
    handoff: Row[Any]

    @property
    def leads(self) -> bool:
        return bool(self.handoff.lead) and self.handoff.state not in GONE


def own_handoffs(officer: Acting) -> ColumnElement[bool]:
    """The hand-offs of the officer's agency; of their unit and commune only, where they belong to one."""
    if officer.province is None or officer.agency is None:
        return false()
    conditions = [handoffs.c.province == officer.province, handoffs.c.agency == officer.agency]
    if officer.unit is not None:
        conditions.append(handoffs.c.unit == officer.unit)
    if officer.commune is not None:
        conditions.append(handoffs.c.commune == officer.commune)
    elif officer.agency == "ubnd_xa":
        return false()  # an account of a commune's committee without its commune would see all communes'
    return and_(*conditions)


BEST_FIRST = (case((handoffs.c.state.in_(GONE), 1), else_=0), handoffs.c.lead.desc(), handoffs.c.id.desc())


async def access_case(uow: UnitOfWork, officer: Acting, code: str, *, lock: bool = False) -> Held | None:
    """The case, if it was handed to the officer's agency. `lock` for whoever is going to change it."""
    found = select(complaints).where(complaints.c.code == code)
    if lock:
        found = found.with_for_update()
    complaint = (await uow.execute(found)).one_or_none()
    if complaint is None:
        return None
    own = select(handoffs).where(handoffs.c.complaint_id == complaint.id, own_handoffs(officer))
    handoff = (await uow.execute(own.order_by(*BEST_FIRST).limit(1))).one_or_none()
    return Held(complaint, handoff) if handoff is not None else None


async def access_evidence(uow: UnitOfWork, officer: Acting, code: str, evidence_id: str) -> bool:
    """Whether the file belongs to the case and the case to the officer's agency."""
    held = await access_case(uow, officer, code)
    if held is None:
        return False
    query = select(evidence.c.id).where(
        evidence.c.id == evidence_id, evidence.c.complaint_id == held.complaint.id
    )
    return (await uow.execute(query)).first() is not None
