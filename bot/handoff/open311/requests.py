"""Cases as service requests: what a client may read of those handed to its agency or filed by itself."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, false, or_, select

from bot.cases import ways
from bot.cases.access import GONE, own_handoffs
from bot.cases.filing import Registry
from bot.cases.news import AUDIENCES, hears
from bot.cases.parties import name_of, responsibility
from bot.cases.records import Details
from bot.clock import VIETNAM
from bot.handoff import news
from bot.handoff.clients import Client
from bot.handoff.open311.formats import Refusal
from bot.handoff.parcel import Mask, disclosed
from bot.storage.database import UnitOfWork
from bot.storage.tables import client_calls, complaints, handoffs, history

MOST = 1000
SPAN = dt.timedelta(days=90)
CLOSED = ("resolved", "withdrawn")
_STORY = "what_happened"
_TO_CONSUMERS = ("accepted", "asked", "answered", "returned", "transferred", "resolved", "withdrawn")
"""What consumers hear of as well: whoever filed a case for one may read it to them."""


class Asked(msgspec.Struct, frozen=True):
    """The arguments of GET requests. Dates count when the case was filed; `updated_after` is an extension."""

    codes: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    updated_after: dt.datetime | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Asked:
        """Raises Refusal for a date or a status that cannot be read."""
        statuses = _list(query.get("status", ""))
        if set(statuses) - {"open", "closed"}:
            raise Refusal(400, "status is open or closed")
        return cls(
            codes=_list(query.get("service_request_id", "")),
            topics=_list(query.get("service_code", "")),
            statuses=statuses,
            start=_moment(query, "start_date"),
            end=_moment(query, "end_date"),
            updated_after=_moment(query, "updated_after"),
        )

    def where(self, now: dt.datetime) -> list[ColumnElement[bool]]:
        """Ids overrule all the rest, as GeoReport has it; without any date the last 90 days count."""
        if self.codes:
            return [complaints.c.code.in_(self.codes)]
        found: list[ColumnElement[bool]] = []
        if self.topics:
            found.append(complaints.c.topic.in_(self.topics))
        if len(self.statuses) == 1:
            closed = complaints.c.state.in_(CLOSED)
            found.append(closed if self.statuses[0] == "closed" else ~closed)
        if self.updated_after:
            return [*found, complaints.c.updated_at > self.updated_after]
        start = self.start or (self.end or now) - SPAN
        end = self.end or (self.start + SPAN if self.start else now)
        return [*found, complaints.c.filed_at >= start, complaints.c.filed_at <= end]


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())[:MOST]


def _moment(query: Mapping[str, str], name: str) -> dt.datetime | None:
    """ISO 8601 with its zone; without one, Viet Nam's. A "+" that arrived as a blank is one still."""
    text = query.get(name, "").strip().replace(" ", "+")
    if not text:
        return None
    try:
        at = dt.datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=VIETNAM)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise Refusal(400, f"{name} is no date such as 2026-11-22T08:00:00+07:00") from None


def _reachable(client: Client) -> ColumnElement[bool]:
    """Handed to the client's agency, or filed by the client."""
    filed = select(client_calls.c.complaint_id).where(
        client_calls.c.client_id == client.client_id, client_calls.c.kind == "filed"
    )
    handed = select(handoffs.c.complaint_id).where(own_handoffs(client)) if client.agency else None
    own = complaints.c.id.in_(handed) if handed is not None else false()
    return or_(own, complaints.c.id.in_(filed))


async def find(
    uow: UnitOfWork, registry: Registry, client: Client, asked: Asked, now: dt.datetime, mask: Mask
) -> list[dict[str, Any]]:
    """The newest first, at most 1,000. What happened since is told of cases that were asked for by name."""
    query = select(complaints).where(_reachable(client), *asked.where(now))
    rows = (await uow.execute(query.order_by(complaints.c.filed_at.desc()).limit(MOST))).all()
    parts = await _parts(uow, client, [row.id for row in rows])
    lines = await _lines(uow, [row.id for row in rows]) if asked.codes else {}
    # hundreds of cases to decrypt and mask: not on the loop that answers consumers
    return await asyncio.to_thread(
        lambda: [_shown(registry, row, parts[row.id], lines.get(row.id), mask) for row in rows]
    )


