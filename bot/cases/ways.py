"""The ways out of a hand-off besides the console: e-mail and webhook, one row each (sent by `bot.handoff`).

No way waits for another, and none hides what became of another: a hand-off that was mailed and whose webhook
fails is both, side by side (P9). The console itself needs no row here: the hand-off's own row is the queue.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec
from prometheus_client import Gauge
from sqlalchemy import Row, case, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from actions.routing import Responsibility
from bot.cases.directory import Directory, Reach
from bot.settings import Settings
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, handoff_ways, handoffs
from content.catalog import Catalog
from content.listings import listing_of

WAITING = "handoff_ways"
"""The topic by which workers hear of rows that are due."""

_QUEUED = Gauge("ntd_handoffs_queued", "Hand-offs by e-mail and webhook that wait for a try")
_STUCK = Gauge("ntd_handoffs_stuck", "Those of them of which a person was told that they do not get through")

ENDED, PASSED_ON, NO_ADDRESS = "ended", "passed_on", "no_address"
"""Why a row was stopped: nothing is left to be done with the case, somebody else has it now, nobody says
where to any more."""


class Stuck(msgspec.Struct, frozen=True):
    """A hand-off that does not get through, as officers and administrators are told it; no personal data."""

    code: str
    province: str
    agency: str
    unit: str | None
    commune: str | None
    way: str
    failures: int
    reason: str | None
    since: dt.datetime


def reach_of(directory: Directory, catalog: Catalog, settings: Settings, who: Responsibility) -> Reach:
    """The contacts file's word; with `NTD_HANDOFF_LISTED_EMAIL` also the address of the listings."""
    part = who.commune.code if who.commune else who.unit
    reach = directory.reach(who.province, who.agency, part)
    if reach.email or not settings.handoff_listed_email:
        return reach
    listing = listing_of(catalog, who.province, who.agency, part)
    return msgspec.structs.replace(reach, email=(listing.email if listing else "") or None)


async def queue(
    uow: UnitOfWork, handoff_id: int, who: Responsibility, reach: Reach, *, now: dt.datetime
) -> list[int]:
    """One row for each way by which the agency is reached, in the transaction of the hand-off."""
    part = who.commune.code if who.commune else who.unit
    target = "/".join(filter(None, (who.province, who.agency, part)))
    if reach.ways:
        await uow.notify(WAITING)
    return [await _insert(uow, handoff_id, way, target, now) for way in reach.ways]


async def _insert(uow: UnitOfWork, handoff_id: int, way: str, target: str, now: dt.datetime) -> int:
    row = {
        "handoff_id": handoff_id,
        "way": way,
        "target": target,
        "key": f"ho_{secrets.token_hex(16)}",
        "created_at": now,
        "due_at": now,
    }
    return int((await uow.execute(insert(handoff_ways).returning(handoff_ways.c.id), row)).scalar_one())


async def of_case(uow: UnitOfWork, complaint_id: int) -> Mapping[int, tuple[Row[Any], ...]]:
    """Hand-off -> its ways: of each the row that waits, the first of several, otherwise the newest one."""
    waits = case((handoff_ways.c.state == "queued", handoff_ways.c.id))
    query = (
        select(handoff_ways)
        .join(handoffs, handoffs.c.id == handoff_ways.c.handoff_id)
        .where(handoffs.c.complaint_id == complaint_id)
        .ext(distinct_on(handoff_ways.c.handoff_id, handoff_ways.c.way))
        .order_by(
            handoff_ways.c.handoff_id, handoff_ways.c.way, waits.asc().nulls_last(), handoff_ways.c.id.desc()
        )
    )
    found: dict[int, tuple[Row[Any], ...]] = defaultdict(tuple)
    for row in (await uow.execute(query)).all():
        found[row.handoff_id] += (row,)
    return found


async def again(uow: UnitOfWork, complaint_id: int, way_id: int, now: dt.datetime) -> bool:
    """Tries a way of the case at once, whatever became of it; False where the case has no such way.

    What was sent goes as a message of its own, or the receiver would take it for a repeat.
    """
    query = (
        select(handoff_ways)
        .join(handoffs, handoffs.c.id == handoff_ways.c.handoff_id)
        .where(handoff_ways.c.id == way_id, handoffs.c.complaint_id == complaint_id)
        .with_for_update(of=handoff_ways)
    )
    row = (await uow.execute(query)).one_or_none()
    if row is None:
        return False
    await uow.notify(WAITING)
    if row.state == "sent":
        await _insert(uow, row.handoff_id, row.way, row.target, now)
        return True
    fresh = {"state": "queued", "due_at": now, "ended_at": None}
    await uow.execute(update(handoff_ways).where(handoff_ways.c.id == way_id).values(**fresh))
    return True


async def stuck(uow: UnitOfWork, *, province: str | None = None, limit: int = 100) -> list[Stuck]:
    """Those of which a person is told (P7), the oldest first."""
    query = (
        select(
            complaints.c.code,
            handoffs.c.province,
            handoffs.c.agency,
            handoffs.c.unit,
            handoffs.c.commune,
            handoff_ways.c.way,
            handoff_ways.c.failures,
            handoff_ways.c.reason,
            handoff_ways.c.created_at.label("since"),
        )
        .select_from(handoff_ways)
        .join(handoffs, handoffs.c.id == handoff_ways.c.handoff_id)
        .join(complaints, complaints.c.id == handoffs.c.complaint_id)
        .where(handoff_ways.c.state == "queued", handoff_ways.c.told_at.is_not(None))
        .order_by(handoff_ways.c.created_at, handoff_ways.c.id)
        .limit(limit)
    )
    if province is not None:
        query = query.where(handoffs.c.province == province)
    return [Stuck(**row._mapping) for row in (await uow.execute(query)).all()]


class Counts(msgspec.Struct, frozen=True):
    """Rows that wait for a try, and those of them of which a person was told."""

    queued: int
    stuck: int


async def counts(uow: UnitOfWork) -> Counts:
    """Also sets what `/metrics` of this process tells."""
    told = handoff_ways.c.told_at.is_not(None)
    columns = (func.count().label("queued"), func.count().filter(told).label("stuck"))
    row = (await uow.execute(select(*columns).where(handoff_ways.c.state == "queued"))).one()
    _QUEUED.set(row.queued)
    _STUCK.set(row.stuck)
    return Counts(row.queued, row.stuck)
