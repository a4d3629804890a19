"""Hand-offs by signed webhook (Standard Webhooks): JSON whose schema we publish, one stable id a message."""

from __future__ import annotations

import datetime as dt
import ssl
from typing import Any

import httpx
import msgspec

from bot.handoff.destinations import Destinations
from bot.handoff.news import EventType
from bot.handoff.parcel import Case
from bot.handoff.send import NotTakenError, Parcel
from bot.handoff.signing import signature

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
_MOST_ADDRESSES = 2
_TITLE = "A case handed to an agency, and what happened on it since"


class Event(msgspec.Struct, frozen=True):
    """The body of a webhook."""

    type: EventType
    timestamp: dt.datetime
    """When it happened; not when it was tried."""
    data: Case


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the body, as published under `/schema/handoff.json`."""
    found: dict[str, Any] = msgspec.json.schema(Event)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": _TITLE, **found}


class Webhook:
    def __init__(self, destinations: Destinations, tls: ssl.SSLContext | None = None) -> None:
        self._destinations, self._tls = destinations, tls
        self._client: httpx.AsyncClient | None = None

    async def send(self, parcel: Parcel) -> None:
        url = _url(parcel.reach.webhook or "")
        body = msgspec.json.encode(Event(parcel.event, parcel.queued_at, parcel.case))
        headers = _headers(parcel, body)
        fault: httpx.HTTPError | None = None
        for address in (await self._destinations.addresses(url))[:_MOST_ADDRESSES]:
            try:
                await self._post(url, address, body, headers)
            except httpx.ConnectError as error:
                fault = error  # nothing has reached it: the next address of the name
            except httpx.HTTPError as error:
                raise _unreached(error) from error
            else:
                return
        raise _unreached(fault) from fault

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    @property
    def _http(self) -> httpx.AsyncClient:
        """Made when it is first used: reading the machine's authorities takes long."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=self._tls or True, timeout=TIMEOUT, trust_env=False, follow_redirects=False
            )
        return self._client

    async def _post(self, url: httpx.URL, address: str, body: bytes, headers: dict[str, str]) -> None:
        """To the very address; certificate and Host are the name's. Of the answer only its head is read."""
        request = self._http.build_request(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers={**headers, "Host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.host},
        )
        response = await self._http.send(request, stream=True)
        try:
            _require_taken(response)
        finally:
            await response.aclose()


def _url(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except httpx.InvalidURL as error:
        raise NotTakenError("the webhook's address is none") from error


def _headers(parcel: Parcel, body: bytes) -> dict[str, str]:
    timestamp = int(parcel.now.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "ntd-handoff/1",
        "webhook-id": parcel.key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(parcel.reach.secrets, parcel.key, timestamp, body),
    }


def _require_taken(response: httpx.Response) -> None:
    status = response.status_code
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise NotTakenError(f"the webhook redirects ({status}); redirects are not followed")
    told = response.headers.get("Retry-After", "")
    wait = float(told) if told.isascii() and told.isdigit() else 0.0
    raise NotTakenError(f"the webhook answers {status}", retry_after=wait)


def _unreached(error: httpx.HTTPError | None) -> NotTakenError:
    if isinstance(error, httpx.TimeoutException):
        return NotTakenError("the webhook gave no answer in time")
    return NotTakenError(f"the webhook cannot be reached ({type(error).__name__})")