async def _parts(uow: UnitOfWork, client: Client, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Of each case the client's own hand-off; of one that it only filed, the lead's."""
    query = select(handoffs, own_handoffs(client).label("own")).where(
        handoffs.c.complaint_id.in_(ids), handoffs.c.state.not_in(GONE)
    )
    found: dict[int, Row[Any]] = {}
    gone = select(handoffs, own_handoffs(client).label("own")).where(
        handoffs.c.complaint_id.in_(ids), handoffs.c.state.in_(GONE)
    )
    rows = [*(await uow.execute(gone)).all(), *(await uow.execute(query)).all()]
    for row in sorted(rows, key=lambda row: (row.own, row.lead, row.id)):
        found[row.complaint_id] = row
    return found


async def _lines(uow: UnitOfWork, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    query = select(history).where(history.c.complaint_id.in_(ids), history.c.action.in_(AUDIENCES))
    found: dict[int, list[Row[Any]]] = {id_: [] for id_ in ids}
    for row in (await uow.execute(query.order_by(history.c.id))).all():
        found[row.complaint_id].append(row)
    return found


def _updates(registry: Registry, part: Row[Any], lines: Sequence[Row[Any]], mask: Mask | None) -> list[Any]:
    """What an agency's system is told by webhook too, the oldest first."""
    told, lead = [], part.lead and part.state not in GONE
    for line in lines:
        own = (line.province, line.agency) == (part.province, part.agency)
        if hears(line.action, lead=lead, own=own) if part.own else line.action in _TO_CONSUMERS:
            one = news.news(registry.catalog, registry.vault, line, mask)
            told.append({"type": news.EVENTS[line.action], **msgspec.to_builtins(one), "at": _local(one.at)})
    return told


def _shown(
    registry: Registry, row: Row[Any], part: Row[Any], lines: Sequence[Row[Any]] | None, mask: Mask
) -> dict[str, Any]:
    catalog = registry.catalog
    reach = ways.reach_of(registry.directory, catalog, registry.settings, responsibility(catalog, part))
    agreement = reach.agreement if part.own else None
    slots = registry.vault.open(row.slots_sealed, Details).slots
    masked = None if agreement else mask
    details = disclosed(catalog, slots, masked)
    commune = catalog.commune_by_code.get(row.commune or "")
    return {
        "service_request_id": row.code,
        "status": "closed" if row.state in CLOSED else "open",
        "status_notes": catalog.say("vi", f"handoff.state_{row.state}"),
        "service_name": catalog.topics[row.topic].title.vi,
        "service_code": row.topic,
        "description": next((one.value for one in details if one.slot == _STORY), None),
        "agency_responsible": name_of(catalog, part),
        "service_notice": None,
        "requested_datetime": _local(row.filed_at),
        "updated_datetime": _local(row.updated_at),
        "expected_datetime": _local(row.due_at),
        "address": commune[1].name if commune else None,
        "address_id": row.commune,
        "zipcode": None,
        "lat": None,
        "long": None,
        "media_url": None,
        "extended_attributes": {
            "jurisdiction_id": row.province,
            "state": row.state,
            "outcome": row.outcome,
            "role": "lead" if part.lead else "coordinating",
            "part": part.state,
            "urgent": row.urgent,
            "due_by_law": row.by_law,
            "masked": agreement is None,
            "details": [
                {"code": one.slot, "label": one.label, "value": one.value}
                for one in details
                if one.slot != _STORY
            ],
            "updates": None if lines is None else _updates(registry, part, lines, masked),
        },
    }


def _local(at: dt.datetime) -> str:
    return at.astimezone(VIETNAM).isoformat(timespec="seconds")
