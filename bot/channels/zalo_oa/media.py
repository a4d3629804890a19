"""Files that people sent: fetched from Zalo's own hosts, and from nowhere else whatever a link says."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from bot.delivery.ports import FetchFailed

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
MOST_REDIRECTS = 3
LOOPBACK = "127.0.0.1"
"""Where it is among the hosts, as on a test stand, plain http and any port are right for it."""


class MediaHosts:
    def __init__(self, hosts: Sequence[str]) -> None:
        """`hosts`: these and those under them."""
        self._hosts = tuple(host.lower().lstrip(".") for host in hosts)
        self._http = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, follow_redirects=False)

    async def fetch(self, reference: str, limit: int) -> bytes:
        """At most `limit` bytes. Raises FetchFailed."""
        url = self._allowed(reference)
        for _ in range(MOST_REDIRECTS + 1):
            try:
                found = await self._get(url, limit)
            except httpx.TransportError as error:
                raise FetchFailed(f"Zalo's file host: {type(error).__name__}", retry=True) from error
            if isinstance(found, bytes):
                return found
            url = found
        raise FetchFailed("too many redirects", retry=False)

    async def close(self) -> None:
        await self._http.aclose()

    async def _get(self, url: httpx.URL, limit: int) -> bytes | httpx.URL:
        """The file, or where it has moved to."""
        async with self._http.stream("GET", url) as answer:
            if answer.has_redirect_location:
                return self._allowed(str(url.join(answer.headers["Location"])))
            if answer.status_code != 200:
                again = answer.status_code >= 500 or answer.status_code in (408, 425, 429)
                raise FetchFailed(f"Zalo's file host answered HTTP {answer.status_code}", retry=again)
            return await _read(answer, limit)

    def _allowed(self, reference: str) -> httpx.URL:
        """The link, upgraded to https. Raises FetchFailed for a foreign host, which is not even resolved."""
        try:
            url = httpx.URL(reference)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise FetchFailed("the link cannot be read", retry=False) from None
        host = url.host.lower()
        known = any(host == own or host.endswith(f".{own}") for own in self._hosts)
        if not known or url.scheme not in ("http", "https") or url.userinfo:
            raise FetchFailed("the link leads to a host that is not Zalo's", retry=False)
        if host == LOOPBACK:
            return url
        if url.port not in (None, 80, 443):
            raise FetchFailed("the link leads to a port that is not Zalo's", retry=False)
        return url.copy_with(scheme="https", port=None)


async def _read(answer: httpx.Response, limit: int) -> bytes:
    said = answer.headers.get("Content-Length", "")
    if said.isascii() and said.isdigit() and int(said) > limit:
        raise FetchFailed("the file is too large", retry=False)
    data = bytearray()
    async for piece in answer.aiter_bytes():
        data += piece
        if len(data) > limit:
            raise FetchFailed("the file is too large", retry=False)
    return bytes(data)
