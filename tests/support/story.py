"""A consumer with a phone and an officer at a desk, as far as a browser goes: steps of a whole story.

Every step is done on a page as a person does it, and ends when the page shows what it brought. They know no
server: one process on this machine or many behind a proxy play the same story.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.async_api import Browser, FilePayload, Locator, Page, ViewportSize, expect

PHONE: ViewportSize = {"width": 360, "height": 720}
DESK: ViewportSize = {"width": 1280, "height": 800}
PICTURES = os.environ.get("NTD_SCREENSHOTS")
"""A folder: stories leave pictures there, to be looked at."""

PASSWORD = "hoa phượng nở tháng năm"
CONTACT_PHONE = "0900000001"
SLOW = 20_000
"""Milliseconds after which a step that goes through the server counts as not done."""


@dataclass(frozen=True)
class Filed:
    """What the consumer is told to keep."""

    code: str
    secret: str


@asynccontextmanager
async def opened(browser: Browser, address: str, size: ViewportSize) -> AsyncIterator[Page]:
    """A browser of its own on `address`; an error in the page or a request to elsewhere fails the test."""
    context = await browser.new_context(viewport=size, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
    page = await context.new_page()
    troubles: list[str] = []
    origin = re.match(r"https?://[^/]+", address)
    assert origin
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda sent: (
            None if sent.url.startswith(("blob:", "data:", origin[0])) else troubles.append(sent.url)
        ),
    )
    await page.goto(address)
    yield page
    await context.close()
    assert troubles == []


async def fills_the_screen(page: Page) -> None:
    """The chat page is as tall as the screen: only its log scrolls."""
    tall = await page.evaluate(
        "document.documentElement.scrollHeight - document.documentElement.clientHeight"
    )
    assert tall <= 0, f"the page scrolls {tall} pixels past its end"


async def picture(page: Page, name: str, *, whole: bool = False) -> None:
    if PICTURES:
        await page.wait_for_timeout(500)  # smooth scrolling comes to rest
        await page.screenshot(path=Path(PICTURES) / f"story_{name}.png", full_page=whole)


async def well_made(page: Page) -> None:
    """One first-rank heading, a name on all that is filled in or pressed, nothing wider than the screen."""
    assert await page.locator("h1:visible").count() == 1, page.url
    nameless = await page.evaluate(
        """[...document.querySelectorAll('input, textarea, select, button, a')]
            .filter((one) => one.type !== 'hidden' && !one.hidden)
            .filter((one) => !(one.labels?.length || one.getAttribute('aria-label') || one.textContent.trim()
                || one.querySelector('img[alt]:not([alt=""])')))
            .map((one) => one.outerHTML)"""
    )
    assert nameless == [], page.url
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} scrolls sideways by {wide} pixels"


def photo(words: str = "THUỐC") -> FilePayload:
    """A JPEG such as a phone makes, of a box."""
    image = Image.new("RGB", (640, 480), "#d8d2c4")
    draw = ImageDraw.Draw(image)
    draw.rectangle((120, 110, 520, 370), fill="#f7f7f4", outline="#8a8578", width=3)
    draw.rectangle((120, 110, 520, 190), fill="#1b6f8c")
    draw.line((150, 250, 420, 250), fill="#30404a", width=10)
    draw.line((150, 300, 360, 300), fill="#30404a", width=10)
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=80, comment=words.encode())
    return {"name": "hop-thuoc.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


@dataclass(frozen=True)
class Consumer:
    """Somebody on the chat page. `by_keyboard`: with the Tab and Enter keys alone, never by pointing."""

    page: Page
    by_keyboard: bool = False

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    async def says(self, text: str) -> None:
        field = self.page.get_by_label("Tin nhắn của bạn")
        if self.by_keyboard:
            await self._tab_to(field)
            await self.page.keyboard.type(text)
            await self.page.keyboard.press("Enter")
        else:
            await field.fill(text)
            await self.page.get_by_role("button", name="Gửi", exact=True).click()

    async def chooses(self, label: str) -> None:
        choice = self.log.get_by_role("button", name=label, exact=True, disabled=False).last
        await expect(choice).to_be_visible(timeout=SLOW)
        if self.by_keyboard:
            await self._tab_to(choice)
            await self.page.keyboard.press("Enter")
        else:
            await choice.click()

    async def shows(self, file: FilePayload) -> None:
        chooser = self.page.get_by_label("Thêm ảnh hoặc tệp PDF")
        if self.by_keyboard:
            async with self.page.expect_file_chooser() as opening:
                await self._tab_to(chooser)
                await self.page.keyboard.press("Enter")
            await (await opening.value).set_files([file])
            await self._tab_to(self.page.get_by_role("button", name="Gửi", exact=True))
            await self.page.keyboard.press("Enter")
        else:
            await chooser.set_input_files([file])
            await self.page.get_by_role("button", name="Gửi", exact=True).click()

    async def hears(self, *parts: str, after: int = 0) -> str:
        """Waits until a line that is not the consumer's own holds all parts; the line's text."""
        line = self.log.locator(".line:not(.line-consumer)")
        for part in parts:
            line = line.filter(has_text=part)
        await expect(line.nth(after)).to_be_visible(timeout=SLOW)
        return await line.nth(after).inner_text()

    async def _tab_to(self, wanted: Locator) -> None:
        """Presses Tab until `wanted` has the focus: forwards first, backwards from the end of the page."""
        target = await wanted.element_handle()
        for key in ("Tab", "Shift+Tab"):
            for _ in range(60):
                if await self.page.evaluate("one => document.activeElement === one", target):
                    return
                if key == "Tab" and await self.page.evaluate("document.activeElement === document.body"):
                    break
                await self.page.keyboard.press(key)
        raise AssertionError(f"the keyboard does not reach {wanted}")


async def report_fake_medicine(consumer: Consumer, name: str = "") -> Filed:
    """Tells, answers the form's questions, sends a photo, agrees. `name`: begins the pictures' names."""
    page = consumer.page
    await consumer.says("toi mua phai thuoc gia o nha thuoc Minh Anh hom qua, hop in mo")
    await consumer.hears("Ngừng dùng thuốc")
    await consumer.hears("Tên thuốc")
    await picture(page, f"{name}chat_1_help")
    await consumer.says("panadol extra")
    await consumer.hears("Số đăng ký")
    await consumer.chooses("Bỏ qua")
    await consumer.chooses("Thái Nguyên")
    await consumer.hears("xã hoặc phường nào")
    await consumer.says("phuong phan dinh phung")
    await consumer.hears("gọi lại cho bạn qua số nào")
    await consumer.says(CONTACT_PHONE)
    await consumer.hears("Bạn có ảnh hộp thuốc")
    await consumer.shows(photo())
    await consumer.hears("Bạn xem lại giúp", "Phường Phan Đình Phùng", "1 tệp")
    await picture(page, f"{name}chat_2_summary")
    await consumer.chooses("Đúng, tiếp tục")
    await consumer.hears("Bạn đồng ý gửi chứ?", "Sở Y tế tỉnh Thái Nguyên")
    await picture(page, f"{name}chat_3_consent")
    await consumer.chooses("Đồng ý gửi")
    said = await consumer.hears("Mã bí mật", "Sở Y tế tỉnh Thái Nguyên", "PL.III.8")
    await picture(page, f"{name}chat_4_filed")
    found = re.search(r"(TN-\d\d-\d{6})\W+Mã bí mật: ([A-Z0-9]+)", said)
    assert found, said
    return Filed(found[1], found[2])


@dataclass(frozen=True)
class Officer:
    """Somebody on the console. `address`: that of the product, without a path."""

    page: Page
    address: str

    async def signs_in(self, login: str, once: str, password: str = PASSWORD) -> None:
        """With the one-time password, which is changed at once."""
        page = self.page
        await page.goto(f"{self.address}/console")
        await well_made(page)
        await page.get_by_label("Tên đăng nhập").fill(login)
        await page.get_by_label("Mật khẩu").fill(once)
        await page.get_by_role("button", name="Đăng nhập").click()
        await page.get_by_label("Mật khẩu hiện tại").fill(once)
        await page.get_by_label("Mật khẩu mới", exact=True).fill(password)
        await page.get_by_label("Nhập lại mật khẩu mới").fill(password)
        await well_made(page)
        await page.get_by_role("button", name="Đổi mật khẩu").click()
        await expect(page.get_by_role("heading", name="Hàng đợi")).to_be_visible(timeout=SLOW)

    def in_queue(self, code: str) -> Locator:
        return self.page.get_by_role("listitem").filter(has_text=code)

    async def sees_in_queue(self, code: str, *parts: str) -> None:
        """The queue is open already and shows the case by itself."""
        await expect(self.in_queue(code)).to_be_visible(timeout=SLOW)
        for part in parts:
            await expect(self.in_queue(code)).to_contain_text(part)
        await well_made(self.page)

    async def opens(self, code: str) -> None:
        await self.in_queue(code).get_by_role("link").click()
        await expect(self.page.get_by_role("heading", name=code)).to_be_visible(timeout=SLOW)
        await well_made(self.page)

    def card(self, title: str) -> Locator:
        return self.page.get_by_role("region", name=title)

    async def accepts(self) -> None:
        await self.page.get_by_role("button", name="Tiếp nhận").click()
        await self.is_told("Đã tiếp nhận")

    async def does(self, action: str, text: str, button: str) -> None:
        """One of the actions that open, take a text and are sent with a button."""
        form = await self.begins(action, text)
        await form.get_by_role("button", name=button).click()

    async def begins(self, action: str, text: str) -> Locator:
        """Opens an action and types, but does not send it yet; the action."""
        opening = self.card("Việc cần làm").locator("details", has=self.page.get_by_text(action, exact=True))
        await opening.locator("summary").click()
        await opening.get_by_role("textbox").fill(text)
        return opening

    async def is_told(self, sentence: str) -> None:
        await expect(self.page.get_by_role("status").filter(has_text=sentence)).to_be_visible(timeout=SLOW)

    async def sees_history(self, *actions: str) -> None:
        """The newest events, newest first."""
        shown = self.card("Lịch sử").get_by_role("listitem").locator("strong")
        assert (await shown.all_inner_texts())[: len(actions)] == list(actions)

    async def has_been_given(self, code: str) -> None:
        """The case, where it only took part before, is now this agency's own to lead, with the reason."""
        await expect(self.in_queue(code)).not_to_contain_text("Phối hợp", timeout=SLOW)
        await self.opens(code)
        own = self.card("Vì sao đến đây").get_by_role("listitem").filter(has_text="Công an tỉnh").first
        await expect(own).to_contain_text("Chủ trì")
        await expect(self.card("Vì sao đến đây")).to_contain_text("Có dấu hiệu sản xuất thuốc giả")
        await expect(self.page.get_by_role("button", name="Tiếp nhận")).to_be_visible()
        await picture(self.page, "transferred_desk", whole=True)

    async def no_longer_works_on(self, code: str) -> None:
        await self.page.goto(f"{self.address}/console/cases/{code}")
        await expect(self.card("Việc cần làm")).to_contain_text("Cơ quan bạn đã chuyển phản ánh này đi")
        await expect(self.card("Việc cần làm").get_by_role("button")).to_have_count(0)


