"""Filing: one transaction writes the complaint, its hand-offs, its history and the agencies' notices."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Literal

import msgspec
from sqlalchemy import insert, or_, select, text, update

from actions.agencies import named
from actions.ports import AgencyName, CaseView, ComplaintDraft, Filed
from actions.routing import Responsibility, Route, route
from bot.cases import deadlines, ways
from bot.cases.directory import Directory
from bot.cases.evidence import attach
from bot.cases.records import Actor, Details, record
from bot.cases.reported import numbers_in
from bot.clock import VIETNAM
from bot.delivery import ledger
from bot.delivery.ports import Limits
from bot.settings import Settings
from bot.storage.database import UnitOfWork
from bot.storage.tables import case_followers, complaints, handoffs, messages, officers
from bot.storage.vault import Vault
from content.catalog import Catalog
from content.schema import Basis, Language

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which are misread over the telephone."""
_SECRET_LENGTH = 6

_NUMBER = text(
    """
    INSERT INTO complaint_numbers AS n (province, year, last) VALUES (:province, :year, 1)
    ON CONFLICT (province, year) DO UPDATE SET last = n.last + 1
    RETURNING last
    """
)

Source = Literal["chat", "phone", "counter", "system"]
"""`system`: a call centre's or an agency's, through Open311."""


_ACTORS: Mapping[Source, Actor] = {"chat": "consumer", "system": "system"}


class Registry(msgspec.Struct, frozen=True):
    """What filing stands on."""

    catalog: Catalog
    vault: Vault
    settings: Settings
    directory: Directory
    limits: Mapping[str, Limits]
    """Of every channel, also of one that is not configured here: what goes to it still has to fit."""


async def file(
    uow: UnitOfWork,
    registry: Registry,
    draft: ComplaintDraft,
    *,
    now: dt.datetime,
    language: Language = "vi",
    contact_id: int | None = None,
    source: Source = "chat",
) -> Filed:
    """Writes the complaint to the agencies that the province's plan makes responsible."""
    way = route_of(registry.catalog, draft)
    code = await _code(uow, registry.catalog, draft.province, now)
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    due = deadlines.due(
        now,
        registry.catalog.topics[draft.topic],
        draft.urgent,
        registry.settings,
        province=draft.province,
        kind=draft.kind,
    )
    row = _row(registry.vault, draft, code, secret) | {
        "contact_id": contact_id,
        "source": source,
        "due_at": due.at,
        "by_law": due.by_law,
        "filed_at": now,
        "updated_at": now,
    }
    complaint_id = int((await uow.execute(insert(complaints).returning(complaints.c.id), row)).scalar_one())
    for who in await _parts(uow, registry, draft.province, way):
        await hand_off(uow, registry, complaint_id, code, who, lead=who == way.lead, now=now)
    actor = _ACTORS.get(source, "officer")
    await record(uow, registry.vault, complaint_id=complaint_id, actor=actor, action="filed", at=now)
    if contact_id is not None:
        await _follow_up(uow, complaint_id, contact_id, draft, now)
    return Filed(_view(registry.catalog, language, draft, way, code, due, now), secret)


def route_of(catalog: Catalog, draft: ComplaintDraft) -> Route:
    accusing = " ".join([draft.slots.get("what_happened", ""), draft.slots.get("agency_name", "")])
    return route(
        catalog,
        draft.province,
        draft.topic,
        draft.conditions,
        commune=draft.commune,
        incident_commune=draft.incident_commune,
        text=accusing,
    )


async def hand_off(
    uow: UnitOfWork,
    registry: Registry,
    complaint_id: int,
    code: str,
    who: Responsibility,
    *,
    lead: bool,
    now: dt.datetime,
) -> None:
    """One agency's part of the case, and the word of it on every way by which the agency is reached."""
    row = {
        "complaint_id": complaint_id,
        "province": who.province,
        "agency": who.agency,
        "unit": who.unit,
        "commune": who.commune.code if who.commune else None,
        "lead": lead,
        "clauses": list(who.clauses),
        "basis": who.basis.value,
        "state": "new",
        "created_at": now,
        "updated_at": now,
    }
    handoff_id = int((await uow.execute(insert(handoffs).returning(handoffs.c.id), row)).scalar_one())
    await announce(uow, registry, handoff_id, complaint_id, code, who, now=now)


