"""Listings in the console: entered, told with their source, put back, and never by those who may not."""

from __future__ import annotations

import datetime as dt
import html
import re

from bot.listings import changes
from content import listings
from tests.bot.cases.desk import CATALOG
from tests.bot.console.stand import Stand, Visitor

LINE = "hotline/H05"
AGENCY = "hung-yen/so_y_te"
REASON = "Đã gọi kiểm tra sáng nay"


async def _edit(visitor: Visitor, key: str, **fields: str) -> tuple[int, str]:
    """Saves the form of a listing as it stands, with `fields` typed over it."""
    page = await visitor.open(f"/console/listings/one?key={key}")
    shown = re.findall(r'<input id="(\w+)" name="\1" value="([^"]*)"', page.text)
    kept = {name: html.unescape(value) for name, value in shown}
    if 'name="show" value="yes" checked' in page.text:
        kept["show"] = "yes"
    kept.pop("reset-reason", None)
    answer = await visitor.send(page, "/console/listings", **(kept | {"reason": REASON} | fields))
    return answer.status_code, html.unescape(answer.text)


async def test_an_entered_number_is_in_force_at_once_everywhere_with_its_source(stand: Stand) -> None:
    who = (await stand.admin()).name
    old = CATALOG.hotlines["H05"].number
    async with stand.signed_in("quan.tri") as admin:
        assert (await _edit(admin, LINE, phone="1800 1234", hours="7-17 giờ"))[0] == 303
        live = stand.catalog
        assert (live.hotlines["H05"].number, live.hotlines["H05"].hours) == ("1800 1234", "7-17 giờ")
        told = live.messages["vi"]["talk.turn_failed"]
        day = stand.live_listings.today
        assert f"1800 1234 (do cán bộ {who} nhập ngày {day.day}/{day.month}/{day.year})" in told
        assert not [key for key, text in live.messages["en"].items() if old in text]
        assert old in CATALOG.messages["vi"]["talk.turn_failed"]
        page = html.unescape((await admin.open("/console/listings")).text)
        assert "1800 1234" in page
        assert f"Lý do: {REASON}" in page
    async with stand.database.begin() as uow:
        [change] = await changes.history(uow, LINE)
    assert change.officer == who
    assert change.fields == {"phone": "1800 1234", "hours": "7-17 giờ"}


async def test_putting_back_brings_the_repository(stand: Stand) -> None:
    await stand.admin()
    before = listings.values(stand.catalog, AGENCY)
    async with stand.signed_in("quan.tri") as admin:
        assert (await _edit(admin, AGENCY, name="Sở Y tế mới", phone="0221 000 0001"))[0] == 303
        assert stand.catalog.provinces["hung-yen"].agencies["so_y_te"].name.vi == "Sở Y tế mới"
        page = await admin.open(f"/console/listings/one?key={AGENCY}")
        refused = await admin.send(page, "/console/listings/reset", reason="x")
        assert refused.status_code == 422
        answer = await admin.send(page, "/console/listings/reset", reason="Nhập nhầm cơ quan")
        assert answer.status_code == 303
        assert listings.values(stand.catalog, AGENCY) == before
        again = await admin.open(f"/console/listings/one?key={AGENCY}")
        assert "Nhập nhầm cơ quan" in html.unescape(again.text)
        assert "/console/listings/reset" not in again.text


async def test_what_cannot_be_right_is_refused_and_kept_for_mending(stand: Stand) -> None:
    await stand.admin()
    async with stand.signed_in("quan.tri") as admin:
        for key, fields, words in (
            (LINE, {"phone": "một tám không không"}, "chỉ gồm chữ số"),
            (LINE, {"phone": ""}, "không được để trống"),
            (LINE, {"phone": "1800 1234", "reason": "vì"}, "xin ghi lý do"),
            ("hotline/H01", {"show": "no"}, "bước khẩn cấp"),
            ("bank/agribank", {"phone": "1900 558 868"}, "đang là số của VietinBank"),
            ("bank/shb", {"show": "yes"}, "không được để trống"),
            (AGENCY, {"email": "so y te"}, "ten@coquan.gov.vn"),
            (AGENCY, {"url": "javascript:alert(1)"}, "https://"),
            (AGENCY, {}, "ít nhất một trường"),
        ):
            status, text = await _edit(admin, key, **fields)
            assert (status, words in text) == (422, True), (key, fields)
            for value in fields.values():
                assert value in text
        assert stand.live_listings.in_force == {}
        missing = await admin.client.get("/console/listings/one?key=hung-yen/so_lao_dong")
        assert missing.status_code == 404


