"""Security headers of everything that the channel answers, and kind sentences for what it cannot do."""

from __future__ import annotations

from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, TooManyRequestsException
from litestar.types import ExceptionHandlersMap
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.channels.web.forms import FormError, Language
from bot.channels.web.parts import Parts
from bot.delivery.ports import Unavailable

log = structlog.get_logger(__name__)

LANGUAGE_COOKIE = "ntd_lang"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_SENTENCES = {
    400: "web.error_form",
    401: "web.error_session",
    403: "web.error_origin",
    404: "web.error_gone",
    413: "web.error_big",
    429: "web.error_fast",
    503: "web.error_busy",
}
_RETRY_SECONDS = 5


def secured(response: Response[Any]) -> Response[Any]:
    """Adds the headers that a handler did not set itself."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def language_of(request: Request[Any, Any, Any]) -> Language:
    return "en" if request.cookies.get(LANGUAGE_COOKIE) == "en" else "vi"


class TooFast(TooManyRequestsException):
    def __init__(self, seconds: int) -> None:
        super().__init__(headers={"Retry-After": str(seconds)})


def handlers(web: Parts) -> ExceptionHandlersMap:
    """Every error as `{"error": <sentence>}` in the person's language."""

    def refused(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        key = _SENTENCES.get(error.status_code, "web.error_form")
        return _sentence(web, request, error.status_code, key, error.headers)

    def bad_form(request: Request[Any, Any, Any], error: FormError) -> Response[Any]:
        return _sentence(web, request, error.status, error.sentence)

    def busy(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        log.warning("web_chat_unavailable", error=type(error.__cause__ or error).__name__)
        return _sentence(web, request, 503, "web.error_busy", {"Retry-After": str(_RETRY_SECONDS)})

    return {
        HTTPException: refused,
        FormError: bad_form,
        Unavailable: busy,
        OSError: busy,
        InterfaceError: busy,
        OperationalError: busy,
    }


def _sentence(
    web: Parts, request: Request[Any, Any, Any], status: int, key: str, headers: dict[str, str] | None = None
) -> Response[Any]:
    sentence = web.page.say(language_of(request), key, max_mb=web.upload_max_mb)
    return secured(Response({"error": sentence}, status_code=status, headers=headers))
