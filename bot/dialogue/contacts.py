"""The contact that speaks: found or made, and locked for the length of the turn."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import Row, exists, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from actions.contract import Profile
from bot.delivery.ports import Inbound
from bot.storage.addresses import address_hash
from bot.storage.database import UnitOfWork
from bot.storage.tables import case_followers, contacts
from bot.storage.vault import Vault
from content.schema import Language


class Contact(msgspec.Struct, frozen=True):
    id: int
    channel: str
    profile: Profile
    created_at: dt.datetime
    is_new: bool
    has_cases: bool = True
    """False: no officer can have said anything to them. Of a complaint filed by a turn that is under way at
    the same moment the next turn hears."""


async def meet(uow: UnitOfWork, vault: Vault, inbound: Inbound, now: dt.datetime) -> Contact:
    """The contact of an event, its row locked: turns of one person run one after the other."""
    language: Language = "en" if (inbound.language or "").lower().startswith("en") else "vi"
    first_name = _first_name(inbound.display_name)
    row = {
        "channel": inbound.channel,
        "address_hash": address_hash(vault, inbound.channel, inbound.address),
        "address_sealed": vault.seal(inbound.address),
        "language": language,
        "first_name_sealed": vault.seal(first_name) if first_name else None,
        "created_at": now,
        "last_seen_at": now,
    }
    found = (await uow.execute(_MEET, row)).one()
    profile = _profile(vault, found, first_name)
    return Contact(
        found.id, inbound.channel, profile, found.created_at, found.is_new, has_cases=found.has_cases
    )


async def known(uow: UnitOfWork, vault: Vault, contact_id: int) -> Contact | None:
    """A contact outside an event of theirs, the row locked; None for one who left or blocked us."""
    columns = [contacts.c.channel, *(contacts.c[name] for name in _COLUMNS)]
    query = select(*columns).where(contacts.c.id == contact_id, contacts.c.stopped.is_(False))
    found = (await uow.execute(query.with_for_update())).one_or_none()
    if found is None:
        return None
    return Contact(found.id, found.channel, _profile(vault, found, None), found.created_at, False)


def _profile(vault: Vault, found: Row[Any], first_name: str | None) -> Profile:
    return Profile(
        language=found.language,
        province=found.province,
        commune=found.commune,
        vulnerable=found.vulnerable,
        first_name=vault.open(found.first_name_sealed, str) if found.first_name_sealed else first_name,
        learning=found.learning,
    )


_COLUMNS = (
    "id", "language", "province", "commune", "vulnerable", "learning", "first_name_sealed", "created_at",
)  # fmt: skip


_NEW = insert(contacts)
_MEET = _NEW.on_conflict_do_update(
    index_elements=["channel", "address_hash"],
    set_={"last_seen_at": _NEW.excluded.last_seen_at, "stopped": False},
).returning(
    *(contacts.c[name] for name in _COLUMNS),
    literal_column("(xmax = 0)").label("is_new"),
    exists().where(case_followers.c.contact_id == contacts.c.id).label("has_cases"),
)


async def remember(uow: UnitOfWork, contact_id: int, profile: Profile) -> None:
    """Whether training may learn of them is written where they choose it (`bot.learning.reviews.allow`)."""
    await uow.execute(
        update(contacts)
        .where(contacts.c.id == contact_id)
        .values(
            language=profile.language,
            province=profile.province,
            commune=profile.commune,
            vulnerable=profile.vulnerable,
        )
    )


def _first_name(display_name: str | None) -> str | None:
    """Vietnamese names end with the name people are called by; None where the name is no name."""
    words = (display_name or "").split()
    if not words or len(words) > 6 or not words[-1].isalpha() or len(words[-1]) > 12:
        return None
    return words[-1].capitalize()
