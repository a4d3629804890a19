"""The masked transcript: what was said by whom, encrypted line by line."""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import insert, select

from bot.delivery.ports import OutgoingChoice
from bot.storage.database import UnitOfWork
from bot.storage.tables import messages
from bot.storage.vault import Vault

Author = Literal["consumer", "bot", "officer"]


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message as it is shown. `text` is masked before it gets here."""

    text: str
    choices: tuple[OutgoingChoice, ...] = ()
    sender: str | None = None
    """The agency's name where an officer speaks."""
    attachments: tuple[str, ...] = ()
    """Ids of evidence rows."""
    chosen: bool = False
    """The consumer took a choice; `text` is its label."""


class Said(NamedTuple):
    id: int
    author: Author
    line: Line
    at: dt.datetime
    event_id: str | None


async def add(
    uow: UnitOfWork,
    vault: Vault,
    *,
    contact_id: int | None,
    author: Author,
    line: Line,
    at: dt.datetime,
    event_id: str | None = None,
    complaint_id: int | None = None,
) -> int:
    """Writes one line; returns its id. Ids of one chat grow in the order in which they are shown."""
    row = {
        "contact_id": contact_id,
        "complaint_id": complaint_id,
        "author": author,
        "body_sealed": vault.seal(line),
        "event_id": event_id,
        "at": at,
    }
    return int((await uow.execute(_ADD, row)).scalar_one())


_ADD = insert(messages).returning(messages.c.id)


async def since(uow: UnitOfWork, vault: Vault, contact_id: int, after: int, limit: int = 200) -> list[Said]:
    """The lines of a contact whose id is greater than `after`, oldest first."""
    query = (
        select(messages.c.id, messages.c.author, messages.c.body_sealed, messages.c.at, messages.c.event_id)
        .where(messages.c.contact_id == contact_id, messages.c.id > after)
        .order_by(messages.c.id)
        .limit(limit)
    )
    rows = (await uow.execute(query)).all()
    return [Said(row.id, row.author, vault.open(row.body_sealed, Line), row.at, row.event_id) for row in rows]
