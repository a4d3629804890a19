"""What is remembered between turns, encrypted, with the date until which it is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import msgspec
import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from actions.contract import Talk
from bot.settings import Settings
from bot.storage.database import UnitOfWork
from bot.storage.tables import talks
from bot.storage.vault import InvalidToken, Vault

log = structlog.get_logger(__name__)


async def load(
    uow: UnitOfWork, vault: Vault, contact_id: int, now: dt.datetime, topics: Collection[str]
) -> Talk:
    """The talk; a fresh one where there is none, its time has passed, or it cannot be read any more (a key is
    gone, a newer version has other fields, its topic is no more): a talk is worth less than an answer."""
    query = select(talks.c.talk_sealed).where(talks.c.contact_id == contact_id, talks.c.expires_at > now)
    sealed = (await uow.execute(query)).scalar_one_or_none()
    if sealed is None:
        return Talk()
    try:
        talk = vault.open(sealed, Talk)
    except (InvalidToken, msgspec.MsgspecError):
        log.warning("talk_unreadable", contact_id=contact_id)
        return Talk()
    forms = [form for form in (talk.form, talk.parked) if form is not None]
    return talk if all(form.topic in topics for form in forms) else Talk()


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
