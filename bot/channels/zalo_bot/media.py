"""Files that people sent: behind links to Zalo's own hosts, fetched from there and from nowhere else."""

from __future__ import annotations

import httpx

from bot.delivery.ports import FetchFailed

_SECONDS = 30.0
_MOST_REDIRECTS = 3
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Links:
    """`hosts`: these and those under them. Plain http only on this machine, where tests and demos run, and
    only if it is among the hosts."""

    def __init__(self, hosts: tuple[str, ...]) -> None:
        self._hosts = tuple(host.lower().strip(".") for host in hosts)
        self._http = httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False)

    async def fetch(self, link: str, limit: int) -> bytes:
        """At most `limit` bytes. Raises FetchFailed, whose reason never holds the link."""
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
        zalo_s = any(host == known or host.endswith(f".{known}") for known in self._hosts)
        if not zalo_s or url.scheme not in ("http", "https") or url.userinfo:
            raise FetchFailed("the file does not lie with Zalo", retry=False)
        return url if host in _LOOPBACK else url.copy_with(scheme="https")


def _require_ok(status: int) -> None:
    if status == 200:
        return
    if status in (408, 425, 429) or status >= 500:
        raise FetchFailed("the host of the file is busy", retry=True)
    raise FetchFailed("the link to the file has expired", retry=False)


async def _read(response: httpx.Response, limit: int) -> bytes:
    told = response.headers.get("Content-Length", "")
    if told.isdigit() and int(told) > limit:
        raise FetchFailed("the file is too large", retry=False)
    data = bytearray()
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) > limit:
            raise FetchFailed("the file is too large", retry=False)
    return bytes(data)