async def work_on_fake_medicine(officer: Officer, consumer: Consumer, filed: Filed) -> None:
    """From the queue to the answer that it helped; both pages are open all the while, and no one reloads."""
    await officer.sees_in_queue(filed.code, "Thuốc", "Phường Phan Đình Phùng", "Chưa ai nhận")
    await picture(officer.page, "queue_desk")
    await officer.opens(filed.code)
    await _reads_the_case(officer)
    await officer.accepts()
    await consumer.hears("đã tiếp nhận phản ánh", filed.code)
    await _asks_for_the_batch(officer, consumer, filed)
    await _is_answered(officer, consumer)
    await _resolves(officer, consumer, filed)


async def _reads_the_case(officer: Officer) -> None:
    await expect(officer.card("Sự việc")).to_contain_text("toi mua phai thuoc gia o nha thuoc Minh Anh")
    await expect(officer.card("Sự việc")).to_contain_text("panadol extra")
    await expect(officer.page.get_by_text(CONTACT_PHONE)).to_have_count(0)
    picture_of_box = officer.card("Chứng cứ").get_by_role("img")
    await picture_of_box.scroll_into_view_if_needed()
    await expect(picture_of_box).to_have_js_property("naturalWidth", 640, timeout=SLOW)
    told = officer.card("Trao đổi")
    await told.get_by_text("Lúc khai phản ánh").click()
    await expect(told.get_by_text("phuong phan dinh phung")).to_be_visible()
    await told.get_by_text("Lúc khai phản ánh").click()
    why = officer.card("Vì sao đến đây")
    await expect(why.get_by_role("listitem").first).to_contain_text("Sở Y tế tỉnh Thái Nguyên")
    await expect(why.get_by_role("listitem").first).to_contain_text("PL.III.8")
    await expect(officer.page.locator(".facts")).to_contain_text(
        re.compile(r"(Hạn theo luật|Mục tiêu của tỉnh)")
    )
    await expect(officer.page.locator(".facts")).to_contain_text(re.compile(r"còn \d+ ngày"))
    await picture(officer.page, "case_desk_new", whole=True)


