"""Static files, and the page for addresses where nothing is."""

from __future__ import annotations

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from bot.console.desk import AnyRequest, TheDesk

_YEAR = 365 * 24 * 3600


@get("/static/{version:str}/{name:path}", opt={"exclude_from_auth": True}, sync_to_thread=False)
def static_file(desk: TheDesk, version: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    asset = desk.pages.asset(name.lstrip("/"))
    if asset is None:
        raise NotFoundException
    lasting = version == desk.pages.version
    cache = f"public, max-age={_YEAR}, immutable" if lasting else "no-cache"
    return Response(asset.data, media_type=asset.content_type, headers={"Cache-Control": cache})


@get("/{path:path}", sync_to_thread=False)
def nothing_here(request: AnyRequest, path: FromPath[str]) -> None:  # noqa: ARG001
    raise NotFoundException
