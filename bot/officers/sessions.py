"""Sessions of signed-in officers: a random value in a cookie, its hash in the database.

They lie in PostgreSQL, also where Redis runs: each request must read the officer's account anyway (is it
still active?), one query reads both, and a sign-in survives any restart.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from sqlalchemy import delete, insert, select, update

from bot.officers.accounts import COLUMNS, Officer, from_row
from bot.storage.database import UnitOfWork
from bot.storage.tables import officer_sessions, officers

IDLE = dt.timedelta(hours=8)
LONGEST = dt.timedelta(days=7)
_TOUCH_EVERY = dt.timedelta(minutes=1)


def fresh_value() -> str:
    """256 random bits for a cookie."""
    return secrets.token_urlsafe(32)


def key_of(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()


async def start(uow: UnitOfWork, officer_id: int, now: dt.datetime) -> str:
    """A new session, never one whose value was known before; returns the value for the cookie."""
    value = fresh_value()
    row = {"key": key_of(value), "officer_id": officer_id, "created_at": now, "last_seen_at": now}
    await uow.execute(insert(officer_sessions), row)
    await uow.execute(delete(officer_sessions).where(officer_sessions.c.last_seen_at < now - IDLE))
    return value


async def officer_of(uow: UnitOfWork, value: str, now: dt.datetime, *, touch: bool) -> Officer | None:
    """Whose session it is. None when it is unknown, idle for too long, too old, or the account is disabled.

    `touch` only for what a person did: a page that looks for news by itself keeps nobody signed in. Whether
    there is something to commit the caller need not know: it commits always.
    """
    query = (
        select(*COLUMNS, officer_sessions.c.last_seen_at)
        .join(officers, officers.c.id == officer_sessions.c.officer_id)
        .where(
            officer_sessions.c.key == key_of(value),
            officer_sessions.c.last_seen_at > now - IDLE,
            officer_sessions.c.created_at > now - LONGEST,
            officers.c.active.is_(True),
        )
    )
    row = (await uow.execute(query)).one_or_none()
    if row is None:
        return None
    if touch and row.last_seen_at < now - _TOUCH_EVERY:
        seen = update(officer_sessions).where(officer_sessions.c.key == key_of(value))
        await uow.execute(seen.values(last_seen_at=now))
    return from_row(row)


async def end(uow: UnitOfWork, value: str) -> None:
    await uow.execute(delete(officer_sessions).where(officer_sessions.c.key == key_of(value)))
