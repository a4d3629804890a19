"""What an agency's own system is told of a case after the case was handed to it, and who hears of what.

A line of the history that concerns an agency becomes a row of `handoff_ways`, in the transaction of the line;
`bot.handoff` sends it. Only systems to which the case was handed by webhook hear anything: mail tells of a
hand-off once, and the console shows all of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from sqlalchemy import text

from bot.cases.trader import STEPS
from bot.cases.ways import WAITING
from bot.storage.database import UnitOfWork

Audience = Literal["all", "lead", "concerned"]
"""`all`: every agency that has the case. `concerned`: the agency that did it, and the lead."""

_HEARD: Mapping[Audience, tuple[str, ...]] = {
    "all": ("evidence", "withdrawn", "resolved", "returned", "transferred"),
    "lead": ("reply", "rated", "asked", "answered", *STEPS),
    "concerned": ("accepted", "done"),
}
AUDIENCES: Mapping[str, Audience] = {
    action: audience for audience, actions in _HEARD.items() for action in actions
}
"""By action of the history. What is not here stays with us: notes and looks are an agency's own."""

_QUEUE = text(
    """
    WITH touched AS (
        UPDATE complaints SET updated_at = greatest(updated_at, :at) WHERE id = :complaint_id),
    systems AS (
        SELECT DISTINCT ON (w.handoff_id) w.handoff_id, w.target
        FROM handoffs h JOIN handoff_ways w ON w.handoff_id = h.id AND w.way = 'webhook'
        WHERE h.complaint_id = :complaint_id
          AND h.state NOT IN ('returned', 'transferred')
          AND (:audience = 'all' OR h.lead
               OR (:audience = 'concerned' AND h.province = :province AND h.agency = :agency))
          AND NOT (:by_system AND h.province = :province AND h.agency = :agency)
        ORDER BY w.handoff_id, w.id DESC)
    INSERT INTO handoff_ways (handoff_id, way, target, key, history_id, created_at, due_at)
    SELECT handoff_id, 'webhook', target, 'ho_' || replace(gen_random_uuid()::text, '-', ''),
           :history_id, :at, :at
    FROM systems RETURNING id
    """
)


def hears(action: str, *, lead: bool, own: bool) -> bool:
    """Whether an agency is told of it. `own`: it did that itself."""
    audience = AUDIENCES.get(action)
    return audience == "all" or (lead and audience is not None) or (own and audience == "concerned")


async def queue(
    uow: UnitOfWork,
    history_id: int,
    *,
    complaint_id: int,
    action: str,
    at: dt.datetime,
    province: str | None,
    agency: str | None,
    by_system: bool,
) -> None:
    """For every system that is to hear of it. `by_system`: the agency's own system reported it, and is not
    told its own words."""
    audience = AUDIENCES.get(action)
    if audience is None:
        return
    values = {
        "history_id": history_id,
        "complaint_id": complaint_id,
        "audience": audience,
        "at": at,
        "province": province,
        "agency": agency,
        "by_system": by_system,
    }
    if (await uow.execute(_QUEUE, values)).all():
        await uow.notify(WAITING)