async def announce(
    uow: UnitOfWork,
    registry: Registry,
    handoff_id: int,
    complaint_id: int,
    code: str,
    who: Responsibility,
    *,
    now: dt.datetime,
) -> None:
    """To the agency's open pages in the console always; by e-mail and webhook where there is an address."""
    await ledger.to_agency(
        uow,
        registry.vault,
        province=who.province,
        agency=who.agency,
        text=code,
        complaint_id=complaint_id,
        now=now,
    )
    reach = ways.reach_of(registry.directory, registry.catalog, registry.settings, who)
    await ways.queue(uow, handoff_id, who, reach, now=now)


async def _parts(uow: UnitOfWork, registry: Registry, province: str, way: Route) -> list[Responsibility]:
    """The agencies of the route; the focal agency too where the lead can be reached by nobody (P5)."""
    parts = [way.lead, *way.coordinating]
    focal = registry.catalog.provinces[province].routing.focal
    if any(part.agency == focal.agency and part.province == province for part in parts):
        return parts
    if await manned(uow, way.lead):
        return parts
    stand_in = Responsibility(
        agency=focal.agency, unit=None, clauses=focal.clauses, basis=Basis.FOCAL, law=None, province=province
    )
    return [*parts, stand_in]


async def manned(uow: UnitOfWork, who: Responsibility) -> bool:
    """Somebody of the agency reads the queue. An address in the directory does not count here: whoever is
    only mailed cannot answer the consumer, and of a mail nobody knows whether it was read."""
    query = select(officers.c.id).where(
        officers.c.active,
        officers.c.province == who.province,
        officers.c.agency == who.agency,
        or_(officers.c.unit.is_(None), officers.c.unit == who.unit),
        officers.c.commune.is_not_distinct_from(who.commune.code if who.commune else None),
    )
    return (await uow.execute(query.limit(1))).first() is not None


async def _code(uow: UnitOfWork, catalog: Catalog, province: str, now: dt.datetime) -> str:
    """HY-26-000123: province, year in Viet Nam, running number without gaps for filed complaints."""
    year = now.astimezone(VIETNAM).year
    number = (await uow.execute(_NUMBER, {"province": province, "year": year})).scalar_one()
    return f"{catalog.provinces[province].province.prefix}-{year % 100:02d}-{number:06d}"


def secret_hash(vault: Vault, code: str, secret: str) -> bytes:
    return vault.digest("case-secret", f"{code}:{secret}")


def _row(vault: Vault, draft: ComplaintDraft, code: str, secret: str) -> dict[str, object]:
    words = [*draft.slots.values(), *draft.said.values()]
    return {
        "code": code,
        "kind": draft.kind,
        "secret_hash": secret_hash(vault, code, secret),
        "province": draft.province,
        "topic": draft.topic,
        "urgent": draft.urgent,
        "vulnerable": draft.vulnerable,
        "for_someone_else": draft.for_someone_else,
        "commune": draft.commune,
        "state": "open",
        "slots_sealed": vault.seal(Details(slots=draft.slots, said=draft.said)),
        "search": vault.tokens(*words, *(number for text in words for number in numbers_in(text))),
    }


async def _follow_up(
    uow: UnitOfWork, complaint_id: int, contact_id: int, draft: ComplaintDraft, now: dt.datetime
) -> None:
    """The consumer gets the case's news; the talk since the form opened and the files belong to it now."""
    await uow.execute(
        insert(case_followers), {"complaint_id": complaint_id, "contact_id": contact_id, "since": now}
    )
    await attach(uow, draft.attachments, complaint_id=complaint_id, contact_id=contact_id)
    await uow.execute(
        update(messages)
        .where(
            messages.c.contact_id == contact_id,
            messages.c.complaint_id.is_(None),
            messages.c.at >= draft.talk_since,
        )
        .values(complaint_id=complaint_id)
    )


def _view(
    catalog: Catalog,
    language: Language,
    draft: ComplaintDraft,
    way: Route,
    code: str,
    due: deadlines.Due,
    now: dt.datetime,
) -> CaseView:
    return CaseView(
        code=code,
        topic=draft.topic,
        province=draft.province,
        state="open",
        lead=named(catalog, language, way.lead),
        coordinating=_named(catalog, language, way.coordinating),
        due=due.at.astimezone(VIETNAM).date(),
        by_law=due.by_law,
        filed_at=now,
    )


def _named(catalog: Catalog, language: Language, parts: tuple[Responsibility, ...]) -> tuple[AgencyName, ...]:
    return tuple(named(catalog, language, part) for part in parts)
