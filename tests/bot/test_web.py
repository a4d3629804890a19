"""The whole application over HTTP: what no single page answers for itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from litestar import get

from bot import console, web
from bot.settings import Settings
from tests.bot.cases.desk import Desk
from tests.bot.channels.web.stand import CATALOG
from tests.bot.channels.web.stand import Stand as ChatStand
from tests.bot.console.stand import Stand as ConsoleStand

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
"""As a browser asks for what it opens as a page."""


@get("/broken", sync_to_thread=False)
def broken() -> None:
    raise RuntimeError("inside")


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    chat = ChatStand(database_url)
    desk = ConsoleStand(Desk(chat.database, settings=Settings()), chat.listener)
    routes = [*console.build(desk), broken]
    app = web.build(database=chat.database, channels=[chat.channel], console=routes, catalog=CATALOG)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as opened:
        yield opened
    server.should_exit = True
    chat.listener.end_streams()
    await asyncio.wait_for(task, 10)
    await chat.database.close()


@pytest.mark.parametrize("path", ["/", "/health/live", "/health/ready", "/console/login", "/nowhere"])
async def test_head_is_get_without_the_body(client: httpx.AsyncClient, path: str) -> None:
    """What watches a service often asks so."""
    got, head = await client.get(path), await client.head(path)
    assert head.status_code == got.status_code == (404 if path == "/nowhere" else 200)
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers["content-length"] == got.headers["content-length"]


async def test_head_of_a_stream_ends(client: httpx.AsyncClient) -> None:
    await client.get("/")
    assert (await client.head("/chat/events", timeout=5)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("GET", "/nowhere", 404, "Không có trang này"),
        ("GET", "/chat/nowhere/at/all", 404, "Không có trang này"),
        ("GET", "/chat/static/1/none.css", 404, "Không có trang này"),
        ("POST", "/", 405, "Địa chỉ này không mở trực tiếp được"),
        ("GET", "/chat/photos", 405, "Địa chỉ này không mở trực tiếp được"),
        ("DELETE", "/console/queue", 405, "Địa chỉ này không mở trực tiếp được"),
        ("GET", "/chat/evidence/1", 401, "Phiên trò chuyện đã hết hạn"),
    ],
)
async def test_who_opens_what_is_not_there_reads_a_page(
    client: httpx.AsyncClient, method: str, path: str, status: int, sentence: str
) -> None:
    answer = await client.request(method, path, headers=PAGE)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert f"<h1>{sentence}</h1>" in answer.text
    assert ("Về trang của cán bộ" in answer.text) == path.startswith("/console")
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_a_program_reads_one_sentence(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere")
    assert answer.json() == {"error": CATALOG.say("vi", "web.page_404")}


async def test_the_page_speaks_the_visitor_s_language(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere", headers=PAGE | {"Cookie": "ntd_lang=en"})
    assert "<h1>There is no such page</h1>" in answer.text


async def test_an_evidence_of_somebody_else_is_a_page_too(client: httpx.AsyncClient) -> None:
    await client.get("/")
    answer = await client.get(f"/chat/evidence/{'0' * 32}", headers=PAGE)
    assert (answer.status_code, "<h1>Không có trang này</h1>" in answer.text) == (404, True)


async def test_an_error_of_our_own_shows_nothing_of_itself(client: httpx.AsyncClient) -> None:
    page, program = await client.get("/broken", headers=PAGE), await client.get("/broken")
    assert (page.status_code, program.status_code) == (500, 500)
    assert "<h1>Hệ thống gặp lỗi</h1>" in page.text
    assert program.json() == {"error": CATALOG.say("vi", "web.page_500")}
    assert "inside" not in page.text + program.text
