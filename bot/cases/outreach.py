"""Telling the consumers who follow a complaint what an agency says or did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import select

from bot.cases.filing import Registry
from bot.delivery import ledger, transcript
from bot.delivery.ports import Outgoing, OutgoingChoice
from bot.delivery.transcript import Line
from bot.storage.database import UnitOfWork
from bot.storage.tables import case_followers, contacts
from content.schema import Language

Write = Callable[[Language], tuple[str, tuple[OutgoingChoice, ...]]]
"""The message in the language of its reader: text and choices."""


async def tell(
    uow: UnitOfWork,
    registry: Registry,
    *,
    complaint_id: int,
    write: Write,
    sender: str | None,
    now: dt.datetime,
) -> int:
    """Queues the message to every follower of the complaint; returns how many that were."""
    query = (
        select(contacts.c.id, contacts.c.channel, contacts.c.language)
        .join(case_followers, case_followers.c.contact_id == contacts.c.id)
        .where(case_followers.c.complaint_id == complaint_id, contacts.c.stopped.is_(False))
        .order_by(case_followers.c.since, contacts.c.id)
    )
    rows = (await uow.execute(query)).all()
    for row in rows:
        text, choices = write(row.language)
        line = Line(text=text, choices=choices, sender=sender)
        await transcript.add(
            uow,
            registry.vault,
            contact_id=row.id,
            author="officer",
            line=line,
            at=now,
            complaint_id=complaint_id,
        )
        await ledger.to_contact(
            uow,
            registry.vault,
            contact_id=row.id,
            channel=row.channel,
            kind="answer",
            message=Outgoing(text, choices, sender),
            limits=registry.limits[row.channel],
            now=now,
            complaint_id=complaint_id,
        )
    return len(rows)
