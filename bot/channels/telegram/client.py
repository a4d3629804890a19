"""Calls of the Bot API, with aiogram's forms, types and proxy.

The token is a part of every address, so no address leaves this module: not in an exception, not in the
cause of one. That is why aiogram's own exceptions are not used: some carry the address, all carry what was
sent. Its reading of results is not used either: a sent message would count as not sent for one odd field.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import aiohttp
import msgspec
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import GetFile, TelegramMethod
from python_socks import ProxyError, ProxyTimeoutError

from bot.channels.telegram.errors import CallFailed

SECONDS = 20.0
"""For one call; within the 30 that the dispatcher gives a send."""
_CONNECT_SECONDS = 8.0
_DOWNLOAD_SECONDS = 50.0
_CHUNK = 64 * 1024
_LARGEST_ANSWER = 20_000_000

_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    ProxyError,
    ProxyTimeoutError,
)
"""The connection did not come about, so nothing was sent. A proxy that cannot be reached comes as
ClientConnectorError or ProxyConnectionError, which is an OSError."""

_RETRY_AFTER = re.compile(r"retry after (\d{1,6})")

T = TypeVar("T")


class _Parameters(msgspec.Struct):
    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class _Answer(msgspec.Struct):
    ok: bool
    result: msgspec.Raw = msgspec.Raw(b"null")
    error_code: int | None = None
    description: str = ""
    parameters: _Parameters = msgspec.field(default_factory=_Parameters)


class _File(msgspec.Struct):
    file_path: str


class Client:
    def __init__(self, api_url: str, token: str, proxy: str | None) -> None:
        """`proxy`: http, socks4 or socks5, for every connection."""
        server = TelegramAPIServer.from_base(api_url.rstrip("/"))
        self._session = AiohttpSession(proxy=proxy, api=server)
        self._bot = Bot(token, session=self._session)
        self._http: aiohttp.ClientSession | None = None

    async def call(self, method: TelegramMethod[Any], kind: type[T], *, seconds: float = SECONDS) -> T:
        """The result, as far as `kind` has fields for it. Raises CallFailed."""
        answer = await self._exchange(method, seconds)
        if isinstance(answer, CallFailed):  # raised here, or the exception behind it would come along
            raise answer
        found = _decoded(answer, kind)
        if found is None:
            raise CallFailed("garbled")
        return found

    async def do(self, method: TelegramMethod[Any], *, seconds: float = SECONDS) -> None:
        """A call whose result tells nothing. Raises CallFailed."""
        await self.call(method, msgspec.Raw, seconds=seconds)

    async def download(self, file_id: str, limit: int) -> bytes:
        """A file of a person, at most `limit` bytes. Raises CallFailed."""
        file = await self.call(GetFile(file_id=file_id), _File)
        found = await self._download(file.file_path, limit)
        if isinstance(found, CallFailed):
            raise found
        return found

    async def close(self) -> None:
        """aiogram's own way sleeps a quarter of a second, for nothing that matters at an end."""
        if self._http is not None:
            await self._http.close()

    async def _exchange(self, method: TelegramMethod[Any], seconds: float) -> msgspec.Raw | CallFailed:
        """Raises nothing: whatever happens inside knows the address."""
        try:
            session = self._http = await self._session.create_session()
            form = self._session.build_form_data(self._bot, method)
            url = self._session.api.api_url(self._bot.token, method.__api_method__)
            timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS)
            async with session.post(url, data=form, timeout=timeout, allow_redirects=False) as response:
                body, status = await _read(response, _LARGEST_ANSWER), response.status
        except Exception as error:
            return CallFailed(_broken(error))
        answer = _result(body, status)
        if isinstance(answer, CallFailed):  # some proxies say which address they could not reach
            answer.description = answer.description.replace(self._bot.token, "")
        return answer

    async def _download(self, path: str, limit: int) -> bytes | CallFailed:
        """Raises nothing, as above."""
        try:
            session = self._http = await self._session.create_session()
            url = self._session.api.file_url(self._bot.token, path)
            timeout = aiohttp.ClientTimeout(total=_DOWNLOAD_SECONDS, sock_connect=_CONNECT_SECONDS)
            async with session.get(url, timeout=timeout, allow_redirects=False) as response:
                if response.status != 200:
                    return CallFailed("400", "temporarily unavailable")
                body = await _read(response, limit)
        except Exception as error:
            return CallFailed(_broken(error))
        return CallFailed("400", "file is too big") if body is None else body


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes | None:
    """None where it is more than that."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def _broken(error: Exception) -> str:
    """The name of what broke; an error of our own making is "other"."""
    if isinstance(error, _NOT_SENT) or type(error).__name__ == "ProxyConnectionError":
        return "unreachable"
    if isinstance(error, TimeoutError):
        return "silent"
    return "broken" if isinstance(error, aiohttp.ClientError | OSError | EOFError) else "other"


def _result(body: bytes | None, status: int) -> msgspec.Raw | CallFailed:
    answer = None if body is None else _decoded(body, _Answer)
    if answer is None or (answer.ok and not 200 <= status < 300):
        return CallFailed("garbled")
    if answer.ok:
        return answer.result
    found = _RETRY_AFTER.search(answer.description)
    told = float(found[1]) if found else None
    return CallFailed(
        str(answer.error_code or status),
        answer.description,
        retry_after=answer.parameters.retry_after or told,
        moved_to=answer.parameters.migrate_to_chat_id,
    )


def _decoded(body: bytes | msgspec.Raw, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
