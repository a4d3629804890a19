"""The HTTP routes of the web chat."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie, UploadFile
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException, NotAuthorizedException, NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation
from litestar.response import Stream

from bot.channels.web import answers
from bot.channels.web.answers import LANGUAGE_COOKIE, TooFast, language_of
from bot.channels.web.forms import (
    MAX_BODY,
    MAX_PHOTOS,
    FormError,
    Language,
    clean_name,
    message_inbound,
    parse_id,
    parse_message,
    photos_inbound,
)
from bot.channels.web.parts import NEWS, Parts
from bot.channels.web.sessions import event_prefix
from bot.delivery import transcript
from bot.delivery.ports import Inbound, OutgoingChoice, Unavailable, Upload

AnyRequest = Request[Any, Any, Any]
Web = NamedDependency[SkipValidation[Parts]]
Address = NamedDependency[SkipValidation[str]]
After = Annotated[int, QueryParameter(ge=0, le=2**63 - 1)]

HEARTBEAT_SECONDS = 20.0
MAX_STREAMS = 6
"""Open streams of one session; further tabs look for news by themselves."""
_YEAR = 365 * 24 * 3600
_INLINE = {"image/jpeg", "image/png", "image/webp", "image/gif"}


class Accepted(msgspec.Struct, frozen=True):
    receipt: str


class ShownLine(msgspec.Struct, frozen=True):
    """A line as the page shows it; `event_id` is the page's own id of a consumer's message."""

    id: int
    author: str
    text: str
    at: dt.datetime
    choices: tuple[OutgoingChoice, ...]
    sender: str | None
    attachments: tuple[str, ...]
    chosen: bool
    event_id: str | None


def router(web: Parts) -> Router:
    reads = [web.origins.require_same_site]
    writes = [web.origins.require_page]
    spoken = answers.handlers(web)  # to scripts; what is opened as a page gets pages for errors
    return Router(
        path="/",
        route_handlers=[
            show_page,
            static_file,
            Router(
                "/chat", guards=writes, route_handlers=[post_message, post_photos], exception_handlers=spoken
            ),
            Router(
                "/chat", guards=reads, route_handlers=[list_messages, stream_news], exception_handlers=spoken
            ),
            Router("/chat", guards=reads, route_handlers=[read_evidence]),
        ],
        dependencies={
            "web": Provide(lambda: web, sync_to_thread=False),
            "address": Provide(session_address, sync_to_thread=False),
        },
        after_request=answers.secured,
        request_max_body_size=MAX_PHOTOS * web.upload_max_mb * 2**20 + MAX_BODY,
        opt={"exclude_from_csrf": True},
        tags=["web chat"],
    )


def session_address(request: AnyRequest, web: Web) -> str:
    """Whose session it is. A cookie that is not ours, or no longer, gets 401 and leaves no trace."""
    address = web.sessions.read(request.cookies.get(web.sessions.cookie_name))
    if address is None:
        raise NotAuthorizedException
    return address


async def within_rate(request: AnyRequest, web: Parts, kind: str, address: str) -> None:
    network = web.vault.digest("network", web.proxies.client(request)).hex()[:32]
    seconds = await web.rates.wait(kind, event_prefix(address), network)
    if seconds:
        raise TooFast(seconds)


@get("/", include_in_schema=False, media_type="text/html", sync_to_thread=False)
def show_page(request: AnyRequest, web: Web, lang: FromQuery[str | None] = None) -> Response[str]:
    language: Language = language_of(request) if lang not in {"vi", "en"} else "en" if lang == "en" else "vi"
    address = web.sessions.read(request.cookies.get(web.sessions.cookie_name)) or web.sessions.fresh()
    cookies = [web.sessions.cookie(address)]
    if lang:
        cookies.append(Cookie(LANGUAGE_COOKIE, value=language, path="/", max_age=_YEAR, samesite="lax"))
    headers = {"Content-Language": language}
    return Response(web.page.html(language), cookies=cookies, headers=headers, media_type="text/html")


@get("/chat/static/{version:str}/{name:str}", include_in_schema=False, sync_to_thread=False)
def static_file(web: Web, version: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    asset = web.page.asset(name)
    if asset is None:
        raise NotFoundException
    lasting = version == web.page.version
    cache = f"public, max-age={_YEAR}, immutable" if lasting else "no-cache"
    return Response(asset.data, media_type=asset.content_type, headers={"Cache-Control": cache})


@post("/messages", status_code=200, request_max_body_size=MAX_BODY)
async def post_message(request: AnyRequest, web: Web, address: Address) -> Accepted:
    """Takes one message in; answers only once it is kept."""
    message = parse_message(await request.body())
    await within_rate(request, web, "message", address)
    return await accept(web, message_inbound(message, address, web.clock.now(), language_of(request)))


@post("/photos", status_code=200)
async def post_photos(request: AnyRequest, web: Web, address: Address) -> Accepted:
    """Takes up to five photos or PDF files in (multipart: `id`, `files`)."""
    await within_rate(request, web, "photos", address)
    form = await read_form(request)
    event = parse_id(form.get("id"))
    files = [value for name, value in form.multi_items() if name == "files" and isinstance(value, UploadFile)]
    if not files:
        raise FormError("web.error_empty")
    if len(files) > MAX_PHOTOS:
        raise FormError("web.error_many", 413)
    uploads = [await read_upload(file, web.upload_max_mb * 2**20) for file in files]
    return await accept(web, photos_inbound(event, uploads, address, web.clock.now(), language_of(request)))


async def read_form(request: AnyRequest) -> Any:
    """The form of a multipart body. Raises FormError where it is none."""
    try:
        return await request.form()
    except (ValueError, HTTPException) as error:
        if isinstance(error, HTTPException) and error.status_code == 413:
            raise
        raise FormError("web.error_form") from None


async def read_upload(file: UploadFile, most: int) -> Upload:
    data = await file.read(most + 1)
    if len(data) > most:
        raise FormError("web.error_big", 413)
    if not data:
        raise FormError("web.error_empty_file")
    return Upload(data, clean_name(file.filename))


async def accept(web: Parts, inbound: Inbound) -> Accepted:
    if web.intake is None:
        raise Unavailable
    return Accepted(str(await web.intake.accept(inbound)))


@get("/messages")
async def list_messages(request: AnyRequest, web: Web, address: Address, after: After = 0) -> list[ShownLine]:
    """The lines of this session's transcript whose id is greater than `after`, oldest first, at most 200."""
    await within_rate(request, web, "read", address)
    async with web.database.begin() as uow:
        contact = await web.contact_id(uow, address)
        lines = [] if contact is None else await transcript.since(uow, web.vault, contact, after)
    prefix = event_prefix(address)
    return [shown(said, prefix) for said in lines]


