"""Errors outside of any page's own handling: a page for people, one sentence for programs.

Where the router finds nothing (404, 405), and where an area lets an error through, the answer is made here:
what a browser opens as a page gets a page in the person's language, all else `{"error": <sentence>}`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from sqlalchemy.exc import InterfaceError, OperationalError

from content.catalog import Catalog

AnyRequest = Request[Any, Any, Any]

_KNOWN = {401, 404, 405, 413, 429, 500, 503}
_RETRY = {"Retry-After": "5"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

log = structlog.get_logger(__name__)


def handlers(catalog: Catalog) -> ExceptionHandlersMap:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
    )
    template = environment.get_template("problem.html")

    def answer(request: AnyRequest, status: int, headers: dict[str, str] | None = None) -> Response[Any]:
        language: Literal["vi", "en"] = "en" if request.cookies.get("ntd_lang") == "en" else "vi"
        name = f"page_{status if status in _KNOWN else 'other'}"

        def say(key: str) -> str:
            return catalog.say(language, f"web.{key}")

        sent = _HEADERS | (headers or {})
        if "text/html" not in request.headers.get("accept", ""):
            return Response({"error": say(name)}, status_code=status, headers=sent)
        console = request.url.path.startswith("/console")
        html = template.render(language=language, name=name, say=say, console=console)
        return Response(html, status_code=status, headers=sent, media_type="text/html")

    def refused(request: AnyRequest, error: HTTPException) -> Response[Any]:
        return answer(request, error.status_code, error.headers)

    def busy(request: AnyRequest, error: Exception) -> Response[Any]:
        log.warning("request_unavailable", route=_route(request), error=type(error).__name__)
        return answer(request, 503, _RETRY)

    def failed(request: AnyRequest, error: Exception) -> Response[Any]:
        log.error("request_failed", route=_route(request), exc_info=error)
        return answer(request, 500)

    return {
        HTTPException: refused,
        OSError: busy,
        InterfaceError: busy,
        OperationalError: busy,
        Exception: failed,
    }


def _route(request: AnyRequest) -> str:
    """As declared: an address itself may hold what is secret."""
    return str(request.scope.get("path_template") or "")
