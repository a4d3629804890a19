from __future__ import annotations

import asyncio

from bot.console.queue import MAX_STREAMS
from tests.bot.console.stand import Stand


async def test_the_queue_in_the_order_of_the_law_and_the_clock(stand: Stand) -> None:
    await stand.account("an.nguyen")
    plain = (await stand.desk.file()).case.code
    urgent = (await stand.desk.file(urgent=True)).case.code
    async with stand.signed_in("an.nguyen") as visitor:
        page = await visitor.open("/console")
    assert page.url.path == "/console/queue"
    assert page.text.index(urgent) < page.text.index(plain)
    assert "Sở Y tế tỉnh Thái Nguyên" in page.text
    assert "Chưa ai nhận" in page.text


async def test_empty_tabs_say_what_would_be_there(stand: Stand) -> None:
    await stand.account("an.nguyen")
    async with stand.signed_in("an.nguyen") as visitor:
        for tab, words in (
            ("new", "Không có phản ánh mới"),
            ("mine", "Bạn chưa nhận"),
            ("late", "quá hạn"),
            ("waiting", "chờ người dân"),
            ("all", "Chưa có phản ánh nào"),
            ("nonsense", "Không có phản ánh mới"),
        ):
            assert words in (await visitor.client.get("/console/queue", params={"tab": tab})).text, tab
        none = await visitor.client.get("/console/queue", params={"q": "không có gì"})
        assert "gõ đủ từng từ" in none.text
        assert (await visitor.client.get("/console/queue", params={"number": "x"})).status_code == 200


async def test_news_arrive_at_open_queues_of_the_agency_only(stand: Stand) -> None:
    await stand.account("an.nguyen")
    await stand.account("khcn", "so_khcn")
    officer = await stand.desk.officer("so_y_te")
    code = (await stand.desk.file()).case.code

    async def first_news(login: str, ready: asyncio.Event) -> str:
        async with stand.signed_in(login) as visitor:
            events = visitor.client.stream("GET", "/console/queue/events", timeout=30)
            async with events as stream:
                assert stream.headers["content-type"].startswith("text/event-stream")
                async for line in stream.aiter_lines():
                    if line == "event: ping":
                        ready.set()
                    if line == "event: news" and ready.is_set():
                        return login
        return ""

    ready, other_ready = asyncio.Event(), asyncio.Event()
    mine = asyncio.create_task(first_news("an.nguyen", ready))
    theirs = asyncio.create_task(first_news("khcn", other_ready))
    await asyncio.gather(ready.wait(), other_ready.wait())
    await asyncio.sleep(1)  # the listener's own "look again" when it begins to listen
    if mine.done() or theirs.done():
        mine.cancel(), theirs.cancel()
        ready, other_ready = asyncio.Event(), asyncio.Event()
        mine = asyncio.create_task(first_news("an.nguyen", ready))
        theirs = asyncio.create_task(first_news("khcn", other_ready))
        await asyncio.gather(ready.wait(), other_ready.wait())
    await stand.desk.act(officer, code, "accept")
    assert await asyncio.wait_for(mine, 10) == "an.nguyen"
    await asyncio.sleep(0.5)
    assert not theirs.done()
    theirs.cancel()


async def test_an_officer_opens_only_so_many_streams(stand: Stand) -> None:
    await stand.account("an.nguyen")
    async with stand.signed_in("an.nguyen") as visitor:
        streams = [visitor.client.stream("GET", "/console/queue/events") for _ in range(MAX_STREAMS)]
        opened = [await stream.__aenter__() for stream in streams]
        assert {stream.status_code for stream in opened} == {200}
        chunks = [stream.aiter_bytes() for stream in opened]
        for chunk in chunks:
            await anext(chunk)
        assert (await visitor.client.get("/console/queue/events")).status_code == 204
        for stream in streams:
            await stream.__aexit__(None, None, None)


async def test_the_live_part_is_only_the_list(stand: Stand) -> None:
    await stand.account("an.nguyen")
    code = (await stand.desk.file()).case.code
    async with stand.signed_in("an.nguyen") as visitor:
        part = (await visitor.client.get("/console/queue?live=1")).text
    assert part.strip().startswith('<div id="queue">')
    assert code in part
    assert "<html" not in part
