"""A case goes to another lead: there is always exactly one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Row, select, update

from actions.agencies import named
from actions.routing import Responsibility
from bot.cases import outreach
from bot.cases.access import GONE
from bot.cases.filing import Registry, announce, hand_off, manned
from bot.cases.parties import focal, place
from bot.delivery.ports import OutgoingChoice
from bot.storage.database import UnitOfWork
from bot.storage.tables import handoffs
from content.schema import Language


async def hand_over(
    uow: UnitOfWork,
    registry: Registry,
    complaint: Row[Any],
    who: Responsibility,
    *,
    reason: str,
    sender: str,
    now: dt.datetime,
) -> int:
    """Makes `who` the lead, whether it took part already or not, and tells it and the consumer.

    `sender` is the name of the agency that passes the case on; its hand-off must have been closed before.
    Returns how many accounts of the consumer were told.
    """
    taking_part = await _part(uow, complaint.id, who)
    if taking_part is None:
        await hand_off(
            uow,
            registry,
            complaint.id,
            complaint.code,
            who,
            lead=True,
            now=now,
        )
    else:
        row = handoffs.c.id == taking_part.id
        fresh = {"lead": True, "state": "new", "officer_id": None, "updated_at": now, "seen_at": None}
        await uow.execute(update(handoffs).where(row).values(**fresh))
        await announce(uow, registry, taking_part.id, complaint.id, complaint.code, who, now=now)
    await _stand_in(uow, registry, complaint, who, now)
    return await _tell(uow, registry, complaint, who, reason=reason, sender=sender, now=now)


async def _part(uow: UnitOfWork, complaint_id: int, who: Responsibility) -> Row[Any] | None:
    """The agency's open hand-off of the case."""
    query = select(handoffs).where(
        handoffs.c.complaint_id == complaint_id,
        handoffs.c.province == who.province,
        handoffs.c.agency == who.agency,
        handoffs.c.unit.is_not_distinct_from(who.unit),
        handoffs.c.commune.is_not_distinct_from(who.commune.code if who.commune else None),
        handoffs.c.state.not_in(GONE),
    )
    return (await uow.execute(query.limit(1))).one_or_none()


async def _stand_in(
    uow: UnitOfWork, registry: Registry, complaint: Row[Any], who: Responsibility, now: dt.datetime
) -> None:
    """Where nobody can be reached at the new lead, the focal agency takes part (P5), as it does at filing."""
    first = place(registry.catalog, focal(registry.catalog, who.province), complaint.topic)
    if first is None or first.agency == who.agency or await manned(uow, who):
        return
    if await _part(uow, complaint.id, first) is None:
        await hand_off(
            uow,
            registry,
            complaint.id,
            complaint.code,
            first,
            lead=False,
            now=now,
        )


async def _tell(
    uow: UnitOfWork,
    registry: Registry,
    complaint: Row[Any],
    who: Responsibility,
    *,
    reason: str,
    sender: str,
    now: dt.datetime,
) -> int:
    catalog = registry.catalog

    def write(language: Language) -> tuple[str, tuple[OutgoingChoice, ...]]:
        agency = named(catalog, language, who).name
        return catalog.say(
            language, "cases.transferred", code=complaint.code, agency=agency, reason=reason
        ), ()

    return await outreach.tell(uow, registry, complaint_id=complaint.id, write=write, sender=sender, now=now)
