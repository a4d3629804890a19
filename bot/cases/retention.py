"""What is past its date is deleted: the periods that consumers are told, kept by the product itself.

Complaints, with their transcript, files and history, are not touched here: they belong to the agency that
handles them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import suppress

import msgspec
import structlog
from sqlalchemy import ColumnElement, Executable, delete, func, or_, select, text, update

from bot.cases.evidence import EvidenceStore
from bot.cases.queue import LIVE
from bot.clock import Clock
from bot.settings import Settings
from bot.storage.database import Database, UnitOfWork
from bot.storage.tables import (
    complaints,
    contacts,
    dead_letters,
    deliveries,
    evidence,
    inbound_events,
    messages,
    reviews,
    talks,
)

EVENTS = dt.timedelta(days=31)
"""A platform's event that comes again after 30 days is still known."""

DELIVERIES = dt.timedelta(days=30)
"""Of those that ended; what became of an open case's answers stays known as long as it is open."""

ORPHANS = dt.timedelta(days=1)
"""Of files without a row: longer than any turn, shorter than what "delete my data" may take."""

HELD = dt.timedelta(days=90)
"""What an agency said of a case and the platform takes only after the person has written again waits as long
as the case is open, and at least this long."""

NOT_SENT = "nobody could send it in time"
NEVER_BACK = "the person did not write again in time"
LOCK = 0x6E74_6400_0002

_EVERY_SECONDS, _AFTER_FAILURE_SECONDS = 3600.0, 300.0
_BATCH = 1000

log = structlog.get_logger(__name__)


class Swept(msgspec.Struct):
    """How many of each were deleted. `given_up`: deliveries still queued after all that time, and `unasked`:
    those that waited in vain for the person to write again; both end as failed. `emptied`: ended deliveries
    whose text was dropped; what happened to them stays known longer."""

    talks: int = 0
    messages: int = 0
    events: int = 0
    dead_letters: int = 0
    reviews: int = 0
    given_up: int = 0
    unasked: int = 0
    emptied: int = 0
    deliveries: int = 0
    evidence: int = 0
    orphan_files: int = 0


async def run(
    database: Database, store: EvidenceStore, settings: Settings, clock: Clock, stop: asyncio.Event
) -> None:
    """Sweeps every hour until `stop` is set."""
    while not stop.is_set():
        seconds = _EVERY_SECONDS
        try:
            swept = await sweep(database, store, settings, clock.now())
            log.info("retention", **msgspec.structs.asdict(swept))
        except Exception:
            log.exception("retention_failed")
            seconds = _AFTER_FAILURE_SECONDS
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)


async def sweep(
    database: Database, store: EvidenceStore, settings: Settings, now: dt.datetime, *, dry_run: bool = False
) -> Swept:
    """Deletes what is past its date; nothing while another process is doing so. A dry run only counts."""
    swept = Swept()
    async with database.begin() as uow:
        free = await uow.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": LOCK})
        if not free.scalar_one():
            return swept
        for name, statement in _statements(settings, now).items():
            setattr(swept, name, (await uow.execute(statement)).rowcount)
        orphans = await _orphans(uow, store, now - ORPHANS)
        loose = await _delete_loose_evidence(uow, now - dt.timedelta(days=settings.form_days))
        swept.evidence, swept.orphan_files = len(loose), len(orphans)
        if not dry_run:
            await uow.commit()
            await asyncio.to_thread(store.remove, loose + orphans)
    return swept


def _statements(settings: Settings, now: dt.datetime) -> dict[str, Executable]:
    """By field of `Swept`, in the order in which they run."""
    talk_ended = now - dt.timedelta(hours=settings.talk_hours)
    form_ended = now - dt.timedelta(days=settings.form_days)
    queued, ended, created = deliveries.c.state == "queued", deliveries.c.ended_at, deliveries.c.created_at
    open_case = _open_case()
    waits = deliveries.c.held & ~_loose()
    failed = {"state": "failed", "ended_at": now, "leased_until": None}
    return {
        "talks": delete(talks).where(talks.c.expires_at <= now),
        "messages": delete(messages).where(messages.c.complaint_id.is_(None), messages.c.at < talk_ended),
        "events": delete(inbound_events).where(inbound_events.c.received_at < now - EVENTS),
        "dead_letters": delete(dead_letters).where(dead_letters.c.at < form_ended),
        "reviews": delete(reviews).where(reviews.c.at < now - dt.timedelta(days=settings.learning_days)),
        "given_up": update(deliveries)
        .where(queued, ~waits, or_(deliveries.c.due_at < talk_ended, _loose() & (created < talk_ended)))
        .values(reason=NOT_SENT, **failed),
        "unasked": update(deliveries)
        .where(queued, ~_loose(), ~open_case, created < now - HELD)
        .values(reason=NEVER_BACK, **failed),
        "emptied": update(deliveries)
        .where(ended.is_not(None), created < talk_ended, deliveries.c.body_sealed != b"")
        .values(body_sealed=b""),
        "deliveries": delete(deliveries).where(ended < now - DELIVERIES, ~open_case),
    }


def _loose() -> ColumnElement[bool]:
    """The delivery is about no case."""
    return deliveries.c.complaint_id.is_(None)


def _open_case() -> ColumnElement[bool]:
    """The delivery is about a case that somebody still works on."""
    about = select(complaints.c.id).where(complaints.c.id == deliveries.c.complaint_id)
    return about.where(complaints.c.state.in_(LIVE)).exists()


async def _delete_loose_evidence(uow: UnitOfWork, before: dt.datetime) -> list[str]:
    """Rows of files that never became part of a complaint, and of no form that is still open."""
    still_talking = select(talks.c.contact_id).where(talks.c.contact_id == evidence.c.contact_id).exists()
    statement = delete(evidence).where(
        evidence.c.complaint_id.is_(None), evidence.c.at < before, ~still_talking
    )
    return list((await uow.execute(statement.returning(evidence.c.id))).scalars())


async def _orphans(uow: UnitOfWork, store: EvidenceStore, before: dt.datetime) -> list[str]:
    """Files that no row knows: their turn failed, or their row was deleted at the person's wish.

    A file that was there before this database's first contact belongs to another database, and stays: who
    starts an empty database on a full data folder must not lose the evidence of the right one.
    """
    first: dt.datetime | None = (await uow.execute(select(func.min(contacts.c.created_at)))).scalar_one()
    if first is None:
        return []
    found = await asyncio.to_thread(store.written, first, before)
    orphans: list[str] = []
    for start in range(0, len(found), _BATCH):
        batch = found[start : start + _BATCH]
        rows = (await uow.execute(select(evidence.c.id).where(evidence.c.id.in_(batch)))).scalars()
        orphans += set(batch) - set(rows)
    return orphans
