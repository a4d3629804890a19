"""What officers read of time: deadlines and pauses, what is stuck, the trader's leg and its letters."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from bot.cases.daysoff import ANNOUNCED_YEARS, FILE
from bot.cases.watch import Watch
from bot.clock import VIETNAM
from bot.storage.tables import handoffs
from tests.bot.console.stand import Stand, serving


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


async def set_clock(stand: Stand, text: str) -> None:
    stand.clock.move(local(text) - stand.clock.now())


async def look(stand: Stand) -> dict[str, int]:
    return dict(await Watch(stand.database, stand.registry, stand.clock).look())


async def test_the_page_says_whose_deadline_it_is_and_that_its_clock_stands(stand: Stand) -> None:
    await set_clock(stand, "2026-03-02T09:00")
    officer = await stand.account("cong.thuong", "so_cong_thuong")
    code = (await stand.desk.file(topic="online_shopping")).case.code
    async with stand.signed_in("cong.thuong") as visitor:
        page = unescape((await visitor.open(f"/console/cases/{code}")).text)
        assert "Hạn theo luật" in page
        assert "khoản 4 Điều 57" in page
        assert "còn 9 ngày" in page
        await stand.desk.act(officer, code, "ask", "Tên gian hàng là gì?")
        page = unescape((await visitor.open(f"/console/cases/{code}")).text)
        assert "đang tạm dừng, chờ người dân trả lời từ" in page
        assert "còn 9 ngày" not in page.split("Thương lượng với bên bán")[0]
        stand.clock.move(dt.timedelta(hours=5))
        queue = unescape((await visitor.open("/console/queue?tab=waiting")).text)
        assert "Tạm dừng, chờ người dân từ 2/3/2026" in queue


async def test_a_deadline_in_a_year_nobody_knows_is_called_provisional(stand: Stand) -> None:
    year = max(ANNOUNCED_YEARS)
    await set_clock(stand, f"{year}-12-27T09:00")
    await stand.account("y.te")
    await stand.admin()
    code = (await stand.desk.file()).case.code
    said = f"Chưa có lịch nghỉ, làm bù của năm {year + 1}"
    async with stand.signed_in("y.te") as visitor:
        assert "Tạm tính" in unescape((await visitor.open(f"/console/cases/{code}")).text)
        assert said in unescape((await visitor.open("/console/morning")).text)
    async with stand.signed_in("quan.tri") as visitor:
        assert said in unescape((await visitor.open("/console/overview")).text)


async def test_a_wrong_file_of_days_is_told(database_url: str, tmp_path: Any) -> None:
    (tmp_path / FILE).write_text("days_off: [2026-13-01]", "utf-8")
    async with serving(database_url, data_dir=tmp_path) as stand:
        await stand.admin()
        async with stand.signed_in("quan.tri") as visitor:
            page = unescape((await visitor.open("/console/overview")).text)
    assert "có lỗi nên không được dùng" in page


async def test_opening_the_case_is_seeing_it(stand: Stand) -> None:
    await set_clock(stand, "2026-03-02T09:00")
    await stand.account("y.te")
    await stand.account("cong.thuong", "so_cong_thuong")
    seen, unseen = [(await stand.desk.file(urgent=True)).case.code for _ in range(2)]
    async with stand.signed_in("y.te") as visitor:
        await visitor.open("/console/queue")
        await visitor.open(f"/console/cases/{seen}")
        rows = await stand.desk.rows(select(handoffs).order_by(handoffs.c.id))
        assert [row.seen_at is None for row in rows] == [False, True]
        await set_clock(stand, "2026-03-02T10:05")
        assert (await look(stand))["unseen"] == 1
        page = unescape((await visitor.open("/console/morning")).text)
    listed, told = page.split("Đã nhắc trong 3 ngày qua")
    assert unseen in listed
    assert seen not in listed
    assert "Phản ánh khẩn quá 1 giờ chưa ai mở" in told
    assert unseen in told


async def test_nothing_stuck_is_said(stand: Stand) -> None:
    await stand.account("y.te")
    async with stand.signed_in("y.te") as visitor:
        assert "Không có việc tồn." in unescape((await visitor.open("/console/morning")).text)


async def test_the_trader_s_leg_from_the_page(stand: Stand) -> None:
    await set_clock(stand, "2026-03-02T09:00")
    await stand.account("cong.thuong", "so_cong_thuong")
    slots = {"what_happened": "Shop giao hàng lỗi", "seller": "Cửa hàng Mây", "contact_phone": "0900000001"}
    code = (await stand.desk.file(topic="online_shopping", slots=slots)).case.code
    case = f"/console/cases/{code}"
    async with stand.signed_in("cong.thuong") as visitor:
        page = await visitor.open(case)
        assert "Chưa chuyển tới bên bán" in unescape(page.text)
        assert "11/3/2026" in page.text
        letter = (await visitor.open(f"{case}/letters/forward")).text
        for part in ("Kính gửi: Cửa hàng Mây", code, "khoản 4 Điều 57", "Shop giao hàng lỗi"):
            assert part in letter
        assert "0900000001" not in letter
        assert "{" not in letter
        answer = await visitor.send(page, f"{case}/trader/forward", note="Công văn 12", on="2026-03-02")
        page = await visitor.open(answer.headers["location"])
        assert "Bên bán đang thương lượng" in unescape(page.text)
        assert "không trả lời trong thời hạn" not in unescape(page.text)
        await set_clock(stand, "2026-03-12T09:00")
        assert (await look(stand))["trader"] == 1
        await visitor.sign_in("cong.thuong")  # the session has ended meanwhile
        page = await visitor.open(case)
        assert "Kính gửi: Cửa hàng Mây" in (await visitor.open(f"{case}/letters/remind")).text
        await visitor.send(page, f"{case}/trader/silence")
        page = await visitor.open(case)
        assert "Bên bán không trả lời trong thời hạn" in unescape(page.text)
        assert "hòa giải, trọng tài hoặc tòa án" in (await visitor.open(f"{case}/letters/inform")).text
        assert (await visitor.open(f"{case}/letters/forward")).status_code == 404


async def test_a_day_that_cannot_be_is_refused_with_a_sentence(stand: Stand) -> None:
    await stand.account("cong.thuong", "so_cong_thuong")
    code = (await stand.desk.file(topic="online_shopping")).case.code
    async with stand.signed_in("cong.thuong") as visitor:
        page = await visitor.open(f"/console/cases/{code}")
        assert "Chưa rõ bên bán là ai" in unescape(page.text)
        answer = await visitor.send(page, f"/console/cases/{code}/trader/forward", on="2020-01-01")
    assert answer.status_code == 409
    assert "Ngày thực hiện phải từ ngày nhận phản ánh tới hôm nay." in unescape(answer.text)


@pytest.mark.parametrize("path", ["trader/forward", "letters/forward"])
async def test_another_agency_reaches_neither_steps_nor_letters(stand: Stand, path: str) -> None:
    await stand.account("y.te")
    code = (await stand.desk.file(topic="online_shopping")).case.code
    own = (await stand.desk.file()).case.code
    async with stand.signed_in("y.te") as visitor:
        address = f"/console/cases/{code}/{path}"
        if path.startswith("letters"):
            answer = await visitor.client.get(address)
        else:
            page = await visitor.open(f"/console/cases/{own}")
            fields = visitor_fields(page.text)
            answer = await visitor.client.post(address, data=fields)
    assert answer.status_code == 404


def visitor_fields(html: str) -> dict[str, str]:
    """The token and the number of any form of the page."""
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', html) for name in ("csrf", "once")}
    return {name: one[1] for name, one in found.items() if one}
