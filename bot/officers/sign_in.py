"""Signing in."""

from __future__ import annotations

import datetime as dt

import msgspec
from sqlalchemy import select, update

from bot.clock import Clock
from bot.officers import passwords, sessions, throttle
from bot.storage.database import Database
from bot.storage.tables import officers
from bot.storage.vault import Vault


class SignedIn(msgspec.Struct, frozen=True):
    session: str
    """Value for the cookie."""
    must_change: bool


class Refused(msgspec.Struct, frozen=True):
    """`until`: sign-in rests until then. None: wrong login or password; nobody is told which."""

    until: dt.datetime | None = None


async def sign_in(
    database: Database, vault: Vault, clock: Clock, *, login: str, password: str, network: str
) -> SignedIn | Refused:
    """Two transactions, because the password check between them takes long and holds no connection."""
    login, now = login.strip().lower()[:80], clock.now()
    async with database.begin() as uow:
        resting = await throttle.attempt(uow, vault, login=login, network=network, now=now)
        query = select(officers.c.id, officers.c.password_hash, officers.c.must_change)
        row = (
            await uow.execute(query.where(officers.c.login == login, officers.c.active.is_(True)))
        ).one_or_none()
        await uow.commit()
    if resting is not None:
        return Refused(until=resting)
    if not await passwords.fits(row.password_hash if row else None, password) or row is None:
        return Refused()
    async with database.begin() as uow:
        await throttle.forget(uow, vault, login=login)
        await throttle.drop_old(uow, now)
        unchanged = (
            officers.c.id == row.id,
            officers.c.password_hash == row.password_hash,
            officers.c.active,
        )
        seen = await uow.execute(update(officers).where(*unchanged).values(last_login_at=now))
        if seen.rowcount != 1:  # reset or disabled while the password was checked
            return Refused()
        value = await sessions.start(uow, row.id, now)
        await uow.commit()
    return SignedIn(value, row.must_change)