async def _asks_for_the_batch(officer: Officer, consumer: Consumer, filed: Filed) -> None:
    await officer.does("Hỏi người dân", "Bạn cho biết số lô in trên vỉ thuốc?", "Gửi câu hỏi")
    await officer.is_told("Đã gửi câu hỏi")
    await consumer.hears("Bạn cho biết số lô in trên vỉ thuốc?", filed.code)
    await picture(consumer.page, "chat_5_question")


async def _is_answered(officer: Officer, consumer: Consumer) -> None:
    """The officer is writing meanwhile, and neither page nor text is lost."""
    writing = await officer.begins("Ghi chú nội bộ", "Đã gọi nhà thuốc, chưa ai nghe máy.")
    await consumer.says("so lo AB12345")
    await consumer.hears("Đã chuyển câu trả lời")
    await expect(officer.card("Trao đổi")).to_contain_text("so lo AB12345", timeout=SLOW)
    await expect(officer.page.get_by_text("Đang chờ người dân trả lời")).to_be_hidden()
    await picture(officer.page, "case_desk_answered")
    await expect(writing.get_by_role("textbox")).to_have_value("Đã gọi nhà thuốc, chưa ai nghe máy.")
    await writing.get_by_role("button", name="Lưu ghi chú").click()
    await officer.is_told("Đã ghi chú")
    await officer.sees_history(
        "Ghi chú nội bộ", "Trả lời câu hỏi", "Hỏi người dân", "Tiếp nhận", "Gửi phản ánh"
    )


