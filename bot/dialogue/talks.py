"""What is remembered between turns, encrypted, with the date until which it is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import msgspec
import structlog
from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from actions.contract import Talk
from bot.dialogue.contacts import Contact
from bot.dialogue.offered import by_an_officer
from bot.settings import Settings
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, messages, talks
from bot.storage.vault import InvalidToken, Vault

log = structlog.get_logger(__name__)


async def load(
    uow: UnitOfWork, vault: Vault, contact: Contact, now: dt.datetime, topics: Collection[str]
) -> Talk:
    """The talk, and what an officer has said since; a fresh one where there is none, its time has passed, or
    it cannot be read any more (a key is gone, a newer version has other fields, its topic is no more): a talk
    is worth less than an answer."""
    row = (await uow.execute(_KEPT, {"contact": contact.id, "now": now})).first()
    talk = _opened(vault, contact.id, row.talk_sealed, topics) if row is not None else None
    if contact.has_cases:
        if talk is not None and row is not None:
            await _give_way(uow, contact.id, talk, row.updated_at)
        talk = talk or Talk()
        talk.offered = await by_an_officer(uow, vault, contact.id) or talk.offered
    return talk or Talk()


_KEPT = select(talks.c.talk_sealed, talks.c.updated_at).where(
    talks.c.contact_id == bindparam("contact"), talks.c.expires_at > bindparam("now")
)


def _opened(vault: Vault, contact_id: int, sealed: bytes, topics: Collection[str]) -> Talk | None:
    try:
        talk = vault.open(sealed, Talk)
    except (InvalidToken, msgspec.MsgspecError):
        log.warning("talk_unreadable", contact_id=contact_id)
        return None
    forms = [form for form in (talk.form, talk.parked) if form is not None]
    return talk if all(form.topic in topics for form in forms) else None


async def _give_way(uow: UnitOfWork, contact_id: int, talk: Talk, since: dt.datetime) -> None:
    """Where an officer has asked something since, that is what the person read last: a question of ours ends,
    and an open form is parked (`choose` takes it up again)."""
    query = (
        select(complaints.c.state)
        .join(messages, messages.c.complaint_id == complaints.c.id)
        .where(messages.c.contact_id == contact_id, messages.c.author == "officer", messages.c.at > since)
        .where(or_(complaints.c.state == "asked", complaints.c.helped.is_(None)))
        .where(complaints.c.state.in_(("asked", "resolved")))
    )
    states = set((await uow.execute(query)).scalars())
    if not states:
        return
    talk.pending, talk.offered = None, ()
    if "asked" in states and talk.form is not None and talk.form.kind == "complaint":
        talk.form, talk.parked = None, talk.form


async def save(
    uow: UnitOfWork, vault: Vault, contact_id: int, talk: Talk, now: dt.datetime, settings: Settings
) -> None:
    """Keeps the talk 72 hours, one with an open form 7 days (both are settings, both are told the person)."""
    kept = (
        dt.timedelta(days=settings.form_days)
        if talk.form or talk.parked
        else dt.timedelta(hours=settings.talk_hours)
    )
    row = {"talk_sealed": vault.seal(talk), "updated_at": now, "expires_at": now + kept}
    await uow.execute(_SAVE, row | {"contact_id": contact_id})


_TALK = insert(talks)
_SAVE = _TALK.on_conflict_do_update(
    index_elements=["contact_id"],
    set_={name: _TALK.excluded[name] for name in ("talk_sealed", "updated_at", "expires_at")},
)


async def forget(uow: UnitOfWork, contact_id: int) -> None:
    await uow.execute(delete(talks).where(talks.c.contact_id == contact_id))
