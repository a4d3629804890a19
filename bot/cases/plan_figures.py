"""What the product did for each clause of a province's plan, counted: figures only."""

from __future__ import annotations

import datetime as dt

import msgspec
from sqlalchemy import and_, func, select

from bot.cases import deadlines
from bot.cases.queue import LIVE
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, contacts, deliveries, handoffs, subscriptions

_OF_CASES = ("reply", "answer", "notice")
"""Kinds of deliveries that belong to one person's talk or case; the others are education and news."""


class ByTopic(msgspec.Struct, frozen=True):
    """Complaints of one topic that a clause brought to an agency; `late` of those that are not ended."""

    topic: str
    filed: int
    live: int
    late: int


class Reached(msgspec.Struct, frozen=True):
    """Of one province: people who asked for news, and messages of education and news that were sent."""

    subscribers: int
    sent: int


async def by_clause(uow: UnitOfWork, province: str, now: dt.datetime) -> dict[str, list[ByTopic]]:
    """Clause -> topics, most first. A complaint counts once for a clause, however many agencies have it."""
    clauses = (
        select(handoffs.c.complaint_id, func.unnest(handoffs.c.clauses).label("clause"))
        .where(handoffs.c.province == province, handoffs.c.state != "returned")
        .distinct()
        .subquery()
    )
    live = complaints.c.state.in_(LIVE)
    query = (
        select(
            clauses.c.clause,
            complaints.c.topic,
            func.count().label("filed"),
            func.count().filter(live).label("live"),
            func.count().filter(and_(live, deadlines.late(complaints.c, now))).label("late"),
        )
        .join(complaints, complaints.c.id == clauses.c.complaint_id)
        .group_by(clauses.c.clause, complaints.c.topic)
        .order_by(func.count().desc(), complaints.c.topic)
    )
    found: dict[str, list[ByTopic]] = {}
    for row in await uow.execute(query):
        found.setdefault(row.clause, []).append(ByTopic(row.topic, row.filed, row.live, row.late))
    return found


async def reached(uow: UnitOfWork, province: str) -> Reached:
    subscribers = (
        select(func.count())
        .select_from(subscriptions.join(contacts))
        .where(contacts.c.province == province, ~contacts.c.stopped)
    )
    sent = (
        select(func.count())
        .select_from(deliveries.join(contacts))
        .where(
            contacts.c.province == province,
            deliveries.c.kind.not_in(_OF_CASES),
            deliveries.c.state == "sent",
        )
    )
    return Reached(
        int((await uow.execute(subscribers)).scalar_one()), int((await uow.execute(sent)).scalar_one())
    )
