"""What an agency is told of a case: the words of the webhook, of the slip and of Open311, in one shape.

Personal data are masked unless the operator names the agreement under which the agency may have them (law
91/2025/QH15, decree 356/2025/NĐ-CP): telephone, account and id numbers and e-mail addresses keep their ends,
by which a case is recognised, and where the person is stands in no message at all. Whoever has an account in
the console reads the case there, and that look is recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, func, select

from bot.cases.filing import Registry
from bot.cases.parties import name_of
from bot.cases.records import Details
from bot.cases.trader import Step
from bot.cases.trader_work import leg_of
from bot.clock import VIETNAM, Clock
from bot.storage.database import UnitOfWork
from bot.storage.tables import evidence, handoffs
from content.catalog import Catalog
from content.schema import SlotKind
from nlu.pipeline import Pipeline
from nlu.steps.secrets import mask_personal

Mask = Callable[[str], str]
"""Free text -> the same without telephone, account and id numbers and e-mail addresses."""

Role = Literal["lead", "coordinating"]

_NUMBERS = frozenset({"contact_phone", "phone", "bank_account"})
_LEFT_OUT = frozenset({"location", "nationality", "commune"})
"""Of masked messages. The commune stands in a field of its own."""


class Named(msgspec.Struct, frozen=True):
    id: str
    name: str


class Agency(msgspec.Struct, frozen=True):
    """`id` as in the plan's routing, such as `so_y_te`; `commune` for a commune's committee."""

    id: str
    name: str
    role: Role
    unit: str | None = None
    commune: Named | None = None


class Detail(msgspec.Struct, frozen=True):
    """One answer of the form. `value` is a normal form: a whole number of VND, an ISO date, digits."""

    slot: str
    label: str
    value: str


class News(msgspec.Struct, frozen=True):
    """What happened on a case that was handed over before."""

    at: dt.datetime
    by: Literal["consumer", "agency", "service"]
    agency: Named | None = None
    """Which agency did it."""
    text: str | None = None
    """What the consumer or the agency wrote; masked like the rest."""
    step: Step | None = None
    """Of `case.trader_step`: what became of the negotiation with the trader."""
    helped: bool | None = None
    """Of `case.rated`: whether the consumer says that it helped."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it is handed to one agency, as it stands when the message is sent."""

    code: str
    """Of the case, such as `HY-26-000123`; the same in everything that is said about it."""
    kind: Literal["complaint", "request"]
    """`request`: the consumer only wishes to speak to an officer."""
    state: str
    """open, accepted, asked (an answer of the consumer is waited for), resolved, withdrawn."""
    outcome: str | None = None
    """Of a resolved case: solved, partly, refused, advised."""
    province: Named
    topic: Named
    urgent: bool
    filed_at: dt.datetime
    due_at: dt.datetime
    due_by_law: bool
    """The date is a time limit of the law; otherwise the province's own target."""
    due_article: str | None = None
    """Of law 19/2023/QH15, by which: 57(4) to forward the request to the trader, 57(5) for the trader."""
    commune: Named | None
    """Where the consumer lives."""
    to: Agency
    part: str = "new"
    """How far that agency is: new, accepted, done; returned or transferred where it passed the case on."""
    others: tuple[Agency, ...]
    """The other agencies that have the case now."""
    clauses: tuple[str, ...]
    """Of the province's plan, by which it is this agency's."""
    details: tuple[Detail, ...]
    files: int
    """How many files the consumer sent; they are read in the console."""
    masked: bool
    agreement: str | None = None
    """By which the personal data are not masked."""
    link: str | None = None
    """The case in the console, for officers with an account."""
    news: News | None = None
    """What is told; nothing where it is the hand-off itself."""
    trial: bool = False
    """There is no such case: the operator tries the connection (`ntd handoff test`)."""


