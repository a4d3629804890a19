"""`make demo` as a person plays it: a browser, three phones, the real product behind them."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.demo import Demo, playing
from tests.support.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
STORY = "mua phải thuốc giả ở nhà thuốc Minh Anh"
AFTER_NAME = "Số đăng ký"
"""What the form asks after the medicine's name."""
PHONES = ("zalo", "zalo_bot", "telegram")
SLOW = 30_000.0

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
async def demo() -> AsyncIterator[Demo]:
    async with playing() as running:
        yield running


@pytest.fixture(params=[1280, 360], ids=["desk", "pocket"])
async def page(demo: Demo, browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": request.param, "height": 860})
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    await page.goto(demo.url)
    yield page
    assert wrong == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= request.param
    await context.close()


async def says(page: Page, phone: str, text: str) -> None:
    await page.fill(f"[data-phone={phone}] textarea", text)
    await page.press(f"[data-phone={phone}] textarea", "Enter")


async def hears(page: Page, phone: str, text: str) -> None:
    bubbles = page.locator(f"[data-phone={phone}] li.theirs .bubble")
    await expect(bubbles.filter(has_text=text).last).to_be_visible(timeout=SLOW)


async def test_a_sentence_on_each_phone_is_answered(page: Page) -> None:
    for phone in PHONES:
        await page.click(f"[data-phone={phone}] .person-next")
        await says(page, phone, STORY)
        await hears(page, phone, "Ngừng dùng thuốc")


async def test_buttons_numbers_photos_and_blocking(page: Page) -> None:
    for phone in PHONES:
        await page.click(f"[data-phone={phone}] .person-next")
    await says(page, "telegram", STORY)
    await page.click("[data-phone=telegram] .buttons >> text=Bỏ qua", timeout=SLOW)
    await hears(page, "telegram", AFTER_NAME)
    await says(page, "zalo", STORY)
    await page.click("[data-phone=zalo] .buttons >> text=Bỏ qua", timeout=SLOW)
    await hears(page, "zalo", AFTER_NAME)
    await says(page, "zalo_bot", STORY)
    await page.click("[data-phone=zalo_bot] .buttons >> text=1", timeout=SLOW)
    await hears(page, "zalo_bot", AFTER_NAME)
    for phone in PHONES:
        await page.click(f"[data-phone={phone}] .acts >> text=Ảnh mẫu")
        await expect(page.locator(f"[data-phone={phone}] li.mine img").last).to_be_visible(timeout=SLOW)
    await page.click("[data-phone=telegram] .acts >> text='Chặn'")
    await expect(page.locator("[data-phone=telegram] form")).to_be_hidden()
    await page.click("[data-phone=telegram] .acts >> text=Bỏ chặn")
    await expect(page.locator("[data-phone=telegram] form")).to_be_visible()


async def test_the_page_leads_to_chat_and_console(demo: Demo, page: Page) -> None:
    await expect(page.locator("#login-password")).to_have_text(demo.product.password)
    for name in ("chat", "console"):
        address = await page.get_attribute(f"#{name}", "href")
        async with httpx.AsyncClient(follow_redirects=True) as client:
            assert (await client.get(str(address))).status_code == 200


def test_the_script_prints_where_and_ends_when_told(tmp_path: Path) -> None:
    command = [sys.executable, "scripts/demo.py", "--port", str(free_port()), "--page-port", str(free_port())]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as script:
        assert script.stdout is not None
        told = ""
        while "Stop with Ctrl+C." not in told:
            line = script.stdout.readline()
            assert line, told
            told += line
        script.send_signal(signal.SIGINT)
        assert script.wait(30) == 0
    assert "Phones:     http://127.0.0.1:" in told
    assert "admin / " in told
