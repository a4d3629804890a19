"""Messages: taken once, kept before they are answered, refused kindly."""

from __future__ import annotations

import asyncio
import uuid

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.delivery.ports import OutgoingChoice
from bot.delivery.transcript import Line
from tests.bot.channels.web.stand import Stand, address_of, message, serving


async def test_a_message_is_taken_and_answered(stand: Stand) -> None:
    async with stand.visitor() as client:
        sent = message("  thuoc gia  ")
        answer = await client.post("/chat/messages", json=sent)
        lines = (await client.get("/chat/messages")).json()
    assert (answer.status_code, answer.json()) == (200, {"receipt": "done"})
    inbound = stand.scribe.received[0]
    assert (inbound.channel, inbound.text, inbound.payload) == ("web", "thuoc gia", None)
    assert [(line["author"], line["text"]) for line in lines] == [
        ("consumer", "thuoc gia"),
        ("bot", "Bạn viết: thuoc gia"),
    ]
    assert lines[0]["event_id"] == sent["id"]
    assert lines[1]["choices"] == [{"label": "Có", "payload": "yes"}, {"label": "Không", "payload": "no"}]


async def test_a_choice_keeps_label_and_payload(stand: Stand) -> None:
    async with stand.visitor() as client:
        await client.post("/chat/messages", json={"id": str(uuid.uuid4()), "payload": "yes 1", "label": "Có"})
        line = (await client.get("/chat/messages")).json()[0]
    assert (stand.scribe.received[0].payload, stand.scribe.received[0].text) == ("yes 1", "Có")
    assert (line["text"], line["chosen"]) == ("Có", True)


async def test_ten_times_the_same_id_has_one_effect(stand: Stand) -> None:
    async with stand.visitor() as client:
        sent = message()
        answers = await asyncio.gather(*[client.post("/chat/messages", json=sent) for _ in range(10)])
    receipts = sorted(answer.json()["receipt"] for answer in answers)
    assert receipts == ["done"] + ["repeated"] * 9
    assert (await stand.count())["messages"] == 2


async def test_nobody_can_use_up_the_id_of_another_session(stand: Stand) -> None:
    sent = message()
    async with stand.visitor() as one, stand.visitor() as other:
        first = await one.post("/chat/messages", json=sent)
        second = await other.post("/chat/messages", json=sent)
    assert first.json() == second.json() == {"receipt": "done"}


async def test_sessions_see_only_their_own_lines(stand: Stand) -> None:
    async with stand.visitor() as one, stand.visitor() as other:
        await one.post("/chat/messages", json=message("của tôi"))
        assert (await other.get("/chat/messages")).json() == []


async def test_after_skips_what_is_known(stand: Stand) -> None:
    async with stand.visitor() as client:
        for text in ("một", "hai"):
            await client.post("/chat/messages", json=message(text))
        lines = (await client.get("/chat/messages")).json()
        rest = (await client.get("/chat/messages", params={"after": lines[1]["id"]})).json()
    assert [line["text"] for line in rest] == ["hai", "Bạn viết: hai"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"id": "1", "text": "a"}', 400),
        (b'{"text": "a"}', 400),
        (b'{"id": "6c1a8f5e-1f0e-4a30-9f0c-6d3f3a1f0001", "text": "   "}', 400),
        (b'{"id": "6c1a8f5e-1f0e-4a30-9f0c-6d3f3a1f0001", "text": 5}', 400),
        (b'{"id": "6c1a8f5e-1f0e-4a30-9f0c-6d3f3a1f0001", "payload": "c\xc3\xb3"}', 400),
        (b'{"id": "6c1a8f5e-1f0e-4a30-9f0c-6d3f3a1f0001", "text": "' + b"a" * 9000 + b'"}', 400),
        (b'{"id": "6c1a8f5e-1f0e-4a30-9f0c-6d3f3a1f0001", "text": "' + b"a" * 70000 + b'"}', 413),
    ],
)
async def test_what_our_page_never_sends_is_refused(shared_stand: Stand, body: bytes, status: int) -> None:
    async with shared_stand.visitor() as client:
        answer = await client.post("/chat/messages", content=body)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert set((await shared_stand.count()).values()) == {0}


async def test_nothing_kept_means_503_and_the_same_id_works_later(stand: Stand) -> None:
    async with stand.visitor() as client:
        stand.scribe.away = True
        sent = message()
        refused = await client.post("/chat/messages", json=sent)
        stand.scribe.away = False
        taken = await client.post("/chat/messages", json=sent)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert taken.json() == {"receipt": "done"}


async def test_a_flood_is_slowed_down_kindly(database_url: str) -> None:
    async with serving(database_url, web_messages_per_minute=3) as stand, stand.visitor() as client:
        answers = [await client.post("/chat/messages", json=message()) for _ in range(4)]
        await client.get("/", params={"lang": "en"})
        english = await client.post("/chat/messages", json=message())
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[3].headers["retry-after"]) <= 60
    assert "giữ lại" in answers[3].json()["error"]
    assert "kept" in english.json()["error"]
    assert len(stand.scribe.received) == 3


async def test_the_language_of_the_page_goes_with_the_message(stand: Stand) -> None:
    async with stand.visitor() as client:
        page = await client.get("/", params={"lang": "en"})
        await client.post("/chat/messages", json=message("hello"))
        again = await client.get("/")
    assert stand.scribe.received[0].language == "en"
    assert '<html lang="en">' in page.text
    assert '<html lang="en">' in again.text


async def test_an_officer_line_names_its_agency(stand: Stand) -> None:
    async with stand.visitor() as client:
        await stand.scribe.officer_says(address_of(client), "Cho xin số lô", "Sở Y tế")
        line = (await client.get("/chat/messages")).json()[0]
    assert (line["author"], line["sender"], line["text"]) == ("officer", "Sở Y tế", "Cho xin số lô")


async def test_lines_lie_encrypted(stand: Stand) -> None:
    stand.scribe.answers = lambda _: [Line("bí mật riêng", (OutgoingChoice("nhãn", "p"),))]
    async with stand.visitor() as client:
        await client.post("/chat/messages", json=message("chuyện kín"))
    async with stand.database.begin() as uow:
        bodies = (await uow.execute(text("SELECT body_sealed FROM messages"))).scalars().all()
    assert len(bodies) == 2
    assert not any("kín".encode() in body or b"text" in body for body in bodies)


async def test_the_database_away_is_503_for_readers(stand: Stand) -> None:
    async with stand.visitor() as client:
        stand.database.engine = create_async_engine("postgresql+asyncpg://127.0.0.1:1/nothing")
        answer = await client.get("/chat/messages")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


async def test_without_an_intake_nothing_is_acknowledged(stand: Stand) -> None:
    stand.channel._parts.intake = None
    async with stand.visitor() as client:
        assert (await client.post("/chat/messages", json=message())).status_code == 503


async def test_an_unknown_address_gets_no_page(stand: Stand) -> None:
    async with httpx.AsyncClient(base_url=stand.url) as client:
        assert (await client.get("/chat/nothing")).status_code == 404
