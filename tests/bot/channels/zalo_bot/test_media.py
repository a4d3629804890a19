"""Files that people send: fetched from Zalo's hosts only, at most so large, and kept as evidence."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from aiohttp import web
from PIL import Image
from sqlalchemy import select

from bot.delivery.media_hosts import MediaHosts
from bot.delivery.ports import FetchFailed
from bot.storage.tables import evidence
from tests.bot.channels.zalo_bot.stand import Stand
from tests.support.settled import settled
from tests.support.zalo_wire.host import Site


def photo() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "orange").save(data, "JPEG")
    return data.getvalue()


async def newest_evidence(stand: Stand) -> tuple[str, int]:
    async with stand.product.database.begin() as uow:
        query = select(evidence).order_by(evidence.c.at.desc(), evidence.c.id).limit(1)
        row = (await uow.execute(query)).one()
    return row.content_type, row.size


@pytest.mark.parametrize("field", ["photo", "photo_url"])
async def test_a_photo_becomes_evidence_under_either_name(shared: Stand, field: str) -> None:
    shared.bot.updates.photo_field = field  # type: ignore[assignment]
    lan = shared.bot.phone()
    await lan.send_photo(photo(), caption="hộp thuốc giả tôi mua")
    await shared.settle()
    assert await newest_evidence(shared) == ("image/jpeg", len(photo()))
    assert "thuốc" in lan.texts[0].lower()


async def test_a_voice_message_becomes_evidence(shared: Stand) -> None:
    lan = shared.bot.phone()
    aac = b"\xff\xf1\x50\x80\x01\x7f\xfc" + bytes(200)
    await lan.send_voice(aac)
    await shared.settle()
    assert await newest_evidence(shared) == ("audio/aac", len(aac))


async def test_a_file_whose_link_has_expired_is_told_to_the_person(shared: Stand) -> None:
    shared.bot.media.lifetime = dt.timedelta(0)
    lan = shared.bot.phone()
    await lan.send_photo(photo())
    await settled(shared.product)
    assert any("gửi lại" in text for text in lan.texts), lan.texts


REFUSED = [
    "https://zdn.vn.example/1.jpg", "https://evilzdn.vn/1.jpg", "ftp://a.zdn.vn/1",
    "https://zdn.vn@169.254.169.254/latest", "file:///etc/passwd", "//zdn.vn/1.jpg", "", "not a link", "https://",
    "https://[::1", "http://127.0.0.1:1/1.jpg", "https://zdn.vn\x00.example/",
]  # fmt: skip


@pytest.mark.parametrize("link", REFUSED)
async def test_links_elsewhere_are_not_followed(link: str) -> None:
    links = MediaHosts(("zdn.vn", "zadn.vn"))
    with pytest.raises(FetchFailed) as caught:
        await links.fetch(link, 1000)
    await links.close()
    assert not caught.value.retry
    assert "zdn" not in caught.value.reason


@pytest.mark.parametrize(
    "link", ["https://zdn.vn/1.jpg", "https://photo-stal-11.zdn.vn/a/1.jpg", "http://A.ZADN.VN/1"]
)
def test_zalo_s_hosts_are_asked_over_https(link: str) -> None:
    assert MediaHosts(("zdn.vn", "zadn.vn"))._allowed(link).scheme == "https"


class Moved:
    """A host of files that have moved: `/n` leads to `/n-1`, and `/0` is the file."""

    async def __aenter__(self) -> str:
        async def serve(request: web.Request) -> web.Response:
            left = request.match_info["left"]
            if left == "away":
                raise web.HTTPFound("https://elsewhere.example/1.jpg")
            if left != "0":
                raise web.HTTPFound(f"/{int(left) - 1}")
            return web.Response(body=b"file")

        app = web.Application()
        app.router.add_get("/{left}", serve)
        self._site = Site(app)
        return await self._site.start()

    async def __aexit__(self, *_: object) -> None:
        await self._site.stop()


async def test_a_file_that_has_moved_is_followed_among_zalo_s_hosts_only() -> None:
    links = MediaHosts(("127.0.0.1",))
    async with Moved() as url:
        assert await links.fetch(f"{url}/3", 10) == b"file"
        for path in ("4", "away"):
            with pytest.raises(FetchFailed) as caught:
                await links.fetch(f"{url}/{path}", 10)
            assert not caught.value.retry
    await links.close()


async def test_no_more_is_read_than_may_be(shared: Stand) -> None:
    link = shared.bot.media.put(bytes(5000), "a.jpg", "image/jpeg")
    assert len(await shared.channel.fetch(link, 5000)) == 5000
    with pytest.raises(FetchFailed) as caught:
        await shared.channel.fetch(link, 4999)
    assert not caught.value.retry


@pytest.mark.parametrize(
    ("fault", "retry"), [("status 503", True), ("status 404", False), ("cut", True), ("status 302", False)]
)
async def test_a_failing_host_is_asked_again_if_that_can_help(shared: Stand, fault: str, retry: bool) -> None:
    faults = shared.bot.media.faults
    faults.cut() if fault == "cut" else faults.status(int(fault.split()[1]))
    link = shared.bot.media.put(b"x", "a.jpg", "image/jpeg")
    with pytest.raises(FetchFailed) as caught:
        await shared.channel.fetch(link, 100)
    assert caught.value.retry is retry
    assert link not in caught.value.reason
    assert caught.value.__context__ is None or "127.0.0.1" not in str(caught.value.__context__)
