"""The rows of `handoff_ways`: claimed with a lease, ended as sent or stopped, given back with P7's pause.

Whoever dies while holding a row loses it when the lease runs out. What a process says that was stopped beyond
its lease counts only where nobody claimed the row after it; that it was sent counts always.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import Row, and_, or_, select, text, update

from bot.handoff.clock import TELL_AFTER, TELL_AFTER_FAILURES, pause_after
from bot.storage.database import UnitOfWork
from bot.storage.tables import handoff_ways

LEASE = dt.timedelta(seconds=45)
"""Longer than any send may take, shorter than the minute within which lost work must come back (P6)."""

PER_TARGET = 4
"""Rows of one target and way under way at a time: a receiver that hangs holds up itself only (P8)."""

_EARLIER = handoff_ways.alias("earlier")


class Claimed(msgspec.Struct, frozen=True):
    id: int
    handoff_id: int
    way: str
    target: str
    key: str
    attempts: int
    """This one included."""
    failures: int
    created_at: dt.datetime
    history_id: int | None = None
    """What is told of the case; None for the hand-off itself."""


_CLAIM = text(
    """
    WITH places AS MATERIALIZED (
        SELECT id, due_at, leased, row_number() OVER (
            PARTITION BY target ORDER BY leased DESC, due_at, id) AS place
        FROM (SELECT id, target, due_at, leased_until IS NOT NULL AND leased_until > :now AS leased,
                  history_id IS NOT NULL AND min(id) OVER (PARTITION BY handoff_id) < id AS too_early
              FROM handoff_ways WHERE way = :way AND state = 'queued') queued
        WHERE leased OR (due_at <= :now AND NOT too_early)),
    due AS MATERIALIZED (
        SELECT id FROM handoff_ways
        WHERE id = ANY(ARRAY(
                SELECT id FROM places WHERE place <= :per_target AND NOT leased
                ORDER BY due_at, id LIMIT :limit))
          AND state = 'queued' AND (leased_until IS NULL OR leased_until <= :now)
        FOR UPDATE SKIP LOCKED)
    UPDATE handoff_ways SET leased_until = :lease, attempts = attempts + 1
    WHERE id = ANY(ARRAY(SELECT id FROM due))
    RETURNING id, handoff_id, way, target, key, attempts, failures, created_at, history_id
    """
)
"""What is under way takes a target's first places. What is told of a case waits until the hand-off, and
whatever was to be told before, is through. Arrays, for a join would be planned as if the table were
empty: with 1,000 rows, all added since it was last looked at, that took seconds."""


async def claim(uow: UnitOfWork, way: str, *, now: dt.datetime, limit: int) -> list[Claimed]:
    """Up to `limit` rows of the way that are due, for the length of the lease."""
    values = {"way": way, "now": now, "lease": now + LEASE, "limit": limit, "per_target": PER_TARGET}
    rows = (await uow.execute(_CLAIM, values)).all()
    return [Claimed(**row._mapping) for row in sorted(rows, key=lambda row: int(row.id))]


async def sent(uow: UnitOfWork, way_id: int, now: dt.datetime) -> None:
    await _end(uow, way_id, "sent", None, now)


async def stopped(uow: UnitOfWork, way_id: int, reason: str, now: dt.datetime) -> None:
    """There is nothing to be sent any more, or nowhere to."""
    await _end(uow, way_id, "stopped", reason, now)


async def _end(uow: UnitOfWork, way_id: int, state: str, reason: str | None, now: dt.datetime) -> None:
    values = {"state": state, "reason": reason, "ended_at": now, "leased_until": None}
    where = (handoff_ways.c.id == way_id, handoff_ways.c.state == "queued")
    await uow.execute(update(handoff_ways).where(*where).values(**values))


async def failed(
    uow: UnitOfWork, way: Claimed, reason: str, now: dt.datetime, failures: int, *, retry_after: float = 0
) -> bool:
    """Gives the row back for its next try, `failures` behind it; False where somebody else claimed it
    meanwhile."""
    row = (
        handoff_ways.c.id == way.id,
        handoff_ways.c.state == "queued",
        handoff_ways.c.attempts == way.attempts,
    )
    values = {
        "failures": failures,
        "reason": reason,
        "due_at": now + pause_after(failures, retry_after),
        "leased_until": None,
    }
    return bool((await uow.execute(update(handoff_ways).where(*row).values(**values))).rowcount)


async def to_be_told(uow: UnitOfWork, now: dt.datetime, limit: int = 50) -> list[Row[Any]]:
    """Rows of which a person must hear and has not; from now on they count as told. `must_tell` in SQL; of
    what only waits for an earlier row nobody is told."""
    overdue = or_(
        handoff_ways.c.failures >= TELL_AFTER_FAILURES, handoff_ways.c.created_at <= now - TELL_AFTER
    )
    behind = select(_EARLIER.c.id).where(
        _EARLIER.c.handoff_id == handoff_ways.c.handoff_id,
        _EARLIER.c.way == handoff_ways.c.way,
        _EARLIER.c.state == "queued",
        _EARLIER.c.id < handoff_ways.c.id,
        handoff_ways.c.history_id.is_not(None),
    )
    waits = and_(
        handoff_ways.c.state == "queued", handoff_ways.c.told_at.is_(None), overdue, ~behind.exists()
    )
    ids = select(handoff_ways.c.id).where(waits).order_by(handoff_ways.c.id).limit(limit)
    statement = (
        update(handoff_ways)
        .where(handoff_ways.c.id.in_(ids.with_for_update(skip_locked=True).scalar_subquery()))
        .values(told_at=now)
        .returning(*handoff_ways.c)
    )
    return list((await uow.execute(statement)).all())
