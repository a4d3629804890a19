"""The list of messages that want a label. Only of people who allow it, and always nameless."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.storage.database import UnitOfWork
from bot.storage.tables import contacts, reviews
from bot.storage.vault import Vault
from nlu.inbox import Sentence, nameless, one_line
from nlu.intents import TOPICAL
from nlu.steps.fold import fold
from nlu.understanding import Act, Understanding

Source = Literal["unsure", "officer"]
State = Literal["waiting", "labelled"]

PER_PERSON = 30
"""Sentences of one person that may wait at a time: nobody fills the list alone."""
LONGEST = 2000
PAGE = 10
_ON_AGENCIES = "agency_conduct"


class Review(msgspec.Struct, frozen=True):
    """`act`, `topic` and `urgent` are what the bot understood; `label` what an officer says it means."""

    id: int
    text: str
    source: Source
    act: str
    topic: str | None
    urgent: bool
    confidence: float
    at: dt.datetime
    label: Sentence | None
    exported: bool


class Page(msgspec.Struct, frozen=True):
    items: tuple[Review, ...]
    number: int
    last: int
    waiting: int
    labelled: int
    unexported: int
    """Labelled, and not in the file for training yet."""


class Reader(msgspec.Struct, frozen=True):
    """Whose page it is. What may be about an authority's conduct is read at the focal agency alone."""

    province: str | None
    focal: bool


async def allow(uow: UnitOfWork, contact_id: int, allowed: bool, now: dt.datetime) -> None:
    """The person's choice, with its time. Who does not allow it, or no longer, leaves nothing behind."""
    row = contacts.c.id == contact_id
    await uow.execute(update(contacts).where(row).values(learning=allowed, learning_at=now))
    if not allowed:
        await forget(uow, contact_id)


async def forget(uow: UnitOfWork, contact_id: int) -> None:
    await uow.execute(delete(reviews).where(reviews.c.contact_id == contact_id))


async def allowed(uow: UnitOfWork, contact_id: int | None) -> bool:
    query = select(contacts.c.learning).where(contacts.c.id == contact_id)
    return bool((await uow.execute(query)).scalar_one_or_none())


async def held(uow: UnitOfWork, contact_id: int) -> int:
    """How many messages of the person are in the list."""
    return int(
        (await uow.execute(select(func.count()).where(reviews.c.contact_id == contact_id))).scalar_one()
    )


async def note(
    uow: UnitOfWork,
    vault: Vault,
    *,
    contact_id: int,
    province: str | None,
    understanding: Understanding,
    source: Source,
    now: dt.datetime,
) -> bool:
    """Puts a message into the list, nameless. False where the person does not allow it, has too many waiting,
    or the same words are there already. The caller commits."""
    text = one_line(nameless(understanding.text, understanding.entities))[:LONGEST]
    if (
        not any(sign.isalpha() for sign in text)
        or not await allowed(uow, contact_id)
        or await _full(uow, contact_id)
    ):
        return False
    topics = {understanding.topic, *(guess.topic for guess in understanding.alternatives)}
    row = {
        "contact_id": contact_id,
        "text_hash": vault.digest("review", fold(text)),
        "text_sealed": vault.seal(text),
        "source": source,
        "province": province,
        "about_agency": _ON_AGENCIES in topics,
        "act": understanding.act,
        "topic": understanding.topic,
        "urgent": understanding.urgent,
        "confidence": understanding.confidence,
        "at": now,
    }
    statement = insert(reviews).on_conflict_do_nothing().returning(reviews.c.id)
    return (await uow.execute(statement, row)).first() is not None


async def _full(uow: UnitOfWork, contact_id: int) -> bool:
    query = select(func.count()).where(reviews.c.contact_id == contact_id, reviews.c.state == "waiting")
    return int((await uow.execute(query)).scalar_one()) >= PER_PERSON


async def page(uow: UnitOfWork, vault: Vault, reader: Reader, state: State, number: int) -> Page:
    """What waits, oldest first; what is labelled, newest first."""
    own = _readable(reader)
    counted = await uow.execute(
        select(
            func.count().filter(reviews.c.state == "waiting").label("waiting"),
            func.count().filter(reviews.c.state == "labelled").label("labelled"),
            func.count()
            .filter(reviews.c.state == "labelled", reviews.c.exported_at.is_(None))
            .label("fresh"),
        ).where(own)
    )
    counts = counted.one()
    last = max(1, math.ceil((counts.waiting if state == "waiting" else counts.labelled) / PAGE))
    number = min(max(1, number), last)
    order = reviews.c.id if state == "waiting" else reviews.c.labelled_at.desc()
    query = select(reviews).where(own, reviews.c.state == state).order_by(order, reviews.c.id)
    rows = (await uow.execute(query.limit(PAGE).offset((number - 1) * PAGE))).all()
    items = tuple(_review(vault, row) for row in rows)
    return Page(items, number, last, counts.waiting, counts.labelled, counts.fresh)


def _readable(reader: Reader) -> ColumnElement[bool]:
    place = or_(reviews.c.province.is_(None), reviews.c.province == reader.province)
    return place if reader.focal else and_(place, ~reviews.c.about_agency)


def _review(vault: Vault, row: Row[Any]) -> Review:
    text = vault.open(row.text_sealed, str)
    labelled = row.state == "labelled"
    return Review(
        id=row.id,
        text=text,
        source=row.source,
        act=row.act,
        topic=row.topic,
        urgent=row.urgent,
        confidence=row.confidence,
        at=row.at,
        label=Sentence(text, row.label_act, row.label_topic, row.label_urgent) if labelled else None,
        exported=row.exported_at is not None,
    )


class Label(msgspec.Struct, frozen=True):
    act: Act
    topic: str | None
    urgent: bool

    @classmethod
    def of(cls, act: Act, topic: str | None, urgent: bool) -> Label:
        """Conversation has no topic and no danger."""
        return cls(act, topic, urgent) if act in TOPICAL else cls(act, None, False)


async def label(
    uow: UnitOfWork,
    reader: Reader,
    review_id: int,
    given: Label | None,
    *,
    officer_id: int | None,
    now: dt.datetime,
) -> bool:
    """Writes the label, or skips the sentence; the last word counts. False for what the officer's page does
    not show. A sentence that is skipped after all leaves the file for training at its next writing."""
    values: dict[str, object] = {
        "state": "labelled" if given else "skipped",
        "label_act": given.act if given else None,
        "label_topic": given.topic if given else None,
        "label_urgent": given.urgent if given else None,
        "officer_id": officer_id,
        "labelled_at": now,
        "exported_at": None,
    }
    statement = update(reviews).where(reviews.c.id == review_id, _readable(reader)).values(values)
    return (await uow.execute(statement.returning(reviews.c.id))).first() is not None


async def export(uow: UnitOfWork, vault: Vault, now: dt.datetime) -> list[Sentence]:
    """Every labelled sentence, from now on known to stand in the file. The caller commits."""
    fresh = (reviews.c.state == "labelled", reviews.c.exported_at.is_(None))
    await uow.execute(update(reviews).where(*fresh).values(exported_at=now))
    return await exported(uow, vault)


async def exported(uow: UnitOfWork, vault: Vault) -> list[Sentence]:
    """What may stand in the file: exported once, and neither withdrawn nor past its date since."""
    query = select(reviews).where(reviews.c.state == "labelled", reviews.c.exported_at.is_not(None))
    rows = (await uow.execute(query.order_by(reviews.c.id))).all()
    return [found for row in rows if (found := _review(vault, row).label) is not None]