async def test_two_who_edit_at_once_do_not_overwrite_each_other(stand: Stand) -> None:
    await stand.admin()
    await stand.admin("quan.tri.2")
    async with stand.signed_in("quan.tri") as one, stand.signed_in("quan.tri.2") as other:
        path = f"/console/listings/one?key={AGENCY}"
        first, second = await one.open(path), await other.open(path)
        typed = {"name": "Sở Y tế", "name_en": "Health", "reason": REASON}
        await one.send(first, "/console/listings", phone="0221 000 0001", **typed)
        answer = await other.send(second, "/console/listings", phone="0221 000 0002", **typed)
        assert answer.status_code == 409
        assert "0221 000 0002" in answer.text
        again = await one.send(first, "/console/listings", phone="0221 000 0001", **typed)
        assert again.status_code == 303
    assert stand.catalog.provinces["hung-yen"].listings["so_y_te"].phone == "0221 000 0001"
    async with stand.database.begin() as uow:
        assert len(await changes.history(uow)) == 1


async def test_half_a_year_later_the_page_asks_to_look_again(stand: Stand) -> None:
    await stand.admin()
    async with stand.signed_in("quan.tri") as admin:
        assert (await _edit(admin, AGENCY, phone="0221 000 0001"))[0] == 303
        assert "Quá 180 ngày" not in (await admin.open(f"/console/listings/one?key={AGENCY}")).text
    stand.clock.move(dt.timedelta(days=181))
    async with stand.signed_in("quan.tri") as admin:
        page = await admin.open("/console/listings")
        assert page.text.count("Quá 180 ngày") > 20
        assert "topics: medicine" in page.text
        assert (await _edit(admin, AGENCY))[0] == 303
        assert "Quá 180 ngày" not in (await admin.open(f"/console/listings/one?key={AGENCY}")).text


async def test_the_file_is_told_with_its_faults_and_the_console_goes_before_it(stand: Stand) -> None:
    await stand.admin()
    entry = f'{AGENCY}: {{phone: "0221 000 0009", reason: Công văn 1, by: Trần B, on: 2026-11-20}}\n'
    stand.live_listings.file.write_text(entry, "utf-8")
    async with stand.signed_in("quan.tri") as admin:
        page = html.unescape((await admin.open("/console/listings")).text)
        assert "do cán bộ Trần B nhập ngày 20/11/2026" in page
        stand.live_listings.file.write_text(entry + "bank/bidv: {fone: '1'}\n", "utf-8")
        page = html.unescape((await admin.open("/console/listings")).text)
        assert "mục bank/bidv: Tên mục: không có trường “fone”" in page
        assert "0221 000 0009" in page
        assert (await _edit(admin, AGENCY, phone="0221 000 0001"))[0] == 303
    assert stand.catalog.provinces["hung-yen"].listings["so_y_te"].phone == "0221 000 0001"


async def test_officers_read_the_plan_and_enter_no_listing(stand: Stand) -> None:
    await stand.account("an.nguyen")
    async with stand.signed_in("an.nguyen") as visitor:
        for path in ("/console/listings", f"/console/listings/one?key={LINE}"):
            assert (await visitor.client.get(path)).status_code == 403
        page = await visitor.open("/console/plan")
        assert "/console/listings" not in page.text
        for path in ("/console/listings", "/console/listings/reset"):
            token = re.findall(r'name="csrf" value="(\w+)"', page.text)[0]
            answer = await visitor.client.post(path, data={"csrf": token, "key": LINE, "reason": REASON})
            assert answer.status_code == 403
