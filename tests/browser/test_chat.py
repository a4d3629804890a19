"""The chat page in a real browser: phone and desk, keyboard, reload, second tab, no network."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, FilePayload, Page, ViewportSize, expect

from bot.delivery.transcript import Line
from tests.bot.channels.web.stand import Stand, serving
from tests.browser.chat_page import DESK, PHONE, field, helpful, opened, opened_despite_errors, picture, say


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with serving(database_url, web_messages_per_minute=100) as running:
        running.scribe.answers = helpful
        yield running


async def no_sideways_scroll(page: Page) -> None:
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


@pytest.mark.parametrize(("size", "name"), [(PHONE, "phone"), (DESK, "desk")])
async def test_a_sentence_gets_help(browser: Browser, stand: Stand, size: ViewportSize, name: str) -> None:
    async with opened(browser, stand, viewport=size) as page:
        await expect(page.get_by_role("heading", name="Bạn cần giúp việc gì?")).to_be_visible()
        await picture(page, f"{name}-1-empty")
        await say(page, "toi mua phai thuoc gia")
        await expect(page.get_by_role("log")).to_contain_text("Ba việc làm ngay")
        await expect(page.get_by_role("button", name="Có, gửi phản ánh")).to_be_enabled()
        await expect(page.get_by_role("heading", name="Bạn cần giúp việc gì?")).to_be_hidden()
        await picture(page, f"{name}-2-answer")
        await no_sideways_scroll(page)
        assert [inbound.text for inbound in stand.scribe.received] == ["toi mua phai thuoc gia"]


async def test_official_numbers_become_links_and_the_scammers_do_not(browser: Browser, stand: Stand) -> None:
    async with opened(browser, stand) as page:
        await say(page, "thuoc gia http://bay.gov.vn.example.com")
        await expect(page.get_by_text("Bạn có muốn gửi phản ánh không?")).to_be_visible()
        links = await page.locator(".bubble a").evaluate_all("links => links.map(link => link.href)")
    assert links == ["tel:115", "tel:18006838", "https://dichvucong.gov.vn/"]


LINKED = {
    "gọi 115 ngay": ["tel:115"],
    "giá 115.000 đồng": [],
    "gọi 115 nghìn đồng": [],
    "Hotline 1900 6188 hoặc 19009095.": ["tel:19006188", "tel:19009095"],
    "Sở: 02083.855.585, 0221 3862 123": ["tel:02083855585", "tel:02213862123"],
    "GỌI NGAY: 113 (Công an), 1900 54 54 13 (ngân hàng)": ["tel:113", "tel:1900545413"],
    "1800 577 758; 1900 9095 và 2 số khác": ["tel:1800577758", "tel:19009095"],
    "Gọi: 115 (Cấp cứu y tế), 1800.6838 (tư vấn).": ["tel:115", "tel:18006838"],
    "in danger, call now: 113": ["tel:113"],
    "mã 1234567890180068381": [],
    "nhắn 0900000001": [],
    "https://thainguyen.gov.vn/a?b=1.": ["https://thainguyen.gov.vn/a?b=1"],
    "lừa: http://evil-gov.vn x@bo.gov.vn a.gov.vn.evil.com evil.com/a.gov.vn": [],
    "javascript:alert(1) <b>x</b>": [],
}


async def test_links_are_only_what_they_should_be(browser: Browser, stand: Stand) -> None:
    async with opened(browser, stand) as page:
        script = await page.locator("script[src]").get_attribute("src")
        found = await page.evaluate(
            """async ([script, texts]) => {
                const { linkify } = await import(script.replace('chat.js', 'linkify.js'));
                return texts.map((text) => {
                    const made = linkify(text);
                    return [made.textContent, [...made.querySelectorAll('a')].map((link) => link.href)];
                });
            }""",
            [script, list(LINKED)],
        )
    assert found == [[text, links] for text, links in LINKED.items()]


async def test_markup_stays_text(browser: Browser, stand: Stand) -> None:
    stand.scribe.answers = lambda _: [Line("<img src=x onerror=alert(1)> <b>đậm</b>")]
    async with opened(browser, stand) as page:
        await say(page, "<script>alert(1)</script>")
        await expect(page.get_by_text("<img src=x onerror=alert(1)> <b>đậm</b>")).to_be_visible()
        await expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
        assert await page.locator(".bubble img, .bubble b, .bubble script").count() == 0


async def test_choices_by_keyboard(browser: Browser, stand: Stand) -> None:
    async with opened(browser, stand, reduced_motion="reduce") as page:
        await field(page).focus()
        await page.keyboard.type("thuoc gia")
        await page.keyboard.press("Enter")
        yes = page.get_by_role("button", name="Có, gửi phản ánh")
        await expect(yes).to_be_visible()
        await expect(field(page)).to_be_focused()
        await expect(yes).to_be_enabled()
        await expect(page.locator("#to-end")).to_be_hidden()  # it shows while the page scrolls by itself
        for _ in range(3):  # the photo button, then the second choice, then the first
            await page.keyboard.press("Shift+Tab")
        await expect(yes).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Bạn mua ở đâu?")).to_be_visible()
        await expect(page.get_by_role("button", name="Bỏ qua câu này")).to_be_focused()
        await expect(yes).to_be_hidden()
        await expect(page.get_by_role("button", name="Không, cảm ơn")).to_be_hidden()
        assert stand.scribe.received[1].payload == "report yes"
        await picture(page, "phone-3-choices")


async def test_a_reload_keeps_what_was_said_and_what_is_being_typed(browser: Browser, stand: Stand) -> None:
    async with opened(browser, stand) as page:
        await say(page, "thuoc gia")
        await expect(page.get_by_role("button", name="Có, gửi phản ánh")).to_be_visible()
        await field(page).fill("tôi đang viết dở")
        await page.reload()
        await expect(page.get_by_text("thuoc gia", exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name="Có, gửi phản ánh")).to_be_enabled()
        await expect(field(page)).to_have_value("tôi đang viết dở")
        assert await page.locator(".line").count() == 3


async def test_a_second_tab_shows_the_same_talk(browser: Browser, stand: Stand) -> None:
    async with opened(browser, stand) as first:
        second = await first.context.new_page()
        await second.goto(stand.url)
        await say(first, "thuoc gia")
        await expect(second.get_by_text("thuoc gia", exact=True)).to_be_visible(timeout=8_000)
        await say(second, "hàng giả")
        await expect(first.get_by_text("hàng giả", exact=True)).to_be_visible(timeout=8_000)
        for page in (first, second):
            await expect(page.locator(".line")).to_have_count(6)
        assert len(stand.scribe.received) == 2


async def test_what_is_written_offline_arrives_once_and_in_order(browser: Browser, stand: Stand) -> None:
    async with opened(browser, stand) as page:
        await say(page, "một")
        await expect(page.get_by_role("button", name="Có, gửi phản ánh")).to_be_visible()
        await page.context.set_offline(True)
        await say(page, "hai")
        await say(page, "ba")
        await expect(page.get_by_text("Đang chờ kết nối, sẽ tự gửi")).to_have_count(2)
        await expect(page.get_by_role("status")).to_contain_text("Mất kết nối")
        await picture(page, "phone-4-offline")
        await page.context.set_offline(False)
        await expect(page.get_by_text("Đang chờ kết nối, sẽ tự gửi")).to_have_count(0, timeout=20_000)
        await expect(page.locator(".line")).to_have_count(9, timeout=10_000)
        assert [inbound.text for inbound in stand.scribe.received] == ["một", "hai", "ba"]


@pytest.mark.long
async def test_a_busy_server_loses_nothing_even_over_a_reload(browser: Browser, stand: Stand) -> None:
    async with opened_despite_errors(browser, stand) as page:
        stand.scribe.away = True
        await say(page, "đừng mất tin này")
        await expect(page.get_by_text("Đang chờ kết nối, sẽ tự gửi")).to_be_visible()
        await page.reload()
        await expect(page.get_by_text("đừng mất tin này")).to_be_visible()
        stand.scribe.away = False
        await expect(page.get_by_role("button", name="Có, gửi phản ánh")).to_be_visible(timeout=20_000)
        assert [inbound.text for inbound in stand.scribe.received] == ["đừng mất tin này"]


async def test_an_answer_of_an_officer_arrives_by_itself(browser: Browser, stand: Stand) -> None:
    async with opened(browser, stand) as page:
        await say(page, "thuoc gia")
        await expect(page.get_by_role("button", name="Có, gửi phản ánh")).to_be_visible()
        address = stand.scribe.received[0].address
        await stand.scribe.officer_says(address, "Bạn cho biết số lô in trên hộp, gọi 0900000002.", "Sở Y tế")
        await expect(page.get_by_text("Bạn cho biết số lô")).to_be_visible(timeout=4_000)
        await expect(page.get_by_text("Sở Y tế", exact=True)).to_be_visible()
        await expect(page.get_by_role("link", name="0900000002")).to_have_attribute("href", "tel:0900000002")
        await picture(page, "phone-5-officer")


@pytest.mark.long
async def test_without_the_stream_the_page_still_looks(browser: Browser, stand: Stand) -> None:
    async with opened_despite_errors(browser, stand) as page:
        await page.route("**/chat/events", lambda route: route.abort())
        await page.reload()
        await say(page, "thuoc gia")
        await expect(page.get_by_role("button", name="Có, gửi phản ánh")).to_be_visible()
        await stand.scribe.officer_says(stand.scribe.received[0].address, "Xin chào", "Sở Y tế")
        await expect(page.get_by_text("Xin chào")).to_be_visible(timeout=15_000)


async def test_photos_go_with_preview_and_come_back_as_pictures(browser: Browser, stand: Stand) -> None:
    async with opened(browser, stand) as page:
        files: list[FilePayload] = [
            {"name": "hộp thuốc.png", "mimeType": "image/png", "buffer": png(120, 80)},
            {"name": "hóa đơn.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"},
        ]
        await page.get_by_label("Thêm ảnh hoặc tệp PDF").set_input_files(files)
        await expect(page.get_by_text("hộp thuốc.png")).to_be_visible()
        await field(page).fill("thuốc này giả")
        await picture(page, "phone-6-tray")
        await page.get_by_role("button", name="Gửi", exact=True).click()
        await expect(page.get_by_text("Đã nhận ảnh của bạn.")).to_be_visible()
        await expect(page.locator(".attachment", has_text="Tệp đã gửi")).to_have_count(1)  # the PDF
        await expect(page.get_by_role("img", name="Tệp đã gửi")).to_be_visible()
        await picture(page, "phone-7-photos")
        assert [len(inbound.uploads) for inbound in stand.scribe.received] == [0, 2]
        assert await page.locator(".tray-file").count() == 0


async def test_a_photo_taken_offline_survives_a_reload(browser: Browser, stand: Stand) -> None:
    async with opened_despite_errors(browser, stand) as page:
        stand.scribe.away = True
        file: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": png(50, 50)}
        await page.get_by_label("Thêm ảnh hoặc tệp PDF").set_input_files([file])
        await page.get_by_role("button", name="Gửi", exact=True).click()
        await expect(page.get_by_text("Đang chờ kết nối, sẽ tự gửi")).to_be_visible()
        await page.reload()
        stand.scribe.away = False
        await expect(page.get_by_text("Đã nhận ảnh của bạn.")).to_be_visible(timeout=20_000)


@pytest.mark.long
async def test_a_file_that_does_not_fit_is_refused_before_it_is_sent(browser: Browser, stand: Stand) -> None:
    async with opened(browser, stand) as page:
        big: FilePayload = {"name": "phim.png", "mimeType": "image/png", "buffer": b"0" * (11 * 2**20)}
        text: FilePayload = {"name": "a.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"}
        chooser = page.get_by_label("Thêm ảnh hoặc tệp PDF")
        await chooser.set_input_files([big])
        await expect(page.get_by_role("status")).to_contain_text("lớn hơn 10 MB")
        await chooser.set_input_files([text])
        await expect(page.get_by_role("status")).to_contain_text("không phải ảnh hay PDF")
        assert await page.locator(".tray-file").count() == 0


async def test_a_refused_message_can_be_discarded(browser: Browser, stand: Stand) -> None:
    async with opened_despite_errors(browser, stand) as page:
        await page.route(
            "**/chat/messages",
            lambda route: route.fulfill(status=400, json={"error": "Tin này không đọc được."}),
        )
        await say(page, "tin hỏng")
        await expect(page.get_by_text("Tin này không đọc được.")).to_be_visible()
        await picture(page, "phone-8-failed")
        await page.get_by_role("button", name="Bỏ tin này").click()
        await expect(page.get_by_text("tin hỏng")).to_be_hidden()


async def test_examples_start_a_talk(browser: Browser, stand: Stand) -> None:
    async with opened(browser, stand) as page:
        await page.get_by_role("button", name="Thuốc tôi mua có dấu hiệu giả").click()
        await expect(page.get_by_text("Ba việc làm ngay")).to_be_visible()
        assert stand.scribe.received[0].text == "Thuốc tôi mua có dấu hiệu giả"


async def test_english(browser: Browser, stand: Stand) -> None:
    async with opened(browser, stand, locale="en-GB") as page:
        await page.get_by_role("link", name="English").click()
        await expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()
        assert page.url == f"{stand.url}/"
        await page.get_by_label("Your message").fill("hello")
        await page.get_by_label("Your message").press("Enter")
        await expect(page.get_by_text("Ba việc làm ngay")).to_be_visible()
        assert stand.scribe.received[0].language == "en"
        await picture(page, "phone-9-english")


def png(width: int, height: int) -> bytes:
    """A small picture in one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\x2a\x7f\x9e" * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
