"""A press text is chosen, read and copied in a real browser; what waits for an authority is listed."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.bot.console.stand import Stand
from tests.browser.test_console import DESK, PHONE, looked_at, opened, stand

__all__ = ["stand"]


@pytest.mark.parametrize(
    "viewport", [PHONE, pytest.param(DESK, marks=pytest.mark.long)], ids=["phone", "desk"]
)
async def test_a_press_text_is_copied(browser: Browser, stand: Stand, viewport: ViewportSize) -> None:
    async with opened(
        browser, stand, viewport=viewport, permissions=["clipboard-read", "clipboard-write"]
    ) as page:
        await page.get_by_role("link", name="Bản tin cảnh báo").click()
        await page.get_by_label("Nội dung").select_option("topic:food_prepared")
        await page.get_by_label("Tỉnh").select_option("hung-yen")
        await page.get_by_role("button", name="Soạn bản tin").click()
        text = page.get_by_label("Bản tin", exact=True)
        await expect(text).to_contain_text("Sở Y tế tỉnh Hưng Yên")
        await looked_at(page, "press")
        await page.get_by_role("button", name="Sao chép").click()
        await expect(page.locator("#press-copied")).to_have_text("Đã sao chép.")
        assert await page.evaluate("navigator.clipboard.readText()") == await text.input_value()
        await page.goto("/console/press?about=danger:despair")
        await looked_at(page, "press-pending")
        await page.get_by_role("link", name="Câu chờ duyệt").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("chờ cơ quan chuyên môn duyệt")
        await looked_at(page, "review")
