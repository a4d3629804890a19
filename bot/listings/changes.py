"""The console's side of it: rows that are only added, so that they tell who did what, when and why."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import structlog
from sqlalchemy import Row, func, insert, null, select, text

from bot.clock import VIETNAM
from bot.storage.database import UnitOfWork
from bot.storage.tables import listing_changes
from content.listings import Entry

NEWS = "listings"
"""Every process listens to this topic and reads again."""

log = structlog.get_logger(__name__)


class Change(msgspec.Struct, frozen=True):
    """One line of the audit trail. `fields`: what was entered; None where it was put back."""

    id: int
    key: str
    fields: dict[str, str | bool] | None
    reason: str
    officer: str
    at: dt.datetime

    def entry(self) -> Entry | None:
        if self.fields is None:
            return None
        told = {"reason": self.reason, "by": self.officer, "on": self.at.astimezone(VIETNAM).date()}
        return msgspec.convert(self.fields | told, Entry)


class StaleError(Exception):
    """Somebody else changed the listing meanwhile."""


async def in_force(uow: UnitOfWork) -> dict[str, Change]:
    """The newest change of every key, also of those that were put back."""
    newest = select(func.max(listing_changes.c.id)).group_by(listing_changes.c.key)
    rows = await uow.execute(select(listing_changes).where(listing_changes.c.id.in_(newest)))
    return {row.key: _change(row) for row in rows}


async def history(uow: UnitOfWork, key: str | None = None, limit: int = 50) -> list[Change]:
    """Newest first; of all listings without a key."""
    query = select(listing_changes).order_by(listing_changes.c.id.desc()).limit(limit)
    if key is not None:
        query = query.where(listing_changes.c.key == key)
    return [_change(row) for row in await uow.execute(query)]


async def add(
    uow: UnitOfWork,
    *,
    key: str,
    fields: dict[str, str | bool] | None,
    reason: str,
    officer_id: int,
    officer_name: str,
    seen: int,
    now: dt.datetime,
) -> None:
    """`seen`: the newest change of the key that the officer had before them, 0 for none; StaleError for
    another. With no `fields` the listing is put back."""
    await uow.execute(_LOCK, {"key": f"listing {key}"})
    newest = select(func.max(listing_changes.c.id)).where(listing_changes.c.key == key)
    if ((await uow.execute(newest)).scalar_one() or 0) != seen:
        raise StaleError
    row = {
        "key": key,
        "fields": null() if fields is None else fields,
        "reason": reason,
        "officer_id": officer_id,
        "officer_name": officer_name,
        "at": now,
    }
    await uow.execute(insert(listing_changes).values(row))
    await uow.notify(NEWS)
    told = "put back" if fields is None else sorted(fields)
    log.info("listing_changed", key=key, officer_id=officer_id, fields=told)


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


def _change(row: Row[Any]) -> Change:
    return Change(
        id=row.id,
        key=row.key,
        fields=row.fields,
        reason=row.reason,
        officer=row.officer_name,
        at=row.at,
    )
