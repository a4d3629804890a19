"""Guessing passwords is slow: after five failures a login rests, each time twice as long.

Counted by login, whether such an account exists or not, so that nothing is learned from being refused; and by
network address, where one machine tries many logins. The database keeps the count: all processes share it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Row, delete, update
from sqlalchemy.dialects.postgresql import insert

from bot.storage.database import UnitOfWork
from bot.storage.tables import login_failures
from bot.storage.vault import Vault

FREE_LOGIN = 5
FREE_NETWORK = 50
"""An office shares one address."""
FIRST_REST = dt.timedelta(minutes=5)
LONGEST_REST = dt.timedelta(hours=2)
FORGOTTEN_AFTER = dt.timedelta(hours=24)


async def attempt(
    uow: UnitOfWork, vault: Vault, *, login: str, network: str, now: dt.datetime
) -> dt.datetime | None:
    """Counts a try before the password is looked at, and one after the other, so that many at once count too.

    Returns until when sign-in rests, or None to go on. The caller commits.
    """
    keys = {vault.digest("login", login): FREE_LOGIN, vault.digest("login network", network): FREE_NETWORK}
    rows = {key: await _locked(uow, key, now) for key in sorted(keys)}
    rests: list[dt.datetime] = [
        row.locked_until for row in rows.values() if row.locked_until and row.locked_until > now
    ]
    if rests:
        return max(rests)
    for key, row in rows.items():
        failed = 1 if row.last_at < now - FORGOTTEN_AFTER else row.failed + 1
        until = now + _rest(failed - keys[key]) if failed >= keys[key] else None
        change = update(login_failures).where(login_failures.c.key == key)
        await uow.execute(change.values(failed=failed, last_at=now, locked_until=until))
    return None


async def _locked(uow: UnitOfWork, key: bytes, now: dt.datetime) -> Row[Any]:
    """The row of the key, made if need be; who tries the same key meanwhile waits."""
    fresh = insert(login_failures).values(key=key, failed=0, last_at=now)
    same = fresh.on_conflict_do_update(index_elements=["key"], set_={"failed": login_failures.c.failed})
    columns = (login_failures.c.failed, login_failures.c.last_at, login_failures.c.locked_until)
    return (await uow.execute(same.returning(*columns))).one()


def _rest(beyond: int) -> dt.timedelta:
    return min(FIRST_REST * (1 << min(beyond, 10)), LONGEST_REST)


async def forget(uow: UnitOfWork, vault: Vault, *, login: str) -> None:
    """After a right password, or a reset by an administrator."""
    await uow.execute(delete(login_failures).where(login_failures.c.key == vault.digest("login", login)))


async def drop_old(uow: UnitOfWork, now: dt.datetime) -> None:
    await uow.execute(delete(login_failures).where(login_failures.c.last_at < now - FORGOTTEN_AFTER))
