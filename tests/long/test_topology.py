"""Two web and two worker processes behind the proxy, on Debian's PostgreSQL and Redis: each may fall."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.async_api import Browser, Page, expect

from scripts.topology import Topology, TopologyError, missing_programs
from tests.conftest import ON_CI

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

PASSWORD = "hoa phượng nở tháng năm"


@pytest.fixture(scope="module")
def topology() -> Iterator[Topology]:
    if missing_programs() and not ON_CI:
        pytest.skip(f"the servers are not installed: apt install {' '.join(missing_programs())}")
    with Topology() as running:
        yield running


@asynccontextmanager
async def opened(browser: Browser, address: str) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 360, "height": 720}, locale="vi-VN")
    page = await context.new_page()
    await page.goto(address)
    yield page
    await context.close()


async def say(page: Page, text: str) -> None:
    field = page.get_by_label("Tin nhắn của bạn")
    await field.fill(text)
    await field.press("Enter")


async def officer_logs_in(page: Page, topology: Topology, login: str) -> None:
    said = await asyncio.to_thread(
        topology.ntd,
        "officer",
        "add",
        login,
        "--name",
        "Nguyễn Văn An",
        "--province",
        "thai-nguyen",
        "--agency",
        "so_y_te",
    )
    once = re.findall(r"one-time password (\S+)", said)[0]
    await page.get_by_label("Tên đăng nhập").fill(login)
    await page.get_by_label("Mật khẩu").fill(once)
    await page.get_by_role("button", name="Đăng nhập").click()
    await page.get_by_label("Mật khẩu hiện tại").fill(once)
    await page.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
    await page.get_by_label("Nhập lại mật khẩu mới").fill(PASSWORD)
    await page.get_by_role("button", name="Đổi mật khẩu").click()
    await expect(page.get_by_label("Mật khẩu hiện tại")).to_be_hidden()


async def test_a_conversation_survives_the_death_of_each_process(
    browser: Browser, topology: Topology
) -> None:
    """Every kill is a kill -9; what the person writes after it is answered, through the same address."""
    async with opened(browser, topology.url) as page:
        answers = page.get_by_role("log").locator(".bubble")
        await say(page, "toi mua phai thuoc gia")
        await expect(answers.nth(1)).to_be_visible(timeout=30_000)
        for victim in ("web-1", "worker-1", "web-2", "worker-2"):
            seen = await answers.count()
            topology.processes[victim].send_signal(signal.SIGKILL)
            await asyncio.to_thread(topology.processes[victim].wait)
            await say(page, "gọi số nào?")
            await expect(answers.nth(seen + 1)).to_be_visible(timeout=30_000)
            kind, number = victim.split("-")
            start = topology.start_web if kind == "web" else topology.start_worker
            await asyncio.to_thread(start, int(number))


async def test_an_officer_stays_logged_in_whichever_process_answers(
    browser: Browser, topology: Topology
) -> None:
    async with opened(browser, f"{topology.url}/console") as page:
        await officer_logs_in(page, topology, "an.nguyen")
        for _ in range(6):
            await page.goto(f"{topology.url}/console")
            await expect(page.get_by_label("Tên đăng nhập")).to_have_count(0)


async def test_the_proxy_hides_what_is_for_the_inside_only(topology: Topology) -> None:
    for path in ("/metrics", "/schema"):
        with pytest.raises(OSError, match="404"):
            await asyncio.to_thread(urlopen, f"{topology.url}{path}")


async def test_no_log_holds_what_people_wrote(topology: Topology, browser: Browser) -> None:
    async with opened(browser, topology.url) as page:
        await say(page, "số của tôi là 0900000001, người bán lừa tôi 5 triệu")
        await expect(page.get_by_role("log").locator(".bubble").nth(1)).to_be_visible(timeout=30_000)
    for log in Path(topology.folder).glob("*.log"):
        assert "0900000001" not in log.read_text(encoding="utf-8", errors="replace"), log.name


def test_a_missing_server_is_said_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(TopologyError, match=r"not installed: caddy, redis-server"), Topology():
        pass