async def _resolves(officer: Officer, consumer: Consumer, filed: Filed) -> None:
    doing = await officer.begins("Ghi kết quả", "Lô AB12345 là giả, đã thu hồi. Nhà thuốc hoàn tiền cho bạn.")
    await doing.get_by_label("Đã giải quyết xong").check()
    await picture(officer.page, "case_desk_resolving")
    await doing.get_by_role("button", name="Ghi kết quả và báo người dân").click()
    await officer.is_told("Đã ghi kết quả")
    await consumer.hears("đã giải quyết phản ánh", filed.code, "đã thu hồi")
    await picture(consumer.page, "chat_6_resolved")
    await consumer.chooses("Có, đã giúp được")
    await consumer.hears("Cảm ơn bạn đã cho biết")
    await picture(consumer.page, "chat_7_helped")
    await expect(officer.page.locator(".facts")).to_contain_text("đã giúp được", timeout=SLOW)
    await expect(officer.card("Lịch sử")).to_contain_text("Đã giúp được")
    await picture(officer.page, "case_desk_end", whole=True)


async def transfers(officer: Officer, consumer: Consumer, filed: Filed) -> None:
    reason = "Có dấu hiệu sản xuất thuốc giả, cần điều tra."
    doing = await officer.begins("Chuyển cơ quan khác", reason)
    await doing.get_by_role("combobox", name="Cơ quan nhận").select_option(label="Công an tỉnh Thái Nguyên")
    await picture(officer.page, "transfer_desk")
    await doing.get_by_role("button", name="Chuyển", exact=True).click()
    await officer.is_told("Đã chuyển")
    said = await consumer.hears("được chuyển tới Công an tỉnh Thái Nguyên", filed.code, reason)
    assert said.startswith("Sở Y tế tỉnh Thái Nguyên"), "who passes it on speaks"
    await picture(consumer.page, "transfer_chat")


async def types_in_a_call(officer: Officer) -> Filed:
    """A complaint that came by telephone; what the slip for the caller says."""
    page = officer.page
    await page.get_by_role("link", name="Nhập phản ánh").click()
    await well_made(page)
    await page.get_by_label("Loại việc").select_option(label="Thuốc")
    await page.get_by_label("Sự việc, theo lời người dân").fill("Bác mua thuốc bổ ở chợ, uống vào nổi mẩn.")
    await page.get_by_label("Hàng hóa hoặc dịch vụ").fill("thuốc bổ không nhãn")
    await page.get_by_label("Số tiền").fill("350 nghìn")
    await page.get_by_label("Số để gọi lại").fill("0900 000 002")
    await page.get_by_label("Xã, phường người dân ở").select_option(label="Phường Gia Sàng")
    await page.get_by_label("Thuộc nhóm được ưu tiên").check()
    await page.get_by_label("Tôi đã đọc cho người dân nghe").check()
    await picture(page, "call_form_desk", whole=True)
    await page.get_by_role("button", name="Gửi phản ánh").click()
    await expect(page.get_by_role("heading", name="Đã nhập phản ánh")).to_be_visible(timeout=SLOW)
    await well_made(page)
    await picture(page, "call_slip_desk")
    slip = page.locator(".slip .big")
    return Filed(await slip.nth(0).inner_text(), await slip.nth(1).inner_text())
