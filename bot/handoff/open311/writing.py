"""What clients write: a new case, and what became of one handed to them. Each call has its effect once."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from actions.ports import ComplaintDraft
from bot.cases import filing, trader_work, work
from bot.cases.access import access_case
from bot.cases.filing import Registry
from bot.cases.trader import STEPS, Step
from bot.cases.work import CaseUnknownError, WorkRefusedError
from bot.clock import VIETNAM
from bot.handoff import clients
from bot.handoff.clients import Client
from bot.handoff.open311 import services
from bot.handoff.open311.formats import Refusal
from bot.storage import channel_state
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints
from content.catalog import Catalog
from content.schema import SlotKind
from nlu.answers import parse_money, parse_phone
from nlu.conditions import conditions
from nlu.pipeline import Pipeline
from nlu.steps.secrets import mask
from nlu.understanding import SECRET_ENTITIES

LONGEST_STORY, LONGEST_VALUE, LONGEST_KEY = 5000, 500, 80
_CHANNEL = "open311"

_ALWAYS: Mapping[str, work.Do] = {"accepted": "accept", "asked": "ask", "noted": "note", "returned": "return"}
_SOLVED = ("resolved", "closed")
_LEAD: Mapping[str, work.Do] = {"answered": "answer", **dict.fromkeys(_SOLVED, "resolve")}
_COORDINATING: Mapping[str, work.Do] = {"answered": "note", **dict.fromkeys(_SOLVED, "done")}
_TRADER: Mapping[str, Step] = {f"trader_{step}": step for step in STEPS}
STATUSES = (*_ALWAYS, *_LEAD, *_TRADER)
_UNREADABLE = ("console.text_missing", "console.text_long", "trader.day_wrong")


async def file(
    uow: UnitOfWork,
    registry: Registry,
    pipeline: Pipeline,
    client: Client,
    fields: Mapping[str, str],
    now: dt.datetime,
) -> dict[str, Any]:
    """Files a case for whoever called a call centre. `fields`: GeoReport's, `attribute[x]` as they stand;
    `idempotency_key`, where there is one, makes a repeat harmless. Raises Refusal."""
    key = _key(fields.get("idempotency_key") or fields.get("attribute[external_id]") or "")
    await channel_state.lock(uow, _CHANNEL, f"{client.client_id}/{key}")
    known = await clients.first_call(uow, client, "filed", key)
    if known is not None:
        query = select(complaints.c.code).where(complaints.c.id == known)
        return _filed((await uow.execute(query)).scalar_one(), None, registry.catalog)
    draft = _draft(registry.catalog, pipeline, client, fields, now)
    filed = await filing.file(uow, registry, draft, now=now, source="system")
    query = select(complaints.c.id).where(complaints.c.code == filed.case.code)
    complaint_id = (await uow.execute(query)).scalar_one()
    await clients.note_call(uow, client, "filed", key, complaint_id, now)
    return _filed(filed.case.code, filed.secret, registry.catalog)


def _key(text: str) -> str:
    if len(text) > LONGEST_KEY:
        raise Refusal(400, f"the idempotency key has more than {LONGEST_KEY} characters")
    return text or secrets.token_urlsafe(24)


def _filed(code: str, secret: str | None, catalog: Catalog) -> dict[str, Any]:
    notice = catalog.say("vi", "handoff.filed_notice", secret=secret) if secret else None
    return {"service_request_id": code, "service_notice": notice, "account_id": None}


def _draft(
    catalog: Catalog, pipeline: Pipeline, client: Client, fields: Mapping[str, str], now: dt.datetime
) -> ComplaintDraft:
    topic = catalog.topics.get(fields.get("service_code", ""))
    if topic is None:
        raise Refusal(400 if not fields.get("service_code") else 404, "service_code was not found")
    if fields.get(f"attribute[{services.CONSENT}]", "").lower() not in ("true", "1", "yes"):
        raise Refusal(400, f"attribute[{services.CONSENT}] must say that the consumer agrees: true")
    slots = _slots(catalog, pipeline, fields, now.astimezone(VIETNAM).date())
    commune = _commune(catalog, client.province, fields)
    if commune:
        slots["commune"] = catalog.commune_by_code[commune][1].name
    return ComplaintDraft(
        kind="complaint",
        province=client.province,
        topic=topic.id,
        urgent=fields.get("attribute[urgent]", "").lower() in ("true", "1", "yes"),
        vulnerable=False,
        slots=slots,
        said={},
        attachments=(),
        conditions=conditions(" ".join(slots.values()), catalog),
        commune=commune,
        incident_commune=None,
        for_someone_else=False,
        talk_since=now,
    )


def _slots(catalog: Catalog, pipeline: Pipeline, fields: Mapping[str, str], today: dt.date) -> dict[str, str]:
    """Also answers that the topic's own form does not ask for."""
    story = fields.get("description", "").strip()
    if not story:
        raise Refusal(400, "description was not provided")
    slots = {"what_happened": _without_secrets(catalog, pipeline, story[:LONGEST_STORY], today)}
    for slot in catalog.slots.keys() - services.OURS - {"commune"}:
        if value := fields.get(f"attribute[{slot}]", "").strip()[:LONGEST_VALUE]:
            slots[slot] = _normal(catalog.slots[slot].kind, slot, value, today)
    if fields.get("address_string", "").strip():
        place = fields["address_string"].strip()[:LONGEST_VALUE]
        slots.setdefault("incident_place", place)
    if phone := fields.get("phone", "").strip():
        slots["contact_phone"] = _normal(SlotKind.PHONE, "phone", phone, today)
    if here := _place(fields.get("lat", ""), fields.get("long", "")):
        slots["location"] = here
    return slots


