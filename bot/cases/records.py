"""What complaint rows hold in their sealed columns, and the one way to write their history."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec
from sqlalchemy import insert

from bot.cases import news
from bot.storage.database import UnitOfWork
from bot.storage.tables import history
from bot.storage.vault import Vault

Actor = Literal["consumer", "officer", "system"]
Action = Literal[
    "filed", "accepted", "noted", "asked", "answered", "returned", "transferred", "resolved", "evidence",
    "reply", "rated", "withdrawn", "opened", "done", "mistaken", "stuck",
    "escalated", "covered", "forward", "negotiate", "report", "refuse", "silence",
]  # fmt: skip


class Details(msgspec.Struct, frozen=True):
    """`complaints.slots_sealed`. `slots` holds normal forms (money in VND, ISO dates, national phone digits),
    `said` the consumer's own words for them. `answer` is the last thing an officer told the consumer."""

    slots: dict[str, str]
    said: dict[str, str] = {}
    answer: str | None = None


async def record(
    uow: UnitOfWork,
    vault: Vault,
    *,
    complaint_id: int,
    actor: Actor,
    action: Action,
    at: dt.datetime,
    officer_id: int | None = None,
    province: str | None = None,
    agency: str | None = None,
    note: str | None = None,
) -> None:
    """Adds one line to a complaint's history, and the word of it to the agencies' systems that it concerns.
    `note` is kept encrypted. An officer without an id is an agency's own system."""
    row = {
        "complaint_id": complaint_id,
        "actor": actor,
        "action": action,
        "officer_id": officer_id,
        "province": province,
        "agency": agency,
        "note_sealed": vault.seal(note) if note is not None else None,
        "at": at,
    }
    line = await uow.execute(insert(history).returning(history.c.id), row)
    await news.queue(
        uow,
        line.scalar_one(),
        complaint_id=complaint_id,
        action=action,
        at=at,
        province=province,
        agency=agency,
        by_system=actor == "officer" and officer_id is None,
    )
