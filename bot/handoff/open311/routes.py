"""The addresses below `/open311/v2`, and the schema of our webhooks.

Services are open to everybody: they hold nothing about anybody. Requests need a client's key, in the header
`Authorization: Bearer ...`, or where a client cannot do that, as GeoReport's argument `api_key`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any

import msgspec
import structlog
from litestar import Request, Response, Router, get, post
from litestar.exceptions import ClientException, HTTPException
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from bot.cases.filing import Registry
from bot.clock import Clock
from bot.handoff import clients, parcel, webhook
from bot.handoff.clients import Client
from bot.handoff.open311 import requests, services, writing
from bot.handoff.open311.formats import Format, Refusal, answer, refused, split
from bot.storage.database import Database, UnitOfWork
from nlu.pipeline import Pipeline

LARGEST_BODY = 100_000  # bytes
_UPDATES = "updates"

log = structlog.get_logger(__name__)

AnyRequest = Request[Any, Any, Any]
Does = Callable[[UnitOfWork, Client], Awaitable[Any]]


class Api:
    def __init__(self, registry: Registry, database: Database, clock: Clock, pipeline: Pipeline) -> None:
        self._registry, self._database, self._clock = registry, database, clock
        self._pipeline = pipeline
        self._mask = parcel.masking(pipeline, clock)

    async def as_client(self, key: str, jurisdiction: str | None, does: Does) -> Any:
        """What `does` gives for the client whose key it is, committed. Raises Refusal."""
        if not key:
            raise Refusal(403, "api_key was not provided")
        async with self._database.begin() as uow:
            client = await clients.by_key(uow, self._registry.vault, key[:200], self._clock.now())
            if client is None:
                raise Refusal(403, "api_key is not valid")
            if jurisdiction not in (None, "", client.province):
                raise Refusal(404, "jurisdiction_id was not found")
            done = await does(uow, client)
            await uow.commit()
        return done

    def open(self, resource: str, query: Mapping[str, str]) -> tuple[str, str, Any]:
        """What everybody may read: (root, item, data)."""
        catalog = self._registry.catalog
        if query.get("jurisdiction_id") and query["jurisdiction_id"] not in catalog.provinces:
            raise Refusal(404, "jurisdiction_id was not found")
        if resource == "discovery":
            url = self._registry.settings.public_url
            return "discovery", "value", services.discovery(url, _CHANGED)
        return "services", "service", services.services(catalog)

    def definition(self, code: str) -> dict[str, Any]:
        return services.definition(self._registry.catalog, code)

    async def find(self, key: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        asked = requests.Asked.of(query)

        async def does(uow: UnitOfWork, client: Client) -> list[dict[str, Any]]:
            return await requests.find(uow, self._registry, client, asked, self._clock.now(), self._mask)

        found: list[dict[str, Any]] = await self.as_client(key, query.get("jurisdiction_id"), does)
        return found

    async def file(self, key: str, fields: Mapping[str, str]) -> Any:
        async def does(uow: UnitOfWork, client: Client) -> Any:
            now = self._clock.now()
            return await writing.file(uow, self._registry, self._pipeline, client, fields, now)

        return await self.as_client(key, fields.get("jurisdiction_id"), does)

    async def change(self, key: str, code: str, fields: Mapping[str, str]) -> Any:
        async def does(uow: UnitOfWork, client: Client) -> Any:
            return await writing.change(uow, self._registry, client, code, fields, self._clock.now())

        return await self.as_client(key, fields.get("jurisdiction_id"), does)


_CHANGED = "2026-11-22T00:00:00+07:00"
"""When the interface last changed."""


def routes(
    registry: Registry, database: Database, clock: Clock, pipeline: Pipeline
) -> list[ControllerRouterHandler]:
    api = Api(registry, database, clock, pipeline)

    @get("/{resource:str}", summary="Discovery, services or requests, as .json or .xml")
    async def read(request: AnyRequest, resource: FromPath[str]) -> Response[bytes]:
        name, format_ = split(resource)
        query = request.query_params
        if name in ("discovery", "services"):
            root, item, data = api.open(name, query)
            return answer(format_, root, item, data)
        if name != "requests":
            raise Refusal(404, "there is no such resource")
        found = await api.find(_key(request, query), query)
        return answer(format_, "service_requests", "request", found)

    @get("/services/{item:str}", summary="The definition of a service", sync_to_thread=False)
    def define(item: FromPath[str]) -> Response[bytes]:
        name, format_ = split(item)
        return answer(format_, "service_definition", "attribute", api.definition(name))

    @get("/requests/{item:str}", summary="One request")
    async def read_one(request: AnyRequest, item: FromPath[str]) -> Response[bytes]:
        name, format_ = split(item)
        asked = {
            "service_request_id": name,
            "jurisdiction_id": request.query_params.get("jurisdiction_id", ""),
        }
        found = await api.find(_key(request, request.query_params), asked)
        if not found:
            raise Refusal(404, "service_request_id was not found")
        return answer(format_, "service_requests", "request", found)

    @post("/{resource:str}", status_code=201, summary="File a request")
    async def file(request: AnyRequest, resource: FromPath[str]) -> Response[bytes]:
        name, format_ = split(resource)
        if name != "requests":
            raise Refusal(404, "there is no such resource")
        fields = await _fields(request)
        filed = await api.file(_key(request, fields), fields)
        return answer(format_, "service_requests", "request", [filed], 201)

    @post("/requests/{code:str}/{what:str}", status_code=201, summary="Return what became of a request")
    async def change(request: AnyRequest, code: FromPath[str], what: FromPath[str]) -> Response[bytes]:
        name, format_ = split(what)
        if name != _UPDATES:
            raise Refusal(404, "there is no such resource")
        fields = await _fields(request)
        told = await api.change(_key(request, fields), code, fields)
        return answer(format_, "service_request_updates", "request_update", [told], 201)

    open311 = Router(
        path="/open311/v2",
        route_handlers=[read, define, read_one, file, change],
        exception_handlers={Refusal: _refused, HTTPException: _http},
        request_max_body_size=LARGEST_BODY,
        tags=["open311"],
        opt={"exclude_from_csrf": True},
    )
    return [open311, _schema]


@get("/schema/handoff.json", include_in_schema=False, sync_to_thread=False)
def _schema() -> Response[bytes]:
    """JSON Schema of the webhook's body."""
    return Response(_schema_bytes(), media_type="application/schema+json")


