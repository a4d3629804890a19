"""Another agency is brought into a case: its lead does not answer, or nobody reads there (P5, P21)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import Row, select

from actions.routing import Responsibility
from bot.cases import ways
from bot.cases.access import GONE
from bot.cases.filing import Registry, hand_off
from bot.cases.parties import Target, accused_agencies, focal, place
from bot.cases.records import Action, Details, record
from bot.delivery import ledger
from bot.storage.database import UnitOfWork
from bot.storage.tables import handoffs


class BroughtIn(msgspec.Struct, frozen=True):
    """`new`: it did not take part before."""

    who: Responsibility
    new: bool


def stand_in(registry: Registry, complaint: Row[Any]) -> Responsibility | None:
    """The focal agency of the province; the province's committee where the complaint is about that one."""
    catalog, details = registry.catalog, registry.vault.open(complaint.slots_sealed, Details)
    committee = catalog.provinces[complaint.province].routing.committee
    barred = accused_agencies(catalog, complaint.province, complaint.topic, details)
    for target in (
        focal(catalog, complaint.province),
        Target(complaint.province, committee.agency, committee.unit),
    ):
        if target.agency not in barred:
            return place(catalog, target, complaint.topic)
    return None


async def bring_in(
    uow: UnitOfWork,
    registry: Registry,
    complaint: Row[Any],
    action: Action,
    *,
    now: dt.datetime,
) -> BroughtIn | None:
    """The stand-in takes part; where it does already it is told again, also by e-mail. None: none is left."""
    who = stand_in(registry, complaint)
    if who is None:
        return None
    own = await _part(uow, complaint.id, who)
    if own is None:
        await hand_off(uow, registry, complaint.id, complaint.code, who, lead=False, now=now)
    else:
        await remind(uow, registry, complaint, own.id, who, now=now)
    await record(
        uow,
        registry.vault,
        complaint_id=complaint.id,
        actor="system",
        action=action,
        at=now,
        province=who.province,
        agency=who.agency,
    )
    return BroughtIn(who, own is None)


async def remind(
    uow: UnitOfWork,
    registry: Registry,
    complaint: Row[Any],
    handoff_id: int,
    who: Responsibility,
    *,
    now: dt.datetime,
) -> None:
    """Open pages of the agency look again, and its e-mail gets the slip once more; its system is not asked
    twice to take the same case."""
    await ledger.to_agency(
        uow,
        registry.vault,
        province=who.province,
        agency=who.agency,
        text=complaint.code,
        complaint_id=complaint.id,
        now=now,
    )
    reach = ways.reach_of(registry.directory, registry.catalog, registry.settings, who)
    mail = msgspec.structs.replace(reach, webhook=None)
    await ways.queue(uow, handoff_id, who, mail, now=now)


async def _part(uow: UnitOfWork, complaint_id: int, who: Responsibility) -> Row[Any] | None:
    query = select(handoffs).where(
        handoffs.c.complaint_id == complaint_id,
        handoffs.c.province == who.province,
        handoffs.c.agency == who.agency,
        handoffs.c.state.not_in(GONE),
    )
    return (await uow.execute(query.order_by(handoffs.c.unit.is_(None).desc()).limit(1))).one_or_none()
