"""A complaint that came by telephone or at the counter, typed in by an officer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from litestar import Response, get, post

from actions.ports import ComplaintDraft
from bot.cases import filing
from bot.cases.filing import Source
from bot.clock import VIETNAM
from bot.console import shown
from bot.console.answers import page, to
from bot.console.desk import AnyRequest, Desk, TheDesk, TheForm
from bot.console.gate import officer_of
from bot.officers import forms
from content.catalog import Catalog
from nlu.answers import parse_money, parse_phone
from nlu.conditions import conditions

TEXTS = ("what_happened", "product", "seller", "seller_address", "incident_place", "wanted")
LONGEST_STORY = 5000


class Reading(msgspec.Struct):
    """A form as it was read: slots in normal form, and what is wrong, by field."""

    slots: dict[str, str] = {}
    said: dict[str, str] = {}
    wrong: dict[str, str] = {}
    """Field -> key of the sentence that says what to do."""


@get("/new", sync_to_thread=False)
def show_form(request: AnyRequest, desk: TheDesk) -> Response[str]:
    return _form(desk, request, {}, {})


def _form(desk: Desk, request: AnyRequest, form: dict[str, str], wrong: dict[str, str]) -> Response[str]:
    catalog = desk.registry.catalog
    province = officer_of(request).province or ""
    return page(
        desk,
        request,
        "new.html",
        status=422 if wrong else 200,
        form=form,
        wrong={name: desk.say(key) for name, key in wrong.items()},
        topics=sorted(catalog.topics.values(), key=lambda topic: topic.title.vi),
        communes=sorted(catalog.provinces[province].communes, key=lambda commune: commune.name),
        province=catalog.provinces[province].province.name.vi,
        today=desk.now().astimezone(VIETNAM).date(),
        longest=LONGEST_STORY,
    )


@post("/new", status_code=303)
async def post_form(request: AnyRequest, desk: TheDesk, form: TheForm) -> Response[Any]:
    officer = officer_of(request)
    now = desk.now()
    reading = read(form, desk.registry.catalog, officer.province or "", now.astimezone(VIETNAM).date())
    if reading.wrong:
        return _form(desk, request, form, reading.wrong)
    source: Source = "counter" if form.get("source") == "counter" else "phone"
    once = form.get("once", "")
    async with desk.database.begin() as uow:
        if await forms.first_time(uow, once, officer.id, now):
            draft = _draft(form, reading, desk.registry.catalog, officer.province or "", now)
            filed = await filing.file(uow, desk.registry, draft, now=now, source=source)
            result = {
                "kind": "complaint",
                "code": filed.case.code,
                "secret": filed.secret,
                "lead": filed.case.lead.name,
                "due": shown.day(filed.case.due) if filed.case.due else "",
                "by_law": "1" if filed.case.by_law else "",
                "topic": shown.topic(desk.registry.catalog, draft.topic),
            }
            await forms.keep_result(uow, desk.registry.vault, once, result)
            await uow.commit()
    return to(f"/console/receipts/{once}")


def read(form: dict[str, str], catalog: Catalog, province: str, today: dt.date) -> Reading:
    """Reads every field, so that all that is wrong is said at once."""
    reading = Reading()
    for slot in TEXTS:
        text = form.get(slot, "").strip()[:LONGEST_STORY]
        if text:
            reading.slots[slot] = text
    if "what_happened" not in reading.slots:
        reading.wrong["what_happened"] = "console.story_missing"
    if form.get("topic") not in catalog.topics:
        reading.wrong["topic"] = "console.topic_missing"
    if not form.get("consent"):
        reading.wrong["consent"] = "console.consent_missing"
    if not form.get("once"):
        reading.wrong["what_happened"] = "console.stale"
    _read_numbers(form, reading, today)
    commune = form.get("commune", "")
    if commune:
        place = catalog.commune_by_code.get(commune)
        if place is None or place[0] != province:
            reading.wrong["commune"] = "console.commune_unknown"
        else:
            reading.slots["commune"] = place[1].name
    return reading


def _read_numbers(form: dict[str, str], reading: Reading, today: dt.date) -> None:
    money, phone, day = (form.get(name, "").strip() for name in ("money", "contact_phone", "date"))
    if money:
        amount = parse_money(money)
        if amount is None:
            reading.wrong["money"] = "console.money_unread"
        else:
            reading.slots["money"], reading.said["money"] = str(amount), money
    if phone:
        number = parse_phone(phone)
        if number is None:
            reading.wrong["contact_phone"] = "console.phone_unread"
        else:
            reading.slots["contact_phone"] = number
    if day:
        try:
            happened = dt.date.fromisoformat(day)
        except ValueError:
            happened = None
        if happened is None or happened > today:
            reading.wrong["date"] = "console.date_unread"
        else:
            reading.slots["date"] = happened.isoformat()


def _draft(
    form: dict[str, str], reading: Reading, catalog: Catalog, province: str, now: dt.datetime
) -> ComplaintDraft:
    return ComplaintDraft(
        kind="complaint",
        province=province,
        topic=form["topic"],
        urgent="urgent" in form,
        vulnerable="vulnerable" in form,
        slots=reading.slots,
        said=reading.said,
        attachments=(),
        conditions=conditions(" ".join(reading.slots.values()), catalog),
        commune=form.get("commune") or None,
        incident_commune=None,
        for_someone_else="for_someone_else" in form,
        talk_since=now,
    )


HANDLERS = [show_form, post_form]