@cache
def _schema_bytes() -> bytes:
    return msgspec.json.encode(webhook.schema())


def _refused(request: AnyRequest, refusal: Refusal) -> Response[bytes]:
    return refused(_format(request), refusal)


def _http(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Litestar's own: a body that is too large or cannot be read, a method that is not there."""
    detail = "the body cannot be read" if isinstance(error, ClientException) else "refused"
    return refused(_format(request), Refusal(error.status_code, detail))


def _format(request: AnyRequest) -> Format:
    return "xml" if request.url.path.endswith(".xml") else "json"


def _key(request: AnyRequest, fields: Mapping[str, str]) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else fields.get("api_key", "")


async def _fields(request: AnyRequest) -> dict[str, str]:
    """Of a form, or of a JSON object whose `attribute` is an object. Raises Refusal."""
    if request.content_type[0] == "application/json":
        fields = _flat(await _json(request))
    else:
        sent = await request.form()
        fields = {name: value for name, value in sent.multi_items() if isinstance(value, str)}
    if "idempotency-key" in request.headers:
        fields["idempotency_key"] = request.headers["idempotency-key"]
    return {name: value.replace("\x00", "") for name, value in fields.items()}


async def _json(request: AnyRequest) -> dict[str, Any]:
    try:
        return msgspec.json.decode(await request.body(), type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError):
        raise Refusal(400, "the body is no JSON object") from None


def _flat(told: dict[str, Any]) -> dict[str, str]:
    attributes = told.pop("attribute", None)
    flat = (
        {f"attribute[{name}]": value for name, value in attributes.items()}
        if isinstance(attributes, dict)
        else {}
    )
    return {
        name: ("true" if value is True else str(value))
        for name, value in {**told, **flat}.items()
        if isinstance(value, str | int | float)
    }
