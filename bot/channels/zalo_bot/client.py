"""Calls of the Bot API. The token is a part of the address: it is put in below the client that logs and
raises, and no exception of that client leaves this module."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec

from bot.channels.zalo_bot.errors import ApiError

SECONDS = 15.0
"""For one call; well within the 30 that the dispatcher gives a send."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class _Answer(msgspec.Struct):
    ok: bool
    result: Any = None
    error_code: int | None = None
    description: str = ""


class _WithToken(httpx.AsyncBaseTransport):
    """Calls `/method` as `/bot<token>/method`: whatever stands above it knows the first address only."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        before, _, method = request.url.path.rpartition("/")
        there = httpx.Request(
            request.method,
            request.url.copy_with(path=f"{before}/bot{self._token}/{method}"),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._inner.handle_async_request(there)

    async def aclose(self) -> None:
        await self._inner.aclose()


class Client:
    """httpx, not aiohttp: the platform's edge sends its `Server` header twice, which aiohttp refuses."""

    def __init__(self, api_url: str, token: str) -> None:
        self._base = f"{api_url.rstrip('/')}/"
        self._http = httpx.AsyncClient(transport=_WithToken(token), timeout=SECONDS, follow_redirects=False)

    async def call(self, method: str, *, seconds: float = SECONDS, **given: Any) -> Any:
        """The result. Raises ApiError."""
        response, failure = None, "other"
        try:
            response = await self._http.post(self._base + method, json=given, timeout=seconds)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = _failure(error)
        if response is None:  # outside of `except`, or httpx's exception and its address would come along
            raise ApiError(failure)
        return _result(response)

    async def close(self) -> None:
        await self._http.aclose()


def _failure(error: httpx.HTTPError | httpx.InvalidURL) -> str:
    if isinstance(error, (*_NOT_SENT, httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return "unreachable"
    return "silent" if isinstance(error, httpx.TimeoutException) else "broken"


def _result(response: httpx.Response) -> Any:
    """Whether it worked says `ok`, not the status."""
    answer = _read(response.content)
    if answer is None:
        raise ApiError(_code_of(response.status_code))
    if not answer.ok:
        raise ApiError(str(answer.error_code or response.status_code), answer.description)
    return answer.result


def _read(content: bytes) -> _Answer | None:
    try:
        return msgspec.json.decode(content, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _code_of(status: int) -> str:
    """Of an answer that is no JSON of the platform's: some proxy spoke, or the address is wrong."""
    if status == 503:
        return "unreachable"
    if status >= 500 or status in (408, 429):
        return str(status)
    return "garbled" if status < 400 else "other"
