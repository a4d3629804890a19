"""The officers' console in a real browser: phone and desk, keyboard, live queue, nothing typed is lost."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize, expect
from sqlalchemy import insert

from bot.delivery import transcript
from bot.delivery.transcript import Line
from bot.storage.tables import canaries, dead_letters, evidence, inbound_events
from tests.bot.cases.desk import CATALOG
from tests.bot.console.stand import PASSWORD, Stand, serving
from tests.bot.console.test_way_pages import set_way, way_of

PHONE: ViewportSize = {"width": 360, "height": 800}
DESK: ViewportSize = {"width": 1280, "height": 800}
PICTURES = os.environ.get("NTD_SCREENSHOTS")
"""A folder: every page leaves a picture there, to be looked at."""

UNFOLD = "for (const one of document.querySelectorAll('main details')) one.open = true"

STORY = (
    "Mẹ tôi uống viên giảm đau mua ở hiệu thuốc gần chợ thì nổi mẩn khắp người. Vỉ thuốc không có số đăng ký."
)


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with serving(database_url) as running:
        await running.account("an.nguyen")
        yield running


@asynccontextmanager
async def opened(
    browser: Browser, stand: Stand, login: str = "an.nguyen", **options: Any
) -> AsyncIterator[Page]:
    """A signed-in page whose every console error and foreign request fails the test."""
    settings = {"viewport": DESK, "locale": "vi-VN", "base_url": stand.url} | options
    context = await browser.new_context(**settings)
    page = await context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on("request", lambda sent: None if sent.url.startswith(stand.url) else troubles.append(sent.url))
    await page.goto("/console")
    await page.get_by_label("Tên đăng nhập").fill(login)
    await page.get_by_label("Mật khẩu").fill(PASSWORD)
    await page.get_by_role("button", name="Đăng nhập").click()
    await page.wait_for_url(re.compile("/console/(queue|overview)"))
    yield page
    assert [trouble for trouble in troubles if "status of 409" not in trouble] == []
    await context.close()


async def looked_at(page: Page, name: str) -> None:
    """Nothing stands out at the side; the picture is kept where somebody wants to look."""
    width = await page.evaluate("innerWidth")
    shown = await page.wait_for_function(
        "document.readyState === 'complete' && document.documentElement.scrollWidth"
    )
    assert await shown.json_value() <= width, f"{name} is wider than {width}"
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"console-{name}-{width}.png", full_page=True)


async def a_full_case(stand: Stand) -> str:
    """An urgent case with a story, a talk, two pictures and a paper."""
    desk = stand.desk
    commune = CATALOG.provinces["thai-nguyen"].communes[0]
    contact = await desk.contact()
    slots = {
        "what_happened": STORY,
        "product": "Viên giảm đau",
        "seller": "Nhà thuốc gần chợ",
        "money": "350000",
        "commune": commune.name,
        "contact_phone": "0900000001",
    }
    filed = await desk.file(
        contact_id=contact, urgent=True, conditions=frozenset({"fake"}), commune=commune.code, slots=slots
    )
    case_id = (await desk.complaint(filed.case.code)).id
    async with desk.transaction() as uow:
        for author, text in (("consumer", "me toi uong thuoc gia"), ("bot", "1. Gọi 115 nếu khó thở.")):
            await transcript.add(
                uow, desk.vault, contact_id=contact, author=author, line=Line(text), at=desk.clock.now(),
                complaint_id=case_id,
            )  # fmt: skip
        for number, content_type in enumerate(("image/png", "image/png", "application/pdf")):
            evidence_id = f"{number:032x}"
            picture = io.BytesIO()
            Image.new("RGB", (300, 200), (200, 40 * number, 90)).save(picture, "PNG")
            stand.evidence.kept[evidence_id] = (content_type, picture.getvalue())
            row = {
                "id": evidence_id, "complaint_id": case_id, "content_type": content_type, "size": 20480,
                "sha256": b"", "at": desk.clock.now(),
            }  # fmt: skip
            await uow.execute(insert(evidence), row)
    return filed.case.code


async def what_goes_wrong(stand: Stand, code: str) -> None:
    """A hand-off that does not get through, messages whose turn failed, a canary that is lost."""
    desk, now = stand.desk, stand.clock.now()
    way = await way_of(stand, code, "email", "webhook")
    await set_way(stand, way, failures=3, told_at=now, reason="the mail server refuses the address (550)")
    letter = {
        "channel": "zalo",
        "event_id": "1",
        "event_sealed": b"-",
        "error": "sqlalchemy.exc.AnErrorWithANameThatIsLongerThanAnyLine",
        "tries": 2,
        "at": now - dt.timedelta(hours=2),
    }
    event = {"channel": "zalo", "event_id": "1", "received_at": now, "became": "dead"}
    fault = {"channel": "zalo", "at": now, "fault": "our own address does not answer", "failures": 2}
    async with desk.transaction() as uow:
        await uow.execute(insert(dead_letters), letter)
        await uow.execute(insert(inbound_events), [event, event | {"event_id": "2", "became": "answered"}])
        await uow.execute(insert(canaries), fault)


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
async def test_every_page_fits(browser: Browser, stand: Stand, viewport: ViewportSize) -> None:
    await stand.admin()
    stand.clock.move(-dt.timedelta(days=20))
    await stand.desk.file(topic="health_service")
    stand.clock.move(dt.timedelta(days=20))
    await stand.desk.file(topic="cosmetics", vulnerable=True, source="phone")
    code = await a_full_case(stand)
    await what_goes_wrong(stand, code)
    async with opened(browser, stand, viewport=viewport) as page:
        await looked_at(page, "queue")
        await page.goto("/console/queue?tab=late")
        await expect(page.locator(".case .late")).to_contain_text("Quá hạn")
        await page.goto(f"/console/cases/{code}")
        await expect(page.locator(".thumbs img")).to_have_count(2)
        await expect(page.get_by_role("button", name="Gửi lại ngay")).to_have_count(1)
        await looked_at(page, "case")
        await page.locator("summary", has_text="Ghi kết quả").click()
        await looked_at(page, "case-resolve")
        for path in ("morning", "new", "password"):
            await page.goto(f"/console/{path}")
            await looked_at(page, path)
    async with opened(browser, stand, "quan.tri", viewport=viewport) as page:
        for path in ("overview", "officers", "dead-letters"):
            await page.goto(f"/console/{path}")
            await page.evaluate(UNFOLD)
            await looked_at(page, path)


async def test_the_trader_s_leg_fits_and_its_letter_is_copied(browser: Browser, stand: Stand) -> None:
    await stand.account("cong.thuong", "so_cong_thuong")
    code = (await stand.desk.file(topic="online_shopping")).case.code
    async with opened(browser, stand, "cong.thuong", viewport=PHONE) as page:
        await page.goto(f"/console/cases/{code}")
        await page.locator("summary", has_text="Ghi: đã chuyển tới bên bán").click()
        await page.locator("summary", has_text="Công văn chuyển yêu cầu").click()
        await looked_at(page, "case-trader")
        await page.get_by_role("button", name="Sao chép").click()
        await expect(page.get_by_role("status").filter(has_text="Đã sao chép")).to_be_visible()


async def test_a_new_case_appears_by_itself_and_keeps_the_focus(browser: Browser, stand: Stand) -> None:
    first = (await stand.desk.file()).case.code
    async with opened(browser, stand) as page:
        link = page.locator(f"#case-{first} a")
        await link.focus()
        await page.wait_for_timeout(1500)
        urgent = (await stand.desk.file(urgent=True)).case.code
        async with stand.desk.transaction() as uow:
            await uow.notify("console", "thai-nguyen/so_y_te")
        await expect(page.locator(f"#case-{urgent}")).to_be_visible(timeout=10_000)
        await expect(page.get_by_role("link", name="Mới 2")).to_be_visible()
        assert await link.evaluate("element => element === document.activeElement")


async def test_a_case_from_the_queue_to_its_end_by_keyboard(browser: Browser, stand: Stand) -> None:
    contact = await stand.desk.contact()
    code = (await stand.desk.file(contact_id=contact)).case.code
    async with opened(browser, stand) as page:
        await page.locator(f"#case-{code} a").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/{code}")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Tới nội dung chính")).to_be_focused()
        await page.get_by_role("button", name="Tiếp nhận").press("Enter")
        await expect(page.get_by_role("status").filter(has_text="Đã tiếp nhận")).to_be_visible()
        await page.locator("summary", has_text="Hỏi người dân").press("Enter")
        await page.get_by_label("Câu hỏi").fill("Số lô trên vỉ thuốc là gì?")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Đã gửi câu hỏi tới người dân")).to_be_visible()
        await page.locator("summary", has_text="Ghi kết quả").press("Enter")
        await page.get_by_label("Giải quyết được một phần").check()
        await page.get_by_label("Đã làm gì").fill("Đã thu hồi lô thuốc.")
        await page.get_by_role("button", name="Ghi kết quả").press("Enter")
        await expect(page.get_by_text("Đã ghi kết quả và báo người dân")).to_be_visible()
    texts = [told.text for told in await stand.desk.told(contact)]
    assert len(texts) == 3
    assert "việc được giải quyết một phần" in texts[-1]


async def test_the_telephone_number_appears_in_place(browser: Browser, stand: Stand) -> None:
    code = (await stand.desk.file()).case.code
    async with opened(browser, stand, viewport=PHONE) as page:
        await page.goto(f"/console/cases/{code}")
        await expect(page.get_by_text("0900000001")).to_have_count(0)
        await page.get_by_role("button", name="Xem số").click()
        await expect(page.get_by_role("link", name="0900000001")).to_be_visible()
    assert ("opened", "contact_phone") in await stand.desk.history(code)


async def test_a_double_click_answers_once(browser: Browser, stand: Stand) -> None:
    contact = await stand.desk.contact()
    code = (await stand.desk.file(contact_id=contact)).case.code
    async with opened(browser, stand) as page:
        await page.goto(f"/console/cases/{code}")
        await page.locator("summary", has_text="Trả lời người dân").click()
        await page.get_by_label("Câu trả lời").fill("Chúng tôi đang kiểm tra.")
        await page.get_by_role("button", name="Gửi trả lời").dblclick()
        await expect(page.get_by_text("Đã gửi câu trả lời tới người dân")).to_be_visible()
    assert len(await stand.desk.told(contact)) == 1


async def test_what_was_typed_survives_a_refusal(browser: Browser, stand: Stand) -> None:
    code = (await stand.desk.file()).case.code
    colleague = await stand.desk.officer("so_y_te")
    async with opened(browser, stand) as page:
        page.context.set_default_timeout(10_000)
        await page.goto(f"/console/cases/{code}")
        await page.locator("summary", has_text="Trả lời người dân").click()
        await page.get_by_label("Câu trả lời").fill("Câu dài đã gõ mười phút")
        await page.route("**/fresh?*", lambda _route: None)  # the page has not heard of it yet
        await stand.desk.act(colleague, code, "accept")
        async with page.expect_response(lambda answer: answer.status == 409):
            await page.get_by_role("button", name="Gửi trả lời").click()
        await expect(page.get_by_role("alert")).to_contain_text("vừa có thay đổi")
        await expect(page.get_by_label("Câu trả lời")).to_have_value("Câu dài đã gõ mười phút")
