"""Files of people: fetched from Zalo's hosts, never from elsewhere, never more than the limit."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web

from bot.clock import MovableClock
from bot.delivery.media_hosts import MediaHosts
from bot.delivery.ports import FetchFailed
from tests.support.network import NetworkGuard
from tests.support.zalo_wire.host import Site
from tests.support.zalo_wire.media import MediaHost

LIMIT = 1_000_000


@pytest.fixture
async def host() -> AsyncIterator[MediaHost]:
    running = MediaHost(MovableClock())
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def media() -> AsyncIterator[MediaHosts]:
    found = MediaHosts(("127.0.0.1", "zdn.vn"))
    yield found
    await found.close()


async def failure(media: MediaHosts, link: str, limit: int = LIMIT) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        await media.fetch(link, limit)
    return failed.value


async def test_the_bytes(media: MediaHosts, host: MediaHost) -> None:
    data = bytes(range(256)) * 1000
    assert await media.fetch(host.put(data, "photo.jpg", "image/jpeg"), LIMIT) == data


FOREIGN = [
    "http://example.com/a.jpg",
    "http://169.254.169.254/latest/meta-data",
    "http://localhost/a.jpg",
    "http://10.0.0.1/a.jpg",
    "http://[::1]/a.jpg",
    "https://zdn.vn.example.com/a.jpg",
    "https://evilzdn.vn/a.jpg",
    "https://zdn.vn@example.com/a.jpg",
    "https://user:pass@f1.zdn.vn/a.jpg",
    "https://f1.zdn.vn:8443/a.jpg",
    "https://example.com/f1.zdn.vn",
    "https://example.com#@f1.zdn.vn",
    "https://example.com\\@f1.zdn.vn/",
    "file:///etc/passwd",
    "ftp://f1.zdn.vn/a.jpg",
    "gopher://f1.zdn.vn/",
    "//f1.zdn.vn/a.jpg",
    "http://",
    "http://127.0.0.2/a.jpg",
    "http://127.1/a.jpg",
    "http://2130706433/a.jpg",
    "không phải liên kết",
    "http://\x00/",
    "",
]


@pytest.mark.parametrize("link", FOREIGN)
async def test_foreign_hosts_are_not_even_looked_up(
    media: MediaHosts, link: str, network_guard: NetworkGuard
) -> None:
    assert not (await failure(media, link)).retry
    assert network_guard.attempts == []


@pytest.mark.parametrize(
    "link",
    [
        "http://f20-zpc.zdn.vn/a.jpg",
        "http://f20-zpc.zdn.vn:80/a.jpg",
        "https://F20.ZDN.VN/a.jpg",
        "http://zdn.vn/a",
    ],
)
def test_zalo_s_own_hosts_are_asked_by_https(link: str) -> None:
    allowed = MediaHosts(("zdn.vn",))._allowed(link)
    assert allowed.scheme == "https"
    assert allowed.port is None
    assert allowed.host.endswith("zdn.vn")


async def test_too_large_by_what_it_says_and_by_what_it_is(media: MediaHosts, host: MediaHost) -> None:
    link = host.put(b"x" * 5000, "photo.jpg", "image/jpeg")
    assert not (await failure(media, link, 4999)).retry
    assert len(await media.fetch(link, 5000)) == 5000

    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * 10_000)

    app = web.Application()
    app.router.add_get("/", endless)
    site = Site(app)
    link = await site.start()
    try:
        assert not (await failure(media, link)).retry
    finally:
        await site.stop()


async def test_redirects_stay_among_zalo_s_hosts(
    media: MediaHosts, host: MediaHost, network_guard: NetworkGuard
) -> None:
    targets = {"own": host.put(b"data", "a.jpg", "image/jpeg"), "foreign": "http://10.0.0.1/secret"}
    targets["loop"] = "/loop"

    async def moved(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": targets[request.path.strip("/")]})

    app = web.Application()
    app.router.add_get("/{where}", moved)
    site = Site(app)
    url = await site.start()
    try:
        assert await media.fetch(f"{url}/own", LIMIT) == b"data"
        assert not (await failure(media, f"{url}/foreign")).retry
        assert not (await failure(media, f"{url}/loop")).retry
        assert network_guard.attempts == []
    finally:
        await site.stop()


@pytest.mark.parametrize(
    ("status", "again"), [(500, True), (503, True), (429, True), (403, False), (404, False)]
)
async def test_what_is_tried_again(media: MediaHosts, host: MediaHost, status: int, again: bool) -> None:
    link = host.put(b"data", "a.jpg", "image/jpeg")
    host.faults.status(status)
    assert (await failure(media, link)).retry is again


async def test_a_broken_connection_is_tried_again(media: MediaHosts, host: MediaHost) -> None:
    link = host.put(b"data", "a.jpg", "image/jpeg")
    host.faults.cut()
    failed = await failure(media, link)
    assert failed.retry
    assert httpx.URL(link).path not in failed.reason
