"""The fixtures keep their promises: otherwise every other test may pass for the wrong reason."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import redis
from playwright.async_api import Browser
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.network import NetworkGuard


async def _tables(url: str) -> int:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = await connection.scalar(
            text("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
        )
    await engine.dispose()
    return int(found or 0)


@pytest.mark.parametrize("turn", [1, 2])
async def test_an_empty_database_is_new_for_every_test(empty_database_url: str, turn: int) -> None:
    assert await _tables(empty_database_url) == 0
    engine = create_async_engine(empty_database_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE left_behind (n int)"))
    await engine.dispose()
    assert await _tables(empty_database_url) == 1


async def test_a_database_is_migrated(database_url: str) -> None:
    assert await _tables(database_url) > 5


@pytest.mark.parametrize("turn", [1, 2])
def test_redis_is_empty_for_every_test(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")
        assert client.dbsize() == 1


async def test_the_browser_shows_vietnamese(browser: Browser, tmp_path: Path) -> None:
    page_file = tmp_path / "page.html"
    page_file.write_text("<!doctype html><meta charset=utf-8><h1>Trợ lý</h1>", encoding="utf-8")
    page = await browser.new_page()
    await page.goto(page_file.as_uri())
    assert await page.text_content("h1") == "Trợ lý"
    await page.close()


def test_the_world_outside_is_refused_and_noted(network_guard: NetworkGuard) -> None:
    with pytest.raises(ConnectionRefusedError), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("www.gov.vn", 443)
    assert network_guard.attempts == ["192.0.2.1", "www.gov.vn"]
    network_guard.attempts.clear()


def test_a_name_that_never_resolves_is_no_attempt(network_guard: NetworkGuard) -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("api.invalid", 443)
    assert not network_guard.attempts
