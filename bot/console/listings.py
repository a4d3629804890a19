"""Where agencies, hotlines and banks are found, as administrators enter it."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery

from bot.console import listed
from bot.console.answers import page, to
from bot.console.desk import AnyRequest, Desk, TheDesk, TheForm
from bot.console.gate import officer_of
from bot.listings import changes
from bot.listings.changes import StaleError
from bot.officers import forms
from bot.officers.accounts import Officer
from content import listing_checks, listings
from content.education import education
from content.freshness import stale
from content.listings import Entry

_OWN_TABLE = ("hotlines", "banks", "provinces")
"""Kinds of dated entries that the table of this page shows anyway."""


@get("/listings")
async def show_listings(request: AnyRequest, desk: TheDesk) -> Response[str]:
    await desk.live_listings.look()
    async with desk.database.begin() as uow:
        history = await changes.history(uow)
    old = stale(desk.registry.catalog, education(), today=desk.live_listings.today)
    return page(
        desk,
        request,
        "listings.html",
        groups=listed.groups(desk),
        communes=listed.communes(desk),
        file_faults=desk.live_listings.file_faults["vi"],
        file_name=desk.live_listings.file.name,
        history=history,
        name_of=lambda key: listed.name_of(desk, key),
        old=[one for one in old if one.where.split(":")[0] not in _OWN_TABLE],
    )


@get("/listings/one")
async def show_listing(request: AnyRequest, desk: TheDesk, key: FromQuery[str] = "") -> Response[str]:
    await desk.live_listings.look()
    return await _form(desk, request, key)


async def _form(
    desk: Desk,
    request: AnyRequest,
    key: str,
    *,
    status: int = 200,
    refused: list[str] | None = None,
    typed: dict[str, Any] | None = None,
) -> Response[str]:
    kind = listings.kind_of(desk.live_listings.base, key)
    if kind is None:
        raise NotFoundException
    async with desk.database.begin() as uow:
        history = await changes.history(uow, key)
    base, live = desk.live_listings.base, desk.registry.catalog
    return page(
        desk,
        request,
        "listing.html",
        status=status,
        row=listed.row(desk, key),
        ours=listings.values(base, key),
        typed=listings.values(live, key) | (typed or {}),
        longest=listing_checks.LONGEST,
        mentions=listed.mentions(desk, key),
        seen=history[0].id if history else 0,
        history=history,
        refused=refused or [],
        reason=(typed or {}).get("reason", ""),
    )


@post("/listings", status_code=303)
async def save(request: AnyRequest, desk: TheDesk, form: TheForm) -> Response[Any]:
    """Takes effect in this process before the page answers, in the others when the table tells them."""
    key, officer = form.get("key", ""), officer_of(request)
    base = desk.live_listings.base
    if listings.kind_of(base, key) is None:
        raise NotFoundException
    typed = _typed(base, key, form)
    ours = listings.values(base, key)
    told = {name: value for name, value in typed.items() if value != ours[name]}
    reason = form.get("reason", "").strip()
    entry = Entry(**told, reason=reason, by=officer.name, on=desk.live_listings.today)  # type: ignore[arg-type]
    faults = listing_checks.faults(base, key, entry, desk.live_listings.today)
    refused = list(dict.fromkeys(fault.said(desk.registry.catalog, "vi") for fault in faults))
    typed |= {"reason": reason}
    if refused:
        return await _form(desk, request, key, status=422, refused=refused, typed=typed)
    try:
        await _add(desk, officer, form, entry.told(), reason)
    except StaleError:
        refused = [desk.say("listings.stale")]
        return await _form(desk, request, key, status=409, refused=refused, typed=typed)
    return to("/console/listings?done=listing_saved")


def _typed(base: Any, key: str, form: dict[str, str]) -> dict[str, str | bool]:
    kind = listings.kind_of(base, key)
    assert kind is not None
    return {
        name: form.get(name) == "yes" if name == "show" else " ".join(form.get(name, "").split())
        for name in listings.FIELDS[kind]
    }


@post("/listings/reset", status_code=303)
async def reset(request: AnyRequest, desk: TheDesk, form: TheForm) -> Response[Any]:
    """Puts a listing back to what the file or the repository says."""
    key, officer = form.get("key", ""), officer_of(request)
    if listings.kind_of(desk.live_listings.base, key) is None:
        raise NotFoundException
    reason = form.get("reason", "").strip()
    refused = ""
    in_force = desk.live_listings.in_force.get(key)
    if in_force is None or in_force.origin != "console":
        refused = desk.say("listings.reset_nothing")
    elif not 5 <= len(reason) <= listing_checks.LONGEST["reason"]:
        refused = desk.say("listings.reason_missing", field=desk.say("listings.field_reason"))
    if refused:
        return await _form(desk, request, key, status=422, refused=[refused])
    try:
        await _add(desk, officer, form, None, reason)
    except StaleError:
        return await _form(desk, request, key, status=409, refused=[desk.say("listings.stale")])
    return to("/console/listings?done=listing_reset")


async def _add(
    desk: Desk, officer: Officer, form: dict[str, str], fields: dict[str, str | bool] | None, reason: str
) -> None:
    seen = form.get("seen", "")
    async with desk.database.begin() as uow:
        if await forms.first_time(uow, form.get("once", ""), officer.id, desk.now()):
            await changes.add(
                uow,
                key=form["key"],
                fields=fields,
                reason=reason,
                officer_id=officer.id,
                officer_name=officer.name,
                seen=int(seen) if seen.isdecimal() and len(seen) < 16 else 0,
                now=desk.now(),
            )
            await uow.commit()
    await desk.live_listings.look()


HANDLERS = [show_listings, show_listing, save, reset]
