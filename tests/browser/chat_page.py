"""The chat page in a browser, over a stand that answers: what several tests of it do."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator, Page, ViewportSize

from bot.delivery.ports import Inbound, OutgoingChoice
from bot.delivery.transcript import Line
from tests.bot.channels.web.stand import Stand

PHONE: ViewportSize = {"width": 360, "height": 720}
DESK: ViewportSize = {"width": 1280, "height": 800}
PICTURES = os.environ.get("NTD_SCREENSHOTS")
"""A folder: every test leaves pictures there, to be looked at."""

GUIDANCE = """Ba việc làm ngay:
1. Ngừng dùng thuốc, giữ nguyên hộp, vỉ, hóa đơn.
2. Nếu khó thở, nổi mẩn, nôn nhiều: gọi 115.
3. Gọi 1800.6838 để được hướng dẫn, xem thêm tại dichvucong.gov.vn.

Người bán: http://thuoc-gia.example.vn, số 0900000001."""


def helpful(inbound: Inbound) -> Sequence[Line]:
    if inbound.uploads:
        return [Line("Đã nhận ảnh của bạn.", (OutgoingChoice("Tiếp tục", "form go"),))]
    if inbound.payload == "report yes":
        return [Line("Bạn mua ở đâu?", (OutgoingChoice("Bỏ qua câu này", "form skip"),))]
    choices = (OutgoingChoice("Có, gửi phản ánh", "report yes"), OutgoingChoice("Không, cảm ơn", "report no"))
    return [Line(GUIDANCE), Line("Bạn có muốn gửi phản ánh không?", choices)]


@asynccontextmanager
async def opened(browser: Browser, stand: Stand, **options: Any) -> AsyncIterator[Page]:
    """A page whose every console error and foreign request fails the test."""
    context = await browser.new_context(**({"viewport": PHONE, "locale": "vi-VN"} | options))
    page = await context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda sent: None if sent.url.startswith(("blob:", stand.url)) else troubles.append(sent.url),
    )
    await page.goto(stand.url)
    yield page
    await context.close()
    offline = "ERR_INTERNET_DISCONNECTED"
    assert [trouble for trouble in troubles if offline not in trouble] == []


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.wait_for_timeout(400)
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")


def field(page: Page) -> Locator:
    return page.get_by_label("Tin nhắn của bạn")


async def say(page: Page, text: str) -> None:
    await field(page).fill(text)
    await field(page).press("Enter")


@asynccontextmanager
async def opened_despite_errors(browser: Browser, stand: Stand) -> AsyncIterator[Page]:
    """For tests that make the server refuse: the browser writes those into its console."""
    context = await browser.new_context(viewport=PHONE, locale="vi-VN")
    page = await context.new_page()
    await page.goto(stand.url)
    yield page
    await context.close()
