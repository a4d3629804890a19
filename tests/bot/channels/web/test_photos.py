"""Photos and PDF files: taken within limits, shown to their owner only."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.bot.channels.web.stand import Stand, serving
from tests.support.postgres import Databases


@pytest.fixture(scope="module")
async def small_stand(databases: Databases) -> AsyncIterator[Stand]:
    """Takes files of 1 MB at most."""
    url = databases.fresh()
    async with serving(url, upload_max_mb=1) as running:
        yield running
    databases.drop(url)


PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


def photos(*files: tuple[str, bytes]) -> dict[str, Any]:
    return {
        "data": {"id": str(uuid.uuid4())},
        "files": [("files", (name, data, "application/octet-stream")) for name, data in files],
    }


async def test_photos_become_uploads(stand: Stand) -> None:
    async with stand.visitor() as client:
        answer = await client.post(
            "/chat/photos", **photos(("a.png", PNG), ("C:\\x\\hoá đơn.pdf", b"%PDF-1"))
        )
    assert answer.json() == {"receipt": "done"}
    uploads = stand.scribe.received[0].uploads
    assert [(upload.file_name, upload.data) for upload in uploads] == [
        ("a.png", PNG),
        ("hoá đơn.pdf", b"%PDF-1"),
    ]


async def test_one_photo_twice_with_one_id_has_one_effect(stand: Stand) -> None:
    async with stand.visitor() as client:
        form = photos(("a.png", PNG))
        receipts = [(await client.post("/chat/photos", **form)).json()["receipt"] for _ in range(2)]
    assert receipts == ["done", "repeated"]
    assert (await stand.count())["evidence"] == 1


@pytest.mark.parametrize(
    ("form", "status"),
    [
        (photos(("big.png", b"0" * (2**20 + 1))), 413),
        (photos(*[(f"{n}.png", PNG) for n in range(6)]), 413),
        (photos(("empty.png", b"")), 400),
        ({"data": {"id": str(uuid.uuid4())}, "files": [("other", ("a.png", PNG))]}, 400),
        ({"data": {"id": "1"}, "files": [("files", ("a.png", PNG))]}, 400),
        ({"content": b"no form at all"}, 400),
        ({"content": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400),
        ({"content": b"", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        (
            {"content": b"0" * (8 * 2**20), "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
            413,
        ),
    ],
)
async def test_what_does_not_fit_is_refused_kindly(
    small_stand: Stand, form: dict[str, Any], status: int
) -> None:
    async with small_stand.visitor() as client:
        answer = await client.post("/chat/photos", **form)
        assert answer.status_code == status
        assert answer.json()["error"]
        assert set((await small_stand.count()).values()) == {0}


async def test_the_limit_is_named(small_stand: Stand) -> None:
    async with small_stand.visitor() as client:
        answer = await client.post("/chat/photos", **photos(("big.png", b"0" * (2**20 + 1))))
    assert "1 MB" in answer.json()["error"]


async def test_evidence_is_shown_to_its_owner_only(stand: Stand) -> None:
    async with stand.visitor() as owner, stand.visitor() as other:
        await owner.post("/chat/photos", **photos(("a.png", PNG), ("b.pdf", b"%PDF-1")))
        image, paper = (await owner.get("/chat/messages")).json()[0]["attachments"]
        shown = await owner.get(f"/chat/evidence/{image}")
        saved = await owner.get(f"/chat/evidence/{paper}")
        refused = await other.get(f"/chat/evidence/{image}")
        missing = await owner.get(f"/chat/evidence/{'0' * 32}")
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert shown.headers["content-disposition"] == "inline"
    assert saved.headers["content-disposition"] == "attachment"
    for answer in (shown, saved):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
    assert (refused.status_code, missing.status_code) == (404, 404)


async def test_a_visitor_without_messages_owns_nothing(stand: Stand) -> None:
    stand.scribe.files["loose"] = ("image/png", PNG)
    async with stand.visitor() as client:
        assert (await client.get("/chat/evidence/loose")).status_code == 404


async def test_many_photos_are_slowed_down(stand: Stand) -> None:
    async with stand.visitor() as client:
        answers: list[httpx.Response] = [
            await client.post("/chat/photos", **photos(("a.png", PNG))) for _ in range(7)
        ]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
