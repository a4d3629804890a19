"""Calls of the OpenAPI: access token, envelope, and what a broken connection means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec

from bot.channels.zalo_oa import errors
from bot.channels.zalo_oa.tokens import NoToken, Tokens
from bot.settings import Settings

TIMEOUT = httpx.Timeout(8.0, connect=4.0)
"""Twice that, and an upload, stay within the time that a send may take."""

JSON = dict[str, Any]
_Ask = Callable[[dict[str, str]], Awaitable[httpx.Response]]


class Refusal(Exception):
    """The platform answered with an error code of its own."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Zalo {code}")
        self.code = code


class Api:
    """Calls raise Refusal or `SendFailed`. A dead access token is renewed once, and the call repeated."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        self._url = settings.zalo_api_url.rstrip("/")
        self._tokens = tokens
        self.rate_told: tuple[int, int] | None = None
        """Calls allowed a minute and what is left of them, as the last answer told."""
        self._http = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False)

    async def post(self, path: str, body: JSON) -> JSON:
        return await self._call(lambda head: self._http.post(f"{self._url}{path}", json=body, headers=head))

    async def get(self, path: str) -> JSON:
        return await self._call(lambda head: self._http.get(f"{self._url}{path}", headers=head))

    async def upload_image(self, data: bytes) -> str:
        """Its attachment id, which lives seven days."""
        name = "picture.png" if data.startswith(b"\x89PNG") else "picture.jpg"
        path = f"{self._url}/v2.0/oa/upload/image"
        told = await self._call(
            lambda head: self._http.post(path, files={"file": (name, data)}, headers=head)
        )
        attachment = told.get("attachment_id")
        if not isinstance(attachment, str):
            raise errors.not_reached()  # nothing was sent yet
        return attachment

    async def close(self) -> None:
        await self._http.aclose()

    async def _call(self, ask: _Ask) -> JSON:
        try:
            token = await self._tokens.access()
            try:
                return await self._once(ask, token)
            except Refusal as refusal:
                if refusal.code not in errors.TOKEN_DEAD:
                    raise
            return await self._once(ask, await self._tokens.renewed(token))
        except NoToken as error:
            raise errors.without_token(error.reason, lost=error.lost) from error

    async def _once(self, ask: _Ask, token: str) -> JSON:
        try:
            answer = await ask({"access_token": token})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise errors.not_reached() from error
        except httpx.TransportError as error:
            raise errors.unanswered() from error
        self.rate_told = _rate(answer.headers) or self.rate_told
        return _data(answer)


def _rate(headers: httpx.Headers) -> tuple[int, int] | None:
    limit, left = (_seconds(headers.get(f"X-RateLimit-{name}")) for name in ("Limit", "Remain"))
    return None if limit is None or left is None else (int(limit), int(left))


def _data(answer: httpx.Response) -> JSON:
    """What stands in `data`, an empty dict where there is none."""
    try:
        told: Any = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        told = None
    code = _code(told)
    if code is not None and code < 0:
        raise Refusal(code)
    if answer.status_code >= 400:
        raise errors.status(answer.status_code, _seconds(answer.headers.get("Retry-After")))
    if code != 0:
        raise errors.unanswered()
    data = told.get("data")
    return data if isinstance(data, dict) else {}


def _code(told: Any) -> int | None:
    error = told.get("error") if isinstance(told, dict) else None
    try:
        return int(error)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isascii() and header.isdigit() else None
