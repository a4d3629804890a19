"""The trader's leg of a case on record: where it stands, and what officers enter. The caller commits."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.cases import deadlines, trader
from bot.cases.access import Acting, Held, access_case
from bot.cases.calendar import local_day
from bot.cases.daysoff import calendar_of
from bot.cases.deadlines import Limit
from bot.cases.filing import Registry
from bot.cases.records import record
from bot.cases.trader import Leg, NotPossibleError, Step
from bot.cases.work import LIVE, LONGEST_TEXT, CaseUnknownError, WorkRefusedError
from bot.clock import VIETNAM
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, trader_legs

_MIDDAY = dt.time(12, 0)


async def leg_of(uow: UnitOfWork, registry: Registry, complaint: Row[Any]) -> Leg | None:
    """None where the matter is not one for negotiation."""
    query = select(trader_legs).where(trader_legs.c.complaint_id == complaint.id)
    row = (await uow.execute(query)).one_or_none()
    if row is not None:
        return Leg(row.state, row.due_at)
    if not registry.catalog.topics[complaint.topic].negotiation or complaint.kind != "complaint":
        return None
    return trader.begin(complaint.filed_at, calendar_of(registry.settings, complaint.province))


def possible(held: Held, leg: Leg | None, now: dt.datetime) -> tuple[Step, ...]:
    """What the officer can enter now: the lead alone, while the case is open."""
    if leg is None or not held.leads or held.complaint.state not in LIVE:
        return ()
    return trader.possible(leg, now)


async def enter(
    uow: UnitOfWork,
    registry: Registry,
    officer: Acting,
    code: str,
    step: Step,
    *,
    now: dt.datetime,
    on: dt.date | None = None,
    note: str = "",
) -> Leg:
    """Records a step taken `on` a day, today without one. Raises CaseUnknownError, WorkRefusedError."""
    held = await access_case(uow, officer, code, lock=True)
    if held is None:
        raise CaseUnknownError(code)
    if len(note) > LONGEST_TEXT:
        raise WorkRefusedError("console.text_long", most=LONGEST_TEXT)
    leg = await leg_of(uow, registry, held.complaint)
    if leg is None or step not in possible(held, leg, now):
        raise WorkRefusedError("trader.not_possible")
    at = _moment(on, held.complaint.filed_at, now)
    try:
        after = trader.take(leg, step, at, calendar_of(registry.settings, held.complaint.province))
    except NotPossibleError:
        raise WorkRefusedError("trader.day_wrong") from None
    row = {"complaint_id": held.complaint.id, "state": after.state, "due_at": after.due_at, "updated_at": now}
    statement = insert(trader_legs)
    await uow.execute(
        statement.on_conflict_do_update(
            index_elements=["complaint_id"],
            set_={name: statement.excluded[name] for name in ("state", "due_at", "updated_at")},
        ),
        row,
    )
    changed = {"updated_at": now, **_moved(registry, held.complaint, after, at)}
    await uow.execute(update(complaints).where(complaints.c.id == held.complaint.id).values(changed))
    await record(
        uow,
        registry.vault,
        complaint_id=held.complaint.id,
        actor="officer",
        action=step,
        at=now,
        officer_id=officer.id,
        province=held.handoff.province,
        agency=held.handoff.agency,
        note=note.strip() or None,
    )
    return after


def _moved(registry: Registry, complaint: Row[Any], leg: Leg, at: dt.datetime) -> dict[str, Any]:
    """The case's deadline goes along where it was that of the leg: to the next one of the law, and after the
    last to the province's own target."""
    if not complaint.by_law or complaint.urgent:
        return {}
    by_law, due_at = leg.due_at is not None, leg.due_at
    if due_at is None:
        targets = deadlines.targets_of(registry.settings, complaint.province)
        calendar = calendar_of(registry.settings, complaint.province)
        due_at = deadlines.end_of(at, Limit(targets.report, None, by_law=False), calendar).at
    return {"due_at": due_at, "by_law": by_law, "first_due_at": due_at if complaint.paused_at else None}


def _moment(on: dt.date | None, filed_at: dt.datetime, now: dt.datetime) -> dt.datetime:
    """A step lies between the filing and now; of an earlier day the hour is not known, nor does it count."""
    if on is None or on == local_day(now):
        return now
    if not local_day(filed_at) <= on < local_day(now):
        raise WorkRefusedError("trader.day_wrong")
    return dt.datetime.combine(on, _MIDDAY, VIETNAM).astimezone(dt.UTC)
