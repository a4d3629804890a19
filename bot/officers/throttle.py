"""Guessing passwords is slow: after five failures a login rests, each time twice as long.

Counted by login, whether such an account exists or not, so that nothing is learned from being refused; and by
network address, where one machine tries many logins. The database keeps the count: all processes share it.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import case, delete, func, select
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
    """Counts a try before the password is looked at, so that many at once count too.

    Returns until when sign-in rests, or None to go on.
    """
    keys = {vault.digest("login", login): FREE_LOGIN, vault.digest("login network", network): FREE_NETWORK}
    query = select(func.max(login_failures.c.locked_until)).where(login_failures.c.key.in_(keys))
    resting: dt.datetime | None = (await uow.execute(query)).scalar_one()
    if resting is not None and resting > now:
        return resting
    for key, free in sorted(keys.items()):
        await _count(uow, key, free, now)
    return None


async def _count(uow: UnitOfWork, key: bytes, free: int, now: dt.datetime) -> None:
    """The row's rest begins with its last free failure and doubles with each further one."""
    old = login_failures.c.last_at < now - FORGOTTEN_AFTER
    failed = case((old, 1), else_=login_failures.c.failed + 1)
    doubled = func.power(2, func.least(failed - free, 16)) * FIRST_REST.total_seconds()
    rest = func.make_interval(0, 0, 0, 0, 0, 0, func.least(doubled, LONGEST_REST.total_seconds()))
    fresh = insert(login_failures).values(key=key, failed=1, last_at=now)
    changes = {
        "failed": failed,
        "last_at": now,
        "locked_until": case((failed >= free, now + rest), else_=None),
    }
    await uow.execute(fresh.on_conflict_do_update(index_elements=["key"], set_=changes))


async def forget(uow: UnitOfWork, vault: Vault, *, login: str) -> None:
    """After a right password, or a reset by an administrator."""
    await uow.execute(delete(login_failures).where(login_failures.c.key == vault.digest("login", login)))


async def drop_old(uow: UnitOfWork, now: dt.datetime) -> None:
    await uow.execute(delete(login_failures).where(login_failures.c.last_at < now - FORGOTTEN_AFTER))