def masking(pipeline: Pipeline, clock: Clock) -> Mask:
    """By what the product understands of the text, as it does with the transcript."""

    def mask(text: str) -> str:
        today = clock.now().astimezone(VIETNAM).date()
        return mask_personal(text, pipeline.parse(text, today).entities)

    return mask


async def of(
    uow: UnitOfWork,
    registry: Registry,
    complaint: Row[Any],
    part: Row[Any],
    *,
    mask: Mask,
    agreement: str | None,
) -> Case:
    catalog = registry.catalog
    details = registry.vault.open(complaint.slots_sealed, Details)
    return Case(
        code=complaint.code,
        kind=complaint.kind,
        state=complaint.state,
        outcome=complaint.outcome,
        province=Named(complaint.province, catalog.provinces[complaint.province].province.name.vi),
        topic=Named(complaint.topic, catalog.topics[complaint.topic].title.vi),
        urgent=complaint.urgent,
        filed_at=complaint.filed_at,
        due_at=complaint.due_at,
        due_by_law=complaint.by_law,
        due_article=await _article(uow, registry, complaint),
        commune=_commune(catalog, complaint.commune),
        to=_agency(catalog, part),
        part=part.state,
        others=await _others(uow, catalog, part),
        clauses=tuple(part.clauses),
        details=disclosed(catalog, details.slots, mask if agreement is None else None),
        files=await _files(uow, complaint.id),
        masked=agreement is None,
        agreement=agreement,
        link=_link(registry.settings.public_url, complaint.code),
    )


async def _article(uow: UnitOfWork, registry: Registry, complaint: Row[Any]) -> str | None:
    leg = await leg_of(uow, registry, complaint) if complaint.by_law else None
    return leg.article if leg else None


def disclosed(catalog: Catalog, slots: dict[str, str], mask: Mask | None) -> tuple[Detail, ...]:
    """The slots as they may leave; without `mask` as they are."""
    return tuple(
        Detail(slot, catalog.slots[slot].label.vi if slot in catalog.slots else slot, value)
        for slot, raw in slots.items()
        if mask is None or slot not in _LEFT_OUT
        if (value := raw if mask is None else _masked(catalog, slot, raw, mask))
    )


def _masked(catalog: Catalog, slot: str, value: str, mask: Mask) -> str:
    if slot in _NUMBERS:
        return ends(value)
    kind = catalog.slots[slot].kind if slot in catalog.slots else SlotKind.TEXT
    return mask(value) if kind in (SlotKind.TEXT, SlotKind.URL) else value


def ends(number: str) -> str:
    """090•••••01: enough to tell two numbers apart."""
    return number[:3] + "•" * max(3, len(number) - 5) + number[-2:] if len(number) > 6 else "•••"


def _commune(catalog: Catalog, code: str | None) -> Named | None:
    if code is None or code not in catalog.commune_by_code:
        return None
    return Named(code, catalog.commune_by_code[code][1].name)


def _agency(catalog: Catalog, part: Row[Any]) -> Agency:
    return Agency(
        id=part.agency,
        name=name_of(catalog, part),
        role="lead" if part.lead else "coordinating",
        unit=part.unit,
        commune=_commune(catalog, part.commune),
    )


async def _others(uow: UnitOfWork, catalog: Catalog, part: Row[Any]) -> tuple[Agency, ...]:
    query = select(handoffs).where(
        handoffs.c.complaint_id == part.complaint_id,
        handoffs.c.id != part.id,
        handoffs.c.state.not_in(("returned", "transferred")),
    )
    rows = (await uow.execute(query.order_by(handoffs.c.lead.desc(), handoffs.c.id))).all()
    return tuple(_agency(catalog, row) for row in rows)


async def _files(uow: UnitOfWork, complaint_id: int) -> int:
    query = select(func.count()).where(evidence.c.complaint_id == complaint_id, evidence.c.state == "kept")
    return int((await uow.execute(query)).scalar_one())


def _link(public_url: str | None, code: str) -> str | None:
    return f"{public_url.rstrip('/')}/console/cases/{code}" if public_url else None