def shown(said: transcript.Said, prefix: str) -> ShownLine:
    event = said.event_id or ""
    return ShownLine(
        id=said.id,
        author=said.author,
        text=said.line.text,
        at=said.at,
        choices=said.line.choices,
        sender=said.line.sender,
        attachments=said.line.attachments,
        chosen=said.line.chosen,
        event_id=event.removeprefix(prefix) if event.startswith(prefix) else None,
    )


@get("/events", include_in_schema=False)
async def stream_news(request: AnyRequest, web: Web, address: Address) -> Stream:
    """Server-sent events: `new` when there are new lines, `ping` while there are none."""
    await within_rate(request, web, "read", address)
    if web.streams[address] >= MAX_STREAMS:
        raise TooFast(60)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(news(web, address), media_type="text/event-stream", headers=headers)


async def news(web: Parts, address: str) -> AsyncIterator[str]:
    """Ends with the listener, so that a server can stop."""
    web.streams[address] += 1
    try:
        with web.listener.subscribe(NEWS, web.news_payload(address)) as subscription:
            yield "retry: 3000\nevent: ping\ndata: 1\n\n"
            while not subscription.ended:
                payload = await subscription.wait(HEARTBEAT_SECONDS)
                yield f"event: {'ping' if payload is None else 'new'}\ndata: 1\n\n"
    finally:
        web.streams[address] -= 1
        if web.streams[address] <= 0:
            del web.streams[address]


@get("/evidence/{evidence_id:str}", include_in_schema=False)
async def read_evidence(
    request: AnyRequest, web: Web, address: Address, evidence_id: FromPath[str]
) -> Response[bytes]:
    """A file that this session sent itself."""
    await within_rate(request, web, "read", address)
    async with web.database.begin() as uow:
        own = await web.owns_evidence(uow, address, evidence_id[:64])
    found = await web.read_evidence(evidence_id) if own else None
    if found is None:
        raise NotFoundException
    content_type, data = found
    disposition = "inline" if content_type in _INLINE else "attachment"
    headers = {
        "Content-Disposition": disposition,
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "Cache-Control": "private, max-age=600",
    }
    return Response(data, media_type=content_type, headers=headers)
