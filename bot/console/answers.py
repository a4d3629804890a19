"""Pages as responses: their headers, and errors as pages that say what to do."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import structlog
from litestar import Response
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.console.desk import AnyRequest, Desk
from bot.console.gate import ForgedError, NotYoursError, PasswordChangeNeededError, SignInNeededError
from bot.officers import forms
from bot.officers.permissions import Permission

log = structlog.get_logger(__name__)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}

DONE = frozenset(
    {
        "accept", "note", "ask", "answer", "return", "transfer", "resolve", "done", "again", "untold",
        "password", "disabled", "enabled", "out", "mistaken_listed", "mistaken_noted", "labelled", "skipped",
        "exported", "gone",
        "trader", "listing_saved", "listing_reset", "resent",
        "letter_replayed", "letter_failed", "letter_ended", "letter_unreachable", "letter_aside",
    }
)  # fmt: skip
"""What a page may be told to report after a form: `console.done_<name>`."""


def secured(response: Response[Any]) -> Response[Any]:
    """Adds the headers that a handler did not set itself."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def page(
    desk: Desk, request: AnyRequest, template: str, *, status: int = 200, **values: Any
) -> Response[str]:
    """A page of the console, with the cookie where the browser has none yet."""
    officer = request.scope.get("user")
    visit = request.scope.get("auth")
    done = request.query_params.get("done", "")
    html = desk.pages.render(
        template,
        officer=officer,
        permissions=Permission,
        csrf=visit.csrf if visit else "",
        once=forms.fresh_token,
        now=desk.now(),
        path=request.url.path,
        report=[desk.say(f"console.done_{name}") for name in done.split(".") if name in DONE],
        **values,
    )
    response = Response(html, status_code=status, media_type="text/html")
    if visit and visit.fresh:
        response.set_cookie(cookie(desk, visit.value))
    return secured(response)


def cookie(desk: Desk, value: str) -> Cookie:
    """Ends with the browser; the server ends it after eight idle hours in any case."""
    return Cookie(desk.cookie_name, value=value, path="/", httponly=True, samesite="lax", secure=desk.secure)


def to(path: str, request: AnyRequest | None = None) -> Response[None]:
    """See other. A part of a page that htmx asked for sends the whole page there."""
    if request is not None and request.headers.get("hx-request") == "true":
        return secured(Response(None, status_code=200, headers={"HX-Redirect": path}))
    return secured(Response(None, status_code=303, headers={"Location": path}))


def handlers(desk: Desk) -> ExceptionHandlersMap:
    def sign_in(request: AnyRequest, _: Exception) -> Response[None]:
        wanted = request.url.path if request.method == "GET" else "/console"
        return to(
            "/console/login" if wanted == "/console" else f"/console/login?next={quote(wanted)}", request
        )

    def change_password(request: AnyRequest, _: Exception) -> Response[None]:
        return to("/console/password", request)

    def refused(request: AnyRequest, error: HTTPException) -> Response[str]:
        key = (
            "forged" if isinstance(error, ForgedError) else "role" if isinstance(error, NotYoursError) else ""
        )
        return problem(desk, request, error.status_code, key)

    def away(request: AnyRequest, error: Exception) -> Response[str]:
        log.warning("console_unavailable", error=type(error).__name__)
        return problem(desk, request, 503)

    def failed(request: AnyRequest, error: Exception) -> Response[str]:
        log.error("console_failed", path=request.url.path, exc_info=error)
        return problem(desk, request, 500)

    return {
        SignInNeededError: sign_in,
        PasswordChangeNeededError: change_password,
        HTTPException: refused,
        OSError: away,
        InterfaceError: away,
        OperationalError: away,
        Exception: failed,
    }


def problem(desk: Desk, request: AnyRequest, status: int, key: str = "") -> Response[str]:
    name = key or (str(status) if status in {404, 413, 500, 503} else "other")
    return page(desk, request, "problem.html", status=status, problem=name)
