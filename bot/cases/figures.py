"""How much lies where, for whoever runs the product: figures only, nothing of what consumers wrote."""

from __future__ import annotations

import datetime as dt

import msgspec
from sqlalchemy import and_, func, or_, select

from bot.cases import deadlines
from bot.cases.queue import LIVE
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, deliveries, handoffs


class Load(msgspec.Struct, frozen=True):
    """An agency's live hand-offs. `late`: those it leads and whose time is over. `urgent_new`: nobody took
    them yet."""

    province: str
    agency: str
    unit: str | None
    commune: str | None
    live: int
    new: int
    waiting: int
    late: int
    urgent_new: int


class Undelivered(msgspec.Struct, frozen=True):
    """Messages that did not get out, by channel; without those that wait for the person to write."""

    channel: str
    kind: str
    retrying: int
    failed: int


async def loads(uow: UnitOfWork, now: dt.datetime) -> list[Load]:
    """Every agency with live hand-offs; late ones first."""
    late = and_(handoffs.c.lead, deadlines.late(complaints.c, now))
    new = handoffs.c.state == "new"
    where = (handoffs.c.province, handoffs.c.agency, handoffs.c.unit, handoffs.c.commune)
    query = (
        select(
            *where,
            func.count().label("live"),
            func.count().filter(new).label("new"),
            func.count().filter(complaints.c.state == "asked").label("waiting"),
            func.count().filter(late).label("late"),
            func.count().filter(and_(new, complaints.c.urgent)).label("urgent_new"),
        )
        .join(complaints, complaints.c.id == handoffs.c.complaint_id)
        .where(complaints.c.state.in_(LIVE), handoffs.c.state.in_(("new", "accepted")))
        .group_by(*where)
        .order_by(func.count().filter(late).desc(), func.count().desc(), *where)
    )
    rows = (await uow.execute(query)).all()
    return [Load(**{name: getattr(row, name) for name in Load.__struct_fields__}) for row in rows]


_LONG = dt.timedelta(minutes=2)
"""Tries that only an operator can mend are not counted on the row, but pushed well into the future."""


async def undelivered(uow: UnitOfWork) -> list[Undelivered]:
    long_tried = or_(deliveries.c.attempts >= 3, deliveries.c.due_at > deliveries.c.created_at + _LONG)
    tried = deliveries.c.reason.is_not(None)
    retrying = and_(deliveries.c.state == "queued", ~deliveries.c.held, tried, long_tried)
    failed = deliveries.c.state == "failed"
    query = (
        select(
            deliveries.c.channel,
            deliveries.c.kind,
            func.count().filter(retrying).label("retrying"),
            func.count().filter(failed).label("failed"),
        )
        .where(or_(retrying, failed))
        .group_by(deliveries.c.channel, deliveries.c.kind)
        .order_by(deliveries.c.channel, deliveries.c.kind)
    )
    rows = (await uow.execute(query)).all()
    return [Undelivered(row.channel, row.kind, row.retrying, row.failed) for row in rows]
