"""Officers' accounts, for administrators."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from bot.cases import coverage
from bot.cases.parties import Target, place
from bot.console import places
from bot.console.answers import page, to
from bot.console.desk import AnyRequest, Desk, TheDesk, TheForm
from bot.console.gate import officer_of
from bot.officers import accounts, forms, throttle
from bot.officers.accounts import AccountError, Officer, Place
from bot.officers.permissions import Role
from bot.storage.database import UnitOfWork


@get("/officers")
async def show_officers(request: AnyRequest, desk: TheDesk) -> Response[str]:
    return await _page(desk, request)


async def _page(
    desk: Desk,
    request: AnyRequest,
    *,
    status: int = 200,
    refused: str | None = None,
    typed: dict[str, str] | None = None,
) -> Response[str]:
    async with desk.database.begin() as uow:
        people = await accounts.everyone(uow)
        gaps = await coverage.gaps(uow, desk.registry)
    return page(
        desk,
        request,
        "officers.html",
        status=status,
        people=people,
        gaps=gaps,
        groups=places.workplaces(desk.registry),
        refused=refused,
        typed=typed or {},
    )


@post("/officers", status_code=303)
async def add(request: AnyRequest, desk: TheDesk, form: TheForm) -> Response[Any]:
    admin, once = officer_of(request), form.get("once", "")
    role = Role.ADMIN if form.get("place") == "admin" else Role.OFFICER
    try:
        async with desk.database.begin() as uow:
            if await forms.first_time(uow, once, admin.id, desk.now()):
                made, password = await accounts.add(
                    uow,
                    login=form.get("login", ""),
                    name=form.get("name", ""),
                    place=place_of(desk, form.get("place", "")),
                    now=desk.now(),
                    role=role,
                )
                await _keep_password(uow, desk, once, made, password)
                await uow.commit()
    except AccountError as error:
        return await _page(desk, request, status=422, refused=desk.say(error.key, **error.values), typed=form)
    return to(f"/console/receipts/{once}")


def place_of(desk: Desk, value: str) -> Place | None:
    """A value of the list of workplaces, such as `hung-yen/so_y_te`."""
    target = Target.parse(value)
    who = place(desk.registry.catalog, target, "other") if target else None
    if who is None:
        return None
    return Place(who.province, who.agency, who.unit, who.commune.code if who.commune else None)


async def _keep_password(uow: UnitOfWork, desk: Desk, once: str, officer: Officer, password: str) -> None:
    result = {"kind": "officer", "login": officer.login, "name": officer.name, "password": password}
    await forms.keep_result(uow, desk.registry.vault, once, result)


@post("/officers/{officer_id:int}/reset", status_code=303)
async def reset(
    request: AnyRequest, desk: TheDesk, officer_id: FromPath[int], form: TheForm
) -> Response[Any]:
    once = form.get("once", "")
    async with desk.database.begin() as uow:
        found = await accounts.by_id(uow, officer_id)
        if found is None:
            raise NotFoundException
        if await forms.first_time(uow, once, officer_of(request).id, desk.now()):
            password = await accounts.reset(uow, officer_id)
            await throttle.forget(uow, desk.registry.vault, login=found.login)
            await _keep_password(uow, desk, once, found, password)
            await uow.commit()
    return to(f"/console/receipts/{once}")


@post("/officers/{officer_id:int}/{change:str}", status_code=303)
async def switch(
    request: AnyRequest,
    desk: TheDesk,
    officer_id: FromPath[int],
    change: FromPath[str],
    form: TheForm,  # noqa: ARG001
) -> Response[Any]:
    """Disables or enables an account."""
    if change not in {"disable", "enable"}:
        raise NotFoundException
    try:
        async with desk.database.begin() as uow:
            await accounts.set_active(uow, officer_id, change == "enable")
            await uow.commit()
    except AccountError as error:
        return await _page(desk, request, status=409, refused=desk.say(error.key, **error.values))
    return to(f"/console/officers?done={change}d")


HANDLERS = [show_officers, add, reset, switch]