def _without_secrets(catalog: Catalog, pipeline: Pipeline, text: str, today: dt.date) -> str:
    """One-time codes and card numbers are kept nowhere, whoever typed them."""
    found = [one for one in pipeline.parse(text, today).entities if one.type in SECRET_ENTITIES]
    labels = {str(one.type): catalog.say("vi", f"talk.masked_{one.type}") for one in found}
    return mask(text, found, labels)


def _normal(kind: SlotKind, name: str, value: str, today: dt.date) -> str:
    """The slot's normal form. Raises Refusal for one that cannot be read."""
    if kind is SlotKind.MONEY:
        amount = parse_money(value)
        if amount is None:
            raise Refusal(400, f"{name} is no amount in VND")
        return str(amount)
    if kind is SlotKind.PHONE:
        number = parse_phone(value)
        if number is None:
            raise Refusal(400, f"{name} is no telephone number of Viet Nam")
        return number
    if kind is SlotKind.DATE:
        try:
            day = dt.date.fromisoformat(value[:10])
        except ValueError:
            raise Refusal(400, f"{name} is no date such as 2026-11-22") from None
        if day > today:
            raise Refusal(400, f"{name} lies in the future")
        return day.isoformat()
    return value


def _place(lat: str, long: str) -> str | None:
    if not lat.strip() and not long.strip():
        return None
    try:
        here = float(lat), float(long)
    except ValueError:
        raise Refusal(400, "lat and long are degrees, both or neither") from None
    if not (-90 <= here[0] <= 90 and -180 <= here[1] <= 180):
        raise Refusal(400, "lat and long are degrees, both or neither")
    return f"{here[0]:.5f}, {here[1]:.5f}"


def _commune(catalog: Catalog, province: str, fields: Mapping[str, str]) -> str | None:
    """By code or name in `attribute[commune]`, or by code in `address_id`."""
    told = (fields.get("attribute[commune]") or fields.get("address_id") or "").strip()
    if not told:
        return None
    found = [one.code for one in catalog.provinces[province].communes if told in (one.code, one.name)]
    if len(found) != 1:
        raise Refusal(400, "attribute[commune] is no commune of the province")
    return found[0]


async def change(
    uow: UnitOfWork,
    registry: Registry,
    client: Client,
    code: str,
    fields: Mapping[str, str],
    now: dt.datetime,
) -> dict[str, Any]:
    """What became of a case at the client's agency: done as an officer of it would do it, so the consumer
    hears of it the same way. Raises Refusal."""
    key = fields.get("update_id", "").strip()
    status = fields.get("status", "").strip().lower()
    if not key or len(key) > LONGEST_KEY:
        raise Refusal(400, f"update_id was not provided, or has more than {LONGEST_KEY} characters")
    if status not in STATUSES:
        raise Refusal(400, f"status is one of {', '.join(STATUSES)}")
    told = {"update_id": key, "service_request_id": code, "status": status}
    await channel_state.lock(uow, _CHANNEL, f"update {client.client_id}/{key}")
    held = await access_case(uow, client, code, lock=True)
    if held is None:
        raise Refusal(404, "service_request_id was not found")
    known = await clients.first_call(uow, client, "update", key)
    if known is not None:
        if known != held.complaint.id:
            raise Refusal(400, "update_id was used for another request")
        return told
    if step := _TRADER.get(status):
        await _step(uow, registry, client, code, step, fields, now)
    else:
        do = _ALWAYS.get(status) or (_LEAD if held.leads else _COORDINATING)[status]
        if do != "accept" or held.handoff.state != "accepted":
            await _act(uow, registry, client, code, do, fields, now)
    await clients.note_call(uow, client, "update", key, held.complaint.id, now)
    return told


async def _act(
    uow: UnitOfWork,
    registry: Registry,
    client: Client,
    code: str,
    do: work.Do,
    fields: Mapping[str, str],
    now: dt.datetime,
) -> None:
    outcome = fields.get("outcome", "").strip().lower() or "solved"
    if do == "resolve" and outcome not in work.OUTCOMES:
        raise Refusal(400, f"outcome is one of {', '.join(work.OUTCOMES)}")
    text = fields.get("description", "").strip()
    with _refusals(registry):
        await work.act(uow, registry, client, code, do=do, text=text, now=now, outcome=outcome)


async def _step(
    uow: UnitOfWork,
    registry: Registry,
    client: Client,
    code: str,
    step: Step,
    fields: Mapping[str, str],
    now: dt.datetime,
) -> None:
    """`on`: the day on which it happened, today without one."""
    told = fields.get("on", "").strip()
    try:
        on = dt.date.fromisoformat(told) if told else None
    except ValueError:
        raise Refusal(400, "on is no date such as 2026-11-22") from None
    note = fields.get("description", "").strip()
    with _refusals(registry):
        await trader_work.enter(uow, registry, client, code, step, now=now, on=on, note=note)


@contextmanager
def _refusals(registry: Registry) -> Iterator[None]:
    try:
        yield
    except CaseUnknownError:
        raise Refusal(404, "service_request_id was not found") from None
    except WorkRefusedError as error:
        refused = 400 if error.key in _UNREADABLE else 409
        raise Refusal(refused, registry.catalog.say("vi", error.key, **error.values)) from None
