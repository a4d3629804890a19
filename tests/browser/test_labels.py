"""Labelling in a real browser: by keyboard alone, on a phone and at a desk."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.bot.console.stand import Stand
from tests.bot.console.test_label_pages import labels_of, puzzled
from tests.browser.test_console import DESK, PHONE, looked_at, opened, stand

__all__ = ["stand"]

TEXTS = (
    "alo ad oi cho hoi cai hom qua e mua tren mang ho bao ve roi ma k thay gi ca gio sao",
    "hmm",
    "chuyen 0000000000 vcb 5tr cho no roi no chan luon",
)


@pytest.mark.parametrize(
    "viewport", [PHONE, pytest.param(DESK, marks=pytest.mark.long)], ids=["phone", "desk"]
)
async def test_labels_are_given_by_keyboard(browser: Browser, stand: Stand, viewport: ViewportSize) -> None:
    await puzzled(stand, *TEXTS)
    async with opened(browser, stand, viewport=viewport) as page:
        await page.get_by_role("link", name="Câu cần gán nhãn").click()
        await looked_at(page, "labels")
        act = page.get_by_label("Ý của câu").first
        await expect(act).to_be_focused()
        await page.keyboard.type("Phản ánh một việc")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Mua hàng")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_role("status").filter(has_text="Đã lưu nhãn")).to_be_visible()
        await expect(page.get_by_label("Ý của câu")).to_have_count(2)
        await expect(page.get_by_label("Ý của câu").first).to_be_focused()
        await page.keyboard.press("Alt+Enter")
        await expect(page.get_by_role("status").filter(has_text="Đã bỏ qua")).to_be_visible()
        await page.keyboard.type("Chào")
        await expect(page.get_by_label("Chủ đề")).to_be_hidden()
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_text("Không có câu nào chờ gán nhãn")).to_be_visible()
        await looked_at(page, "labels-empty")
        await page.goto("/console/labels?tab=labelled")
        await looked_at(page, "labels-labelled")
    assert await labels_of(stand) == [
        ("labelled", "report", "online_shopping", False),
        ("skipped", None, None, None),
        ("labelled", "greet", None, False),
    ]
