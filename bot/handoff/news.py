"""A line of a case's history in the words in which agencies' systems are told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, select

from bot.cases.trader import STEPS
from bot.handoff.parcel import Mask, Named, News
from bot.storage.database import UnitOfWork
from bot.storage.tables import history
from bot.storage.vault import Vault
from content.catalog import Catalog

EventType = Literal[
    "handoff.created",
    "case.accepted",
    "case.asked",
    "case.answered",
    "case.replied",
    "case.evidence_added",
    "case.transferred",
    "case.part_done",
    "case.trader_step",
    "case.resolved",
    "case.rated",
    "case.withdrawn",
]
CREATED: EventType = "handoff.created"

_ACTIONS: Mapping[EventType, tuple[str, ...]] = {
    "case.accepted": ("accepted",),
    "case.asked": ("asked",),
    "case.answered": ("answered",),
    "case.replied": ("reply",),
    "case.evidence_added": ("evidence",),
    "case.transferred": ("returned", "transferred"),
    "case.part_done": ("done",),
    "case.trader_step": tuple(STEPS),
    "case.resolved": ("resolved",),
    "case.rated": ("rated",),
    "case.withdrawn": ("withdrawn",),
}
EVENTS: Mapping[str, EventType] = {action: type_ for type_, actions in _ACTIONS.items() for action in actions}
"""By action, for all of `bot.cases.news.AUDIENCES`."""

_BY: Mapping[str, Literal["consumer", "agency", "service"]] = {"consumer": "consumer", "officer": "agency"}


async def of_line(
    uow: UnitOfWork, catalog: Catalog, vault: Vault, history_id: int, mask: Mask | None
) -> tuple[EventType, News]:
    """Of the line with this id."""
    row = (await uow.execute(select(history).where(history.c.id == history_id))).one()
    return EVENTS[row.action], news(catalog, vault, row, mask)


def news(catalog: Catalog, vault: Vault, row: Row[Any], mask: Mask | None) -> News:
    """`mask`: what a text may not hold when it leaves; None where an agreement lets it go whole."""
    note = vault.open(row.note_sealed, str) if row.note_sealed else None
    told = News(at=row.at, by=_BY.get(row.actor, "service"), agency=_agency(catalog, row))
    if row.action == "rated":
        return msgspec.structs.replace(told, helped=note == "1")
    step = row.action if row.action in STEPS else None
    return msgspec.structs.replace(told, text=mask(note) if note and mask else note, step=step)


def _agency(catalog: Catalog, row: Row[Any]) -> Named | None:
    content = catalog.provinces.get(row.province or "")
    known = content.agencies.get(row.agency or "") if content else None
    return Named(row.agency, known.name.vi) if known else None
