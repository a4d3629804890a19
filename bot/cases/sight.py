"""Whether an agency has seen what is new on its cases."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update

from bot.cases.access import Held
from bot.storage.database import UnitOfWork
from bot.storage.tables import handoffs, history

FROM_CONSUMER = ("reply", "evidence")


async def note_sight(uow: UnitOfWork, held: Held, now: dt.datetime) -> None:
    """An officer has the page open. Written only where something is new since the last time. The caller
    commits."""
    newest = select(func.max(history.c.at)).where(history.c.complaint_id == held.complaint.id)
    news = or_(handoffs.c.seen_at.is_(None), handoffs.c.seen_at <= newest.scalar_subquery())
    statement = update(handoffs).where(handoffs.c.id == held.handoff.id, news).values(seen_at=now)
    await uow.execute(statement)


def newest_answer(complaint_id: ColumnElement[Any]) -> Any:
    """When the consumer last answered or sent something, as a subquery."""
    query = select(func.max(history.c.at)).where(
        history.c.complaint_id == complaint_id,
        history.c.actor == "consumer",
        history.c.action.in_(FROM_CONSUMER),
    )
    return query.scalar_subquery()
