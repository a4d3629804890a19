"""Listings and the plan in a real browser: on a phone and at a desk, by label and by keyboard."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.bot.console.stand import Stand
from tests.browser.test_console import DESK, PHONE, looked_at, opened, stand

__all__ = ["stand"]


@pytest.mark.parametrize(
    "viewport", [PHONE, pytest.param(DESK, marks=pytest.mark.long)], ids=["phone", "desk"]
)
async def test_a_number_is_entered_and_put_back(
    browser: Browser, stand: Stand, viewport: ViewportSize
) -> None:
    await stand.admin()
    async with opened(browser, stand, "quan.tri", viewport=viewport) as page:
        await page.get_by_role("link", name="Đầu mối liên hệ").click()
        await looked_at(page, "listings")
        await page.get_by_role("link", name="Sửa Sở Y tế tỉnh Hưng Yên").click()
        await page.get_by_label("Số điện thoại").fill("0221 000 0001")
        await page.get_by_label("Lý do, căn cứ").fill("Công văn số 1, đã gọi kiểm tra")
        await looked_at(page, "listing")
        await page.get_by_label("Thư điện tử").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("Đã lưu")
        row = page.get_by_role("row").filter(has_text="Sở Y tế tỉnh Hưng Yên")
        await expect(row).to_contain_text("0221 000 0001")
        await expect(row).to_contain_text("Do cán bộ")
        await looked_at(page, "listings-entered")
        await row.get_by_role("link").click()
        await page.get_by_text("Đặt lại theo kho nội dung").click()
        await looked_at(page, "listing-entered")
        await page.get_by_label("Lý do", exact=True).fill("Nhập nhầm cơ quan")
        await page.get_by_role("button", name="Đặt lại").click()
        await expect(page.get_by_role("status")).to_contain_text("Đã đặt lại")
        await expect(row).not_to_contain_text("0221 000 0001")
        await page.get_by_label("Xã, phường", exact=True).select_option(label="Xã Yên Mỹ")
        await page.get_by_role("button", name="Nhập liên hệ").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("UBND xã Yên Mỹ")


@pytest.mark.parametrize(
    "viewport", [PHONE, pytest.param(DESK, marks=pytest.mark.long)], ids=["phone", "desk"]
)
async def test_the_plan_is_read_and_filtered(browser: Browser, stand: Stand, viewport: ViewportSize) -> None:
    stand.clock.move(-dt.timedelta(days=60))
    await stand.desk.file(topic="medicine")
    stand.clock.move(dt.timedelta(days=60))
    await stand.desk.file(topic="cosmetics")
    async with opened(browser, stand, viewport=viewport) as page:
        await page.get_by_role("link", name="Kế hoạch").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Kế hoạch của tỉnh Thái Nguyên")
        clauses = page.locator(".clause")
        await expect(clauses).to_have_count(67)
        await looked_at(page, "plan")
        await page.get_by_label("Phần của trợ lý phục vụ").select_option("routing")
        await page.get_by_role("button", name="Lọc").click()
        await expect(clauses.filter(has_text="PL.III.8")).to_contain_text("2 phản ánh")
        await looked_at(page, "plan-routing")
        await page.get_by_role("link", name="Hưng Yên", exact=True).click()
        await expect(clauses).to_have_count(37)
