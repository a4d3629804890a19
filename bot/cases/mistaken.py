"""An officer marks that the assistant took a case for the wrong matter: noted on the case always; the story
goes into the list of sentences to label, nameless, where the person allows that."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec
from sqlalchemy import select

from bot.cases.access import Acting, access_case
from bot.cases.filing import Registry
from bot.cases.records import Details, record
from bot.cases.work import CaseUnknownError
from bot.clock import VIETNAM
from bot.learning import reviews
from bot.storage.database import UnitOfWork
from bot.storage.tables import history
from nlu.pipeline import Pipeline

Marked = Literal["listed", "noted", "again"]
"""listed: the story waits for a label; noted: the person has not allowed that; again: marked before."""


async def mark(
    uow: UnitOfWork, registry: Registry, pipeline: Pipeline, officer: Acting, code: str, now: dt.datetime
) -> Marked:
    """Raises CaseUnknownError, also for a case whose matter an officer chose. The caller commits."""
    held = await access_case(uow, officer, code, lock=True)
    if held is None or held.complaint.source != "chat":
        raise CaseUnknownError(code)
    case_id = held.complaint.id
    marked = select(history.c.id).where(history.c.complaint_id == case_id, history.c.action == "mistaken")
    if (await uow.execute(marked.limit(1))).first() is not None:
        return "again"
    await record(
        uow,
        registry.vault,
        complaint_id=case_id,
        actor="officer",
        action="mistaken",
        at=now,
        officer_id=officer.id,
        province=held.handoff.province,
        agency=held.handoff.agency,
    )
    story = registry.vault.open(held.complaint.slots_sealed, Details).slots.get("what_happened", "")
    if not story or held.complaint.contact_id is None:
        return "noted"
    read = pipeline.parse(story, now.astimezone(VIETNAM).date())
    topic = held.complaint.topic
    taken_for = msgspec.structs.replace(
        read,
        act="report",
        topic=topic,
        urgent=held.complaint.urgent,
        confidence=read.confidence if read.topic == topic else 0.0,
    )
    listed = await reviews.note(
        uow,
        registry.vault,
        contact_id=held.complaint.contact_id,
        province=held.complaint.province,
        understanding=taken_for,
        source="officer",
        now=now,
    )
    return "listed" if listed else "noted"
