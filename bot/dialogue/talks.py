"""What is remembered between turns, encrypted, with the date until which it is kept."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from actions.contract import Talk
from bot.settings import Settings
from bot.storage.database import UnitOfWork
from bot.storage.tables import talks
from bot.storage.vault import Vault


async def load(uow: UnitOfWork, vault: Vault, contact_id: int, now: dt.datetime) -> Talk:
    """The talk, or a fresh one where there is none or its time has passed."""
    query = select(talks.c.talk_sealed).where(talks.c.contact_id == contact_id, talks.c.expires_at > now)
    sealed = (await uow.execute(query)).scalar_one_or_none()
    return vault.open(sealed, Talk) if sealed is not None else Talk()


async def save(
    uow: UnitOfWork, vault: Vault, contact_id: int, talk: Talk, now: dt.datetime, settings: Settings
) -> None:
    """Keeps the talk 72 hours, one with an open form 7 days (both are settings, both are told the person)."""
    kept = dt.timedelta(days=settings.form_days) if talk.form else dt.timedelta(hours=settings.talk_hours)
    row = {"talk_sealed": vault.seal(talk), "updated_at": now, "expires_at": now + kept}
    statement = insert(talks).on_conflict_do_update(index_elements=["contact_id"], set_=row)
    await uow.execute(statement, row | {"contact_id": contact_id})


async def forget(uow: UnitOfWork, contact_id: int) -> None:
    await uow.execute(delete(talks).where(talks.c.contact_id == contact_id))
