"""Files that people sent, behind links to a platform's own hosts: fetched from there, from nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from bot.delivery.ports import FetchFailed

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_MOST_REDIRECTS = 3
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
"""Where it is among the hosts, as in tests and demos, plain http and any port are right for it."""


class MediaHosts:
    def __init__(self, hosts: Sequence[str]) -> None:
        """`hosts`: these and those under them."""
        self._hosts = tuple(host.lower().strip(".") for host in hosts)
        self._http = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, follow_redirects=False)

    async def fetch(self, link: str, limit: int) -> bytes:
        """At most `limit` bytes. Raises FetchFailed; neither its reason nor its causes hold the link."""
        url = self._allowed(link)
        failure = FetchFailed("the link to the file leads in circles", retry=False)
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                found = await self._get(url, limit)
                if isinstance(found, bytes):
                    return found
                url = found
        except FetchFailed as refused:
            failure = refused
        except httpx.TimeoutException:
            failure = FetchFailed("the host of the file gave no answer in time", retry=True)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            failure = FetchFailed("the host of the file cannot be reached", retry=True)
        raise failure

    async def close(self) -> None:
        await self._http.aclose()

    async def _get(self, url: httpx.URL, limit: int) -> bytes | httpx.URL:
        """The file, or where it has moved to."""
        async with self._http.stream("GET", url) as response:
            if response.has_redirect_location:
                return self._allowed(str(url.join(response.headers["Location"])))
            _require_ok(response.status_code)
            return await _read(response, limit)

    def _allowed(self, link: str) -> httpx.URL:
        """The link, over https. Raises FetchFailed for a foreign host, whose name is not even resolved."""
        try:
            url = httpx.URL(link)
            host = url.host.lower().rstrip(".")
        except (httpx.InvalidURL, ValueError):
            raise FetchFailed("the link to the file is none", retry=False) from None
        known = any(host == own or host.endswith(f".{own}") for own in self._hosts)
        if not known or url.scheme not in ("http", "https") or url.userinfo:
            raise FetchFailed("the file does not lie with the platform", retry=False)
        if host in _LOOPBACK:
            return url
        if url.port not in (None, 80, 443):
            raise FetchFailed("the file lies at a port that is not the platform's", retry=False)
        return url.copy_with(scheme="https", port=None)


def _require_ok(status: int) -> None:
    if status == 200:
        return
    if status in (408, 425, 429) or status >= 500:
        raise FetchFailed("the host of the file is busy", retry=True)
    raise FetchFailed("the link to the file has expired", retry=False)


async def _read(response: httpx.Response, limit: int) -> bytes:
    told = response.headers.get("Content-Length", "")
    if told.isascii() and told.isdigit() and int(told) > limit:
        raise FetchFailed("the file is too large", retry=False)
    data = bytearray()
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) > limit:
            raise FetchFailed("the file is too large", retry=False)
    return bytes(data)
