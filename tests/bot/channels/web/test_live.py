"""The stream of news: heard at once, ends when the server stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx

from bot.channels.web.parts import NEWS
from bot.channels.web.routes import HEARTBEAT_SECONDS, MAX_STREAMS
from bot.storage.addresses import address_hash
from tests.bot.channels.web.stand import Stand, address_of, message, serving


async def events(response: httpx.Response) -> AsyncIterator[str]:
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            yield line.removeprefix("event: ")


async def test_a_page_hears_of_an_officer_at_once(stand: Stand) -> None:
    async with stand.visitor() as client, client.stream("GET", "/chat/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        heard = events(response)
        assert await anext(heard) == "ping"
        await asyncio.sleep(0.3)  # until the listener stands; whatever came before is told as `new`
        async with asyncio.timeout(HEARTBEAT_SECONDS - 5):  # not first when the page is pinged
            await stand.scribe.officer_says(address_of(client), "Chào bạn", "Sở Y tế")
            while await anext(heard) != "new":
                pass


async def test_a_page_hears_nothing_of_others(stand: Stand) -> None:
    async with stand.visitor() as one, stand.visitor() as other:
        with stand.listener.subscribe(NEWS, address_hash(stand.vault, "web", address_of(one)).hex()) as mine:
            await mine.wait(5)  # listening from now on
            await other.post("/chat/messages", json=message())
            assert await mine.wait(0.5) is None
            await one.post("/chat/messages", json=message())
            assert await mine.wait(5)


async def test_open_streams_do_not_hold_up_a_stop(database_url: str) -> None:
    async with serving(database_url) as stand, stand.visitor() as client:
        streams = [
            await client.send(client.build_request("GET", "/chat/events"), stream=True) for _ in range(3)
        ]
        assert sum(stand.channel._parts.streams.values()) == 3
        leaving = asyncio.gather(*[stream.aread() for stream in streams])
        stand.listener.end_streams()
        await asyncio.wait_for(leaving, HEARTBEAT_SECONDS - 5)
    assert not stand.channel._parts.streams


async def test_a_session_has_few_streams(stand: Stand) -> None:
    async with stand.visitor() as client:
        streams = [
            await client.send(client.build_request("GET", "/chat/events"), stream=True)
            for _ in range(MAX_STREAMS)
        ]
        assert (await client.get("/chat/events")).status_code == 429
        for stream in streams:
            await stream.aclose()
        await asyncio.sleep(0.2)
        async with client.stream("GET", "/chat/events") as response:
            assert response.status_code == 200
