"""Cases as service requests: what a client may read of those handed to its agency or filed by itself."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, false, or_, select

from bot.cases import ways
from bot.cases.access import own_handoffs
from bot.cases.filing import Registry
from bot.cases.parties import name_of, responsibility
from bot.cases.records import Details
from bot.clock import VIETNAM
from bot.handoff.clients import Client
from bot.handoff.open311.formats import Refusal
from bot.handoff.parcel import Mask, disclosed
from bot.storage.database import UnitOfWork
from bot.storage.tables import client_calls, complaints, handoffs

MOST = 1000
SPAN = dt.timedelta(days=90)
CLOSED = ("resolved", "withdrawn")
_STORY = "what_happened"


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
    """The newest first, at most 1,000."""
    query = select(complaints).where(_reachable(client), *asked.where(now))
    rows = (await uow.execute(query.order_by(complaints.c.filed_at.desc()).limit(MOST))).all()
    parts = await _parts(uow, client, [row.id for row in rows])
    # hundreds of cases to decrypt and mask: not on the loop that answers consumers
    return await asyncio.to_thread(lambda: [_shown(registry, row, parts[row.id], mask) for row in rows])


async def _parts(uow: UnitOfWork, client: Client, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Of each case the client's own hand-off; of one that it only filed, the lead's."""
    query = select(handoffs, own_handoffs(client).label("own")).where(
        handoffs.c.complaint_id.in_(ids), handoffs.c.state.not_in(("returned", "transferred"))
    )
    found: dict[int, Row[Any]] = {}
    gone = select(handoffs, own_handoffs(client).label("own")).where(
        handoffs.c.complaint_id.in_(ids), handoffs.c.state.in_(("returned", "transferred"))
    )
    rows = [*(await uow.execute(gone)).all(), *(await uow.execute(query)).all()]
    for row in sorted(rows, key=lambda row: (row.own, row.lead, row.id)):
        found[row.complaint_id] = row
    return found


def _shown(registry: Registry, row: Row[Any], part: Row[Any], mask: Mask) -> dict[str, Any]:
    catalog = registry.catalog
    reach = ways.reach_of(registry.directory, catalog, registry.settings, responsibility(catalog, part))
    agreement = reach.agreement if part.own else None
    slots = registry.vault.open(row.slots_sealed, Details).slots
    details = disclosed(catalog, slots, None if agreement else mask)
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
        },
    }


def _local(at: dt.datetime) -> str:
    return at.astimezone(VIETNAM).isoformat(timespec="seconds")
