"""Signing in and out, one's own password, and what is shown once."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from bot.console import answers
from bot.console.answers import page, to
from bot.console.desk import AnyRequest, TheDesk, TheForm
from bot.console.gate import officer_of, signed_in
from bot.officers import accounts, forms, sessions
from bot.officers.accounts import AccountError
from bot.officers.permissions import Permission
from bot.officers.sign_in import Refused, sign_in

_OWN_PATH = re.compile(r"/console(/[A-Za-z0-9_-]+)*")


@get("/login", sync_to_thread=False)
def show_login(request: AnyRequest, desk: TheDesk, next: FromQuery[str] = "/console") -> Response[Any]:
    if request.user is not None:
        return to("/console")
    return page(desk, request, "login.html", login="", next=_own(next), refused=None, until=None)


@post("/login", status_code=303)
async def post_login(request: AnyRequest, desk: TheDesk, form: TheForm) -> Response[Any]:
    """A new session each time: a value that somebody planted in the browser opens nothing."""
    login, wanted = form.get("login", ""), _own(form.get("next", ""))
    done = await sign_in(
        desk.database,
        desk.registry.vault,
        desk.clock,
        login=login,
        password=form.get("password", ""),
        network=_network(request),
    )
    if isinstance(done, Refused):
        refused, status = ("resting", 429) if done.until else ("wrong", 403)
        return page(
            desk,
            request,
            "login.html",
            status=status,
            login=login[:80],
            next=wanted,
            refused=refused,
            until=done.until,
        )
    response = to("/console/password" if done.must_change else wanted)
    response.set_cookie(answers.cookie(desk, done.session))
    return response


def _network(request: AnyRequest) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: who has one of those has all of it."""
    host = request.client.host if request.client else ""
    try:
        ip = ip_address(host)
    except ValueError:
        return host
    return str(ip_network((ip, 64), strict=False)) if ip.version == 6 else host


def _own(path: str) -> str:
    """Only pages of the console: a link must not send anybody elsewhere after signing in."""
    return path if _OWN_PATH.fullmatch(path) else "/console"


@post("/logout", status_code=303)
async def logout(request: AnyRequest, desk: TheDesk, form: TheForm) -> Response[None]:  # noqa: ARG001
    async with desk.database.begin() as uow:
        await sessions.end(uow, request.auth.value)
        await uow.commit()
    response = to("/console/login?done=out")
    response.delete_cookie(desk.cookie_name, path="/")
    return response


@get("/password", guards=[signed_in], sync_to_thread=False)
def show_password(request: AnyRequest, desk: TheDesk) -> Response[str]:
    return page(desk, request, "password.html", refused=None)


@post("/password", guards=[signed_in], status_code=303)
async def post_password(request: AnyRequest, desk: TheDesk, form: TheForm) -> Response[Any]:
    """Every session of the officer ends; this browser gets a new one."""
    officer = officer_of(request)
    new = form.get("new", "")
    refused = None if new == form.get("again", "") else desk.say("console.password_unequal")
    if refused is None:
        try:
            async with desk.database.begin() as uow:
                await accounts.change_password(uow, officer, form.get("current", ""), new)
                value = await sessions.start(uow, officer.id, desk.now())
                await uow.commit()
        except AccountError as error:
            refused = desk.say(error.key, **error.values)
    if refused is not None:
        return page(desk, request, "password.html", status=422, refused=refused)
    response = to("/console?done=password")
    response.set_cookie(answers.cookie(desk, value))
    return response


@get("/", sync_to_thread=False)
def home(request: AnyRequest, done: FromQuery[str] = "") -> Response[None]:
    start = "/console/queue" if officer_of(request).may(Permission.QUEUE_READ) else "/console/overview"
    return to(f"{start}?done={done}" if done in answers.DONE else start)


@get("/receipts/{token:str}")
async def receipt(request: AnyRequest, desk: TheDesk, token: FromPath[str]) -> Response[str]:
    """What a form brought that is shown once: a one-time password, the secret of a new complaint."""
    async with desk.database.begin() as uow:
        found = await forms.result_of(uow, desk.registry.vault, token, officer_of(request).id, desk.now())
        await uow.commit()
    if found is None:
        return page(desk, request, "receipt_gone.html", status=410)
    return page(desk, request, f"receipt_{found['kind']}.html", receipt=found)


DOORS = [show_login, post_login, logout, show_password, post_password]
