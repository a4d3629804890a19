"""How much lies where, for whoever runs the product: figures only, nothing of what consumers wrote."""

from __future__ import annotations

import datetime as dt

import msgspec
from sqlalchemy import and_, func, or_, select

from bot.cases.queue import LIVE
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, dead_letters, deliveries, handoffs


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


class DeadLetter(msgspec.Struct, frozen=True):
    """An event whose turn failed: where from, when and what went wrong; never what was in it."""

    id: int
    channel: str
    error: str
    at: dt.datetime
    replayed_at: dt.datetime | None


class Undelivered(msgspec.Struct, frozen=True):
    """Messages that did not get out, by channel; without those that wait for the person to write."""

    channel: str
    kind: str
    retrying: int
    failed: int


async def loads(uow: UnitOfWork, now: dt.datetime) -> list[Load]:
    """Every agency with live hand-offs; late ones first."""
    late = and_(handoffs.c.lead, complaints.c.due_at < now)
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


async def dead(uow: UnitOfWork, limit: int = 100) -> list[DeadLetter]:
    """Newest first. Of the error only its first line: some quote what they failed on further down."""
    columns = (
        dead_letters.c.id,
        dead_letters.c.channel,
        dead_letters.c.error,
        dead_letters.c.at,
        dead_letters.c.replayed_at,
    )
    rows = (await uow.execute(select(*columns).order_by(dead_letters.c.id.desc()).limit(limit))).all()
    return [DeadLetter(row.id, row.channel, _kind_of(row.error), row.at, row.replayed_at) for row in rows]


def _kind_of(error: str) -> str:
    """The name of the error, without its message, which may hold what the consumer wrote."""
    return error.strip().split("\n", 1)[0].split(":", 1)[0][:80]


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
