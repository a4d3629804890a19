"""An agency's queue: what is new, mine, late, waiting for the consumer; urgent first, then by deadline."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Row,
    Subquery,
    and_,
    case,
    cast,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import distinct_on

from actions.track_complaint import code_in
from bot.cases import deadlines
from bot.cases.access import BEST_FIRST, GONE, Acting, own_handoffs
from bot.cases.records import Details
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, handoffs, officers
from bot.storage.vault import Vault

PAGE_SIZE = 25
STORY_LENGTH = 90  # characters
LIVE = ("open", "accepted", "asked")


class Tab(StrEnum):
    NEW = "new"
    MINE = "mine"
    LATE = "late"
    WAITING = "waiting"
    ALL = "all"


class Item(msgspec.Struct, frozen=True):
    """A line of the queue. `handoff_state` is the agency's own part; `holder` the officer who has it."""

    code: str
    kind: str
    province: str
    topic: str
    commune: str | None
    urgent: bool
    vulnerable: bool
    state: str
    source: str
    filed_at: dt.datetime
    due_at: dt.datetime
    paused_at: dt.datetime | None
    by_law: bool
    lead: bool
    handoff_state: str
    holder: str | None
    holder_id: int | None
    story: str
    """The first words of what happened, so that two cases of one topic can be told apart."""

    @property
    def ended(self) -> bool:
        return self.state not in LIVE or self.handoff_state in (*GONE, "done")

    def late(self, now: dt.datetime) -> bool:
        return self.lead and not self.ended and deadlines.is_late(self.due_at, self.paused_at, now)


class Page(msgspec.Struct, frozen=True):
    """`counts` of all tabs, of the whole queue; `total` of what was asked for."""

    items: tuple[Item, ...]
    counts: dict[Tab, int]
    total: int
    number: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


async def page(
    uow: UnitOfWork,
    vault: Vault,
    officer: Acting,
    *,
    tab: Tab,
    now: dt.datetime,
    words: str = "",
    number: int = 1,
) -> Page:
    """Page `number` (from 1) of a tab, or of what `words` find in the whole queue: a code or its last digits,
    or whole words of the story, with or without diacritics."""
    whole = _queue(officer, true())
    counts = await _counts(uow, whole, officer, now)
    queue = _queue(officer, _found(vault, words)) if words.strip() else whole
    where = true() if words.strip() else _in_tab(queue, tab, officer, now)
    total = (await uow.execute(select(func.count()).select_from(queue).where(where))).scalar_one()
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    query = (
        select(queue, officers.c.name.label("holder"))
        .outerjoin(officers, officers.c.id == queue.c.holder_id)
        .where(where)
        .order_by(*_order(queue))
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    rows: Sequence[Row[Any]] = (await uow.execute(query)).all()
    items = tuple(_item(vault, row) for row in rows)
    return Page(items, counts, total, number)


def _item(vault: Vault, row: Row[Any]) -> Item:
    told = vault.open(row.slots_sealed, Details).slots.get("what_happened", "")
    columns = {name: getattr(row, name) for name in Item.__struct_fields__ if name != "story"}
    return Item(**columns, story=textwrap.shorten(told, STORY_LENGTH, placeholder="…"))


def _queue(officer: Acting, found: ColumnElement[bool]) -> Subquery:
    """Each case of the agency once, with the hand-off that counts for this officer."""
    return (
        select(
            complaints.c.id,
            complaints.c.code,
            complaints.c.kind,
            complaints.c.province,
            complaints.c.topic,
            complaints.c.commune,
            complaints.c.urgent,
            complaints.c.vulnerable,
            complaints.c.state,
            complaints.c.source,
            complaints.c.filed_at,
            complaints.c.due_at,
            complaints.c.paused_at,
            complaints.c.by_law,
            complaints.c.slots_sealed,
            handoffs.c.lead,
            handoffs.c.state.label("handoff_state"),
            handoffs.c.officer_id.label("holder_id"),
        )
        .join(handoffs, handoffs.c.complaint_id == complaints.c.id)
        .where(own_handoffs(officer), found)
        .ext(distinct_on(complaints.c.id))
        .order_by(complaints.c.id, *BEST_FIRST)
        .subquery("queue")
    )


def _live(queue: Subquery) -> ColumnElement[bool]:
    return and_(queue.c.state.in_(LIVE), queue.c.handoff_state.in_(("new", "accepted")))


def _in_tab(queue: Subquery, tab: Tab, officer: Acting, now: dt.datetime) -> ColumnElement[bool]:
    live = _live(queue)
    if tab is Tab.NEW:
        return and_(live, queue.c.handoff_state == "new")
    if tab is Tab.MINE:
        return and_(live, queue.c.holder_id == officer.id)
    if tab is Tab.LATE:
        return and_(live, queue.c.lead, deadlines.late(queue.c, now))
    if tab is Tab.WAITING:
        return and_(live, queue.c.state == "asked")
    return true()


async def _counts(uow: UnitOfWork, queue: Subquery, officer: Acting, now: dt.datetime) -> dict[Tab, int]:
    columns = [func.count().filter(_in_tab(queue, tab, officer, now)).label(tab.value) for tab in Tab]
    row = (await uow.execute(select(*columns).select_from(queue))).one()
    return {tab: getattr(row, tab.value) for tab in Tab}


def _found(vault: Vault, words: str) -> ColumnElement[bool]:
    code = code_in(words)
    if code is not None:
        return complaints.c.code == code
    if words.strip().isdecimal() and len(words.strip()) <= 6:
        return or_(complaints.c.code.like(f"%-{int(words):06d}"), _holds(vault, words))
    return _holds(vault, words)


def _holds(vault: Vault, words: str) -> ColumnElement[bool]:
    """All the words, by their keyed hashes: what was written is kept encrypted."""
    tokens = vault.tokens(words[:200])
    return complaints.c.search.op("@>")(cast(tokens, ARRAY(BigInteger))) if tokens else false()


def _order(queue: Subquery) -> tuple[ColumnElement[Any], ...]:
    ended = case((_live(queue), 0), else_=1)
    last_first = case((_live(queue), None), else_=queue.c.filed_at)
    return (
        ended,
        last_first.desc(),
        queue.c.urgent.desc(),
        queue.c.vulnerable.desc(),
        queue.c.due_at,
        queue.c.id,
    )
