"""The chat page for whoever sees little, hears it, or has a small screen and a thick finger."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from bot.delivery.ports import OutgoingChoice
from bot.delivery.transcript import Line
from tests.bot.channels.web.stand import Stand, serving
from tests.browser.chat_page import helpful, opened, picture, say


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with serving(database_url, web_messages_per_minute=100) as running:
        running.scribe.answers = helpful
        yield running


async def test_a_screen_reader_finds_names_and_roles(browser: Browser, stand: Stand) -> None:
    async with opened(browser, stand) as page:
        log = page.get_by_role("log", name="Cuộc trò chuyện")
        await expect(log).to_have_attribute("aria-live", "polite")
        await say(page, "thuoc gia")
        await expect(page.get_by_role("group", name="Các lựa chọn trả lời")).to_be_visible()
        nameless = await page.evaluate(
            """[...document.querySelectorAll('button, a, input, textarea')].filter((one) =>
                !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length)).length"""
        )
        assert nameless == 0
        small = await page.evaluate(
            """[...document.querySelectorAll('button:enabled, .head a, .photo')].filter((one) => {
                const box = one.getBoundingClientRect();
                return box.width && (box.height < 44 || box.width < 44);
            }).map((one) => one.textContent)"""
        )
        assert small == []


COVERED = """(one) => {
    one.scrollIntoView({ block: 'nearest' });
    const box = one.getBoundingClientRect();
    const at = [[0.5, 0.5], [0.02, 0.5], [0.98, 0.5], [0.5, 0.1], [0.5, 0.9]];
    return at.some(([x, y]) => {
        const seen = document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
        return !(seen && (one === seen || one.contains(seen)));
    });
}"""


async def test_nothing_lies_over_a_choice_of_a_long_summary(browser: Browser, stand: Stand) -> None:
    """Also while there is more below, and the button that goes there is shown."""
    labels = [f"Sửa chỗ {number}" for number in range(1, 12)]
    choices = tuple(OutgoingChoice(label, f"form edit {number}") for number, label in enumerate(labels))
    rows = [f"• Mục {number}: " + "những gì bạn đã kể " * 3 for number in range(9)]
    stand.scribe.answers = lambda _: [Line("\n".join(["Bạn xem lại giúp:", *rows, "Đúng chưa ạ?"]), choices)]
    async with opened(browser, stand, reduced_motion="reduce", has_touch=True) as page:
        await say(page, "thuoc gia")
        more = page.get_by_role("button", name="Xem tiếp")
        await expect(more).to_be_visible()
        await picture(page, "phone-11-long-summary")
        for label in labels:
            choice = page.get_by_role("button", name=label, exact=True)
            assert not await choice.evaluate(COVERED), label
            await picture(page, f"phone-11-{label}")
        await page.locator("#log").evaluate("log => log.scrollTo(0, 0)")
        for _ in range(4):
            if await more.is_visible():
                await more.click()
                await page.wait_for_timeout(100)  # the page scrolls, and hears of it a moment later
        await expect(more).to_be_hidden()
        await expect(page.get_by_role("button", name=labels[-1])).to_be_in_viewport(ratio=1)


async def test_steps_hang_and_what_matters_most_is_bold(browser: Browser, stand: Stand) -> None:
    text = (
        "GỌI NGAY: 113 (Công an)\n1. Ngừng chuyển tiền.\n\nMã phản ánh: TN-26-000001\n• Số tiền: 5 triệu đồng"
    )
    stand.scribe.answers = lambda _: [Line(text)]
    async with opened(browser, stand) as page:
        await say(page, "bi lua")
        said = page.locator(".line-bot .text")
        await expect(said).to_be_visible()
        assert (await said.inner_text()).split("\n") == [row for row in text.split("\n") if row]
        kinds = await said.locator(".row").evaluate_all("all => all.map(one => one.className)")
        assert kinds == ["row row-loud", "row row-step", "row row-gap", "row row-loud", "row row-bullet"]
        await expect(said.locator("strong")).to_have_text("Số tiền:")
        box = await page.get_by_role("link", name="113", exact=True).bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44


async def test_a_screen_reader_s_view_of_a_talk(browser: Browser, stand: Stand) -> None:
    async with opened(browser, stand) as page:
        await say(page, "thuoc gia")
        await expect(page.get_by_role("group", name="Các lựa chọn trả lời")).to_be_visible()
        await stand.scribe.officer_says(stand.scribe.received[0].address, "Số lô là gì?", "Sở Y tế")
        await expect(page.get_by_text("Số lô là gì?")).to_be_visible()
        await expect(page.locator("body")).to_match_aria_snapshot(
            """
            - banner:
              - heading "Trợ lý Người tiêu dùng" [level=1]
              - navigation "Khẩn cấp":
                - link "113 Công an"
                - link "114 Cứu hỏa"
                - link "115 Cấp cứu"
            - main:
              - log "Cuộc trò chuyện":
                - list:
                  - listitem: /Bạn. thuoc gia/
                  - listitem: /Trợ lý. Ba việc làm ngay/
                  - listitem:
                    - group "Các lựa chọn trả lời":
                      - button "Có, gửi phản ánh"
                      - button "Không, cảm ơn"
                  - listitem: /Sở Y tế Số lô là gì/
            - textbox "Tin nhắn của bạn"
            - button "Gửi"
            """
        )


async def test_new_messages_are_said_once_and_old_ones_never(browser: Browser, stand: Stand) -> None:
    """What a page brings when it opens is not read out; what arrives later is, politely, and once."""
    async with opened(browser, stand) as page:
        await say(page, "thuoc gia")
        await expect(page.get_by_role("button", name="Có, gửi phản ánh")).to_be_visible()
        await page.add_init_script(
            """addEventListener('DOMContentLoaded', () => {
                window.said = [];
                const log = document.getElementById('log');
                new MutationObserver((all) => all.forEach(({ addedNodes }) => {
                    const live = log.getAttribute('aria-live') === 'polite' && !log.hasAttribute('aria-busy');
                    if (live) window.said.push(...[...addedNodes].map((one) => one.textContent));
                })).observe(document.getElementById('lines'), { childList: true });
            })"""
        )
        await page.reload()
        await expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
        assert await page.evaluate("window.said") == []
        await stand.scribe.officer_says(stand.scribe.received[0].address, "Số lô là gì?", "Sở Y tế")
        await expect(page.get_by_text("Số lô là gì?")).to_be_visible()
        await page.wait_for_timeout(300)
        said = await page.evaluate("window.said")
        assert len(said) == 1, said
        assert said[0].startswith("Sở Y tếSố lô là gì?")


CONTRAST = """() => {
    const light = (color) => {
        const parts = color.match(/[\\d.]+/g).map(Number);
        const [r, g, b] = parts.slice(0, 3).map((part) => {
            const share = part / 255;
            return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const over = (top, under) => {
        const [r, g, b, a = 1] = top.match(/[\\d.]+/g).map(Number);
        const rest = under.match(/[\\d.]+/g).map(Number);
        return `rgb(${[r, g, b].map((part, place) => part * a + rest[place] * (1 - a)).join(',')})`;
    };
    const ground = (one) => {
        const layers = [];
        for (let at = one; at; at = at.parentElement) layers.push(getComputedStyle(at).backgroundColor);
        return layers.reverse().reduce((under, top) => over(top, under), 'rgb(255,255,255)');
    };
    const hasText = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const texts = [...document.querySelectorAll('body *')].filter((one) => !one.disabled && hasText(one)
        && one.checkVisibility() && !one.closest('.unseen, .skip, script, noscript'));
    return texts.map((one) => {
        const ink = over(getComputedStyle(one).color, ground(one));
        const [a, b] = [light(ink), light(ground(one))].sort((x, y) => y - x);
        return [one.className || one.tagName, Math.round(((a + 0.05) / (b + 0.05)) * 100) / 100];
    }).filter(([, ratio]) => ratio < 4.5);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_contrast(browser: Browser, stand: Stand, scheme: str) -> None:
    async with opened(browser, stand, color_scheme=scheme, reduced_motion="reduce") as page:
        await expect(page.get_by_role("heading", name="Bạn cần giúp việc gì?")).to_be_visible()
        assert await page.evaluate(CONTRAST) == []
        await say(page, "thuoc gia")
        await expect(page.get_by_role("button", name="Có, gửi phản ánh")).to_be_visible()
        await stand.scribe.officer_says(stand.scribe.received[0].address, "Gọi 0900000002 nhé.", "Sở Y tế")
        await expect(page.get_by_text("Sở Y tế", exact=True)).to_be_visible()
        assert await page.evaluate(CONTRAST) == []
        await picture(page, f"phone-10-{scheme}")
