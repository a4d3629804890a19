"""Who is asking, and may they? Sessions, the token against forged requests, guards."""

from __future__ import annotations

import hmac
import re
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import ASGIApp

from bot.console.desk import AnyRequest, Desk
from bot.officers import sessions
from bot.officers.accounts import Officer
from bot.officers.permissions import Permission

Connection = ASGIConnection[Any, Any, Any, Any]

_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")
BACKGROUND = "x-background"
"""Sent by what a page does by itself: it keeps nobody signed in."""


class SignInNeededError(Exception):
    """Nobody is signed in here, or no longer."""


class PasswordChangeNeededError(Exception):
    """The one-time password must be replaced first."""


class ForgedError(HTTPException):
    """The request did not come from our own page, or the page is from an earlier session."""

    status_code = 403


class NotYoursError(HTTPException):
    """The role does not allow it."""

    status_code = 403


class Visit(msgspec.Struct, frozen=True):
    """The cookie's value and the token that forms of this session carry. `fresh`: not in the browser yet."""

    value: str
    csrf: str
    fresh: bool


class Sessions(AbstractAuthenticationMiddleware):
    """Sets `request.user` (an Officer or None) and `request.auth` (a Visit)."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        super().__init__(app)
        self._desk = desk

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        value = connection.cookies.get(self._desk.cookie_name, "")
        if not _VALUE.fullmatch(value):
            fresh = sessions.fresh_value()
            return AuthenticationResult(user=None, auth=visit(self._desk, fresh, fresh=True))
        touch = BACKGROUND not in connection.headers
        async with self._desk.database.begin() as uow:
            officer = await sessions.officer_of(uow, value, self._desk.now(), touch=touch)
            await uow.commit()
        return AuthenticationResult(user=officer, auth=visit(self._desk, value, fresh=False))


def visit(desk: Desk, value: str, *, fresh: bool) -> Visit:
    """The token is derived from the cookie's value, which no page ever sees."""
    return Visit(value, hmac.digest(desk.csrf_key, value.encode(), "sha256").hex(), fresh)


def officer_of(request: AnyRequest) -> Officer:
    officer = request.user
    if not isinstance(officer, Officer):
        raise SignInNeededError
    return officer


def signed_in(connection: Connection, _: BaseRouteHandler) -> None:
    if not isinstance(connection.user, Officer):
        raise SignInNeededError


def own_password(connection: Connection, _: BaseRouteHandler) -> None:
    if isinstance(connection.user, Officer) and connection.user.must_change:
        raise PasswordChangeNeededError


class Needs:
    """Guard: the officer's role grants the permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        if not isinstance(connection.user, Officer):
            raise SignInNeededError
        if not connection.user.may(self.permission):
            raise NotYoursError


class OwnPages:
    """Guard of everything that changes something: the browser says that the request comes from our pages."""

    def __init__(self, public_host: str | None) -> None:
        self._public_host = public_host

    def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        if connection.scope.get("method") in {"GET", "HEAD"}:
            return
        if connection.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise ForgedError
        origin = connection.headers.get("origin")
        hosts = {connection.headers.get("host", "").lower(), self._public_host}
        if origin is not None and urlsplit(origin).netloc.lower() not in hosts:
            raise ForgedError


async def read_form(request: AnyRequest) -> dict[str, str]:
    """The fields of a form of this session. Every handler that changes something takes it."""
    sent = await request.form()
    form = {name: value for name, value in sent.multi_items() if isinstance(value, str)}
    token = form.pop("csrf", "") or request.headers.get("x-csrf-token") or ""
    if not hmac.compare_digest(token.encode(), request.auth.csrf.encode()):
        raise ForgedError
    return form
