"""A form that is sent twice (a double click, a reload) has its effect once."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.storage.database import UnitOfWork
from bot.storage.tables import officer_forms
from bot.storage.vault import Vault

KEPT = dt.timedelta(days=2)
SHOWN = dt.timedelta(minutes=15)
"""How long a result that is shown once (a one-time password, a secret) can be looked at again."""


def fresh_token() -> str:
    """For a hidden field of the form."""
    return secrets.token_urlsafe(18)


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def first_time(uow: UnitOfWork, token: str, officer_id: int, now: dt.datetime) -> bool:
    """False when the form had its effect already. A second copy that comes meanwhile waits for the first."""
    await uow.execute(delete(officer_forms).where(officer_forms.c.at < now - KEPT))
    row = {"token": _key(token), "officer_id": officer_id, "at": now}
    statement = insert(officer_forms).on_conflict_do_nothing().returning(officer_forms.c.at)
    return (await uow.execute(statement, row)).first() is not None


async def keep_result(uow: UnitOfWork, vault: Vault, token: str, result: dict[str, str]) -> None:
    row = officer_forms.c.token == _key(token)
    await uow.execute(update(officer_forms).where(row).values(result_sealed=vault.seal(result)))


async def result_of(
    uow: UnitOfWork, vault: Vault, token: str, officer_id: int, now: dt.datetime
) -> dict[str, str] | None:
    """What the form brought, for its own officer and a short while; then it is emptied."""
    old = (officer_forms.c.at < now - SHOWN, officer_forms.c.result_sealed.is_not(None))
    await uow.execute(update(officer_forms).where(*old).values(result_sealed=None))
    own = (officer_forms.c.token == _key(token), officer_forms.c.officer_id == officer_id)
    sealed: bytes | None = (
        await uow.execute(select(officer_forms.c.result_sealed).where(*own))
    ).scalar_one_or_none()
    return vault.open(sealed, dict[str, str]) if sealed is not None else None
