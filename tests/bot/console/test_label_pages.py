"""Sentences to label: who reads them, what an officer can say of them, and the mark on a case's page."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import select

from bot.learning import inbox, reviews
from bot.storage.tables import reviews as table
from nlu.rasa_format import read
from nlu.understanding import Understanding
from tests.bot.console.stand import Stand, by_rules, serving

STORY = "Mua thuốc bị lừa, gọi 0912345678 không ai nghe"


async def puzzled(stand: Stand, *texts: str) -> list[int]:
    """Messages that were not understood, of somebody who allows them to be kept; their ids."""
    desk = stand.desk
    contact = await desk.contact("lan")
    async with desk.transaction() as uow:
        await reviews.allow(uow, contact, True, desk.clock.now())
        for text in texts:
            understanding = Understanding(text=text, act="ask", topic="price", confidence=0.31, urgent=False)
            await reviews.note(
                uow, desk.vault, contact_id=contact, province=None, understanding=understanding,
                source="unsure", now=desk.clock.now(),
            )  # fmt: skip
    return [row.id for row in await desk.rows(select(table.c.id).order_by(table.c.id))]


async def labels_of(stand: Stand) -> list[tuple[str, str | None, str | None, bool | None]]:
    columns = (table.c.state, table.c.label_act, table.c.label_topic, table.c.label_urgent)
    return [tuple(row) for row in await stand.desk.rows(select(*columns).order_by(table.c.id))]


async def test_an_officer_labels_and_skips(stand: Stand) -> None:
    await stand.account("an.nguyen")
    first, second = await puzzled(stand, "chuyen tien roi lam sao", "hmm hmm")
    async with stand.signed_in("an.nguyen") as visitor:
        page = await visitor.open("/console/labels")
        for shown in (
            "chuyen tien roi lam sao",
            "Trợ lý hiểu: Hỏi, tìm hiểu · ",
            "(chắc 31 %)",
            "Chờ gán nhãn",
        ):
            assert shown in page.text
        address = f"/console/labels/{first}/save"
        half = await visitor.send(page, address, act="report", topic="")
        assert half.status_code == 422
        assert "Xin chọn ý của câu" in half.text
        saved = await visitor.send(page, address, act="report", topic="bank_fraud", urgent="yes")
        assert saved.status_code == 303
        page = await visitor.open(saved.headers["location"])
        assert "Đã lưu nhãn." in page.text
        assert "chuyen tien roi" not in page.text
        skip = re.search(rf'formaction="(/console/labels/{second}/skip)"', page.text)
        assert skip
        form = {"csrf": re.findall(r'name="csrf" value="(\w+)"', page.text)[0]}
        await visitor.client.post(skip[1], data=form)
        assert "Không có câu nào chờ gán nhãn" in (await visitor.open("/console/labels")).text
        assert "chuyen tien roi" in (await visitor.open("/console/labels?tab=labelled")).text
    assert await labels_of(stand) == [
        ("labelled", "report", "bank_fraud", True),
        ("skipped", None, None, None),
    ]


async def test_a_sentence_that_was_taken_back_is_no_error(stand: Stand) -> None:
    await stand.account("an.nguyen")
    [one] = await puzzled(stand, "chuyen tien roi lam sao")
    async with stand.signed_in("an.nguyen") as visitor:
        page = await visitor.open("/console/labels")
        async with stand.desk.transaction() as uow:
            await reviews.allow(uow, 1, False, stand.clock.now())
        answer = await visitor.send(page, f"/console/labels/{one}/save", act="greet")
        assert "không còn trong danh sách" in (await visitor.open(answer.headers["location"])).text


async def test_pages_and_what_is_no_page(stand: Stand) -> None:
    await stand.account("an.nguyen")
    await puzzled(stand, *(f"câu lạ số {number}" for number in range(12)))
    async with stand.signed_in("an.nguyen") as visitor:
        first = (await visitor.open("/console/labels")).text
        assert "Trang 1 / 2" in first
        assert len(re.findall(r'<li class="card label"', first)) == 10
        assert (
            len(re.findall(r'<li class="card label"', (await visitor.open("/console/labels?number=2")).text))
            == 2
        )
        assert "Trang 2 / 2" in (await visitor.open("/console/labels?number=99&tab=x")).text
        assert "Trang 1 / 2" in (await visitor.open("/console/labels?number=-1")).text


async def test_an_administrator_reads_none_of_it(stand: Stand) -> None:
    await stand.admin()
    async with stand.signed_in("quan.tri") as admin:
        assert (await admin.open("/console/labels")).status_code == 403
        overview = (await admin.open("/console/overview")).text
        assert "Câu cần gán nhãn" not in overview
        assert "Chưa có mô hình" in overview


async def test_the_export_is_what_training_reads(database_url: str, tmp_path: Path) -> None:
    async with serving(database_url, data_dir=tmp_path) as stand:
        await stand.account("an.nguyen")
        [one] = await puzzled(stand, "chuyen tien roi lam sao")
        async with stand.signed_in("an.nguyen") as visitor:
            page = await visitor.open("/console/labels")
            await visitor.send(page, f"/console/labels/{one}/save", act="report", topic="bank_fraud")
            page = await visitor.open("/console/labels")
            assert "(1 câu mới)" in page.text
            done = await visitor.send(page, "/console/labels/export")
            shown = (await visitor.open(done.headers["location"])).text
        assert "Đã xuất các câu đã gán nhãn" in shown
        assert "đã xuất" in shown
    [example] = read(inbox.file_of(tmp_path))
    assert (example.text, example.intent) == ("chuyen tien roi lam sao", "report_bank_fraud")


async def marked(stand: Stand, code: str) -> str:
    async with stand.signed_in("an.nguyen") as visitor:
        page = await visitor.open(f"/console/cases/{code}")
        answer = await visitor.send(page, f"/console/cases/{code}/wrong-topic")
        return (await visitor.open(answer.headers["location"])).text


async def test_a_case_taken_for_the_wrong_matter_is_marked(stand: Stand) -> None:
    await stand.account("an.nguyen")
    allows, silent = await stand.desk.contact("lan"), await stand.desk.contact("nam")
    async with stand.desk.transaction() as uow:
        await reviews.allow(uow, allows, True, stand.clock.now())
    codes = [
        (await stand.desk.file(contact_id=contact, slots={"what_happened": STORY})).case.code
        for contact in (allows, silent)
    ]
    page = await marked(stand, codes[0])
    assert "Đã đánh dấu. Lời kể" in page
    assert "Đánh dấu không đúng chủ đề" in page
    assert "wrong-topic" not in page, "once is enough"
    assert "chưa cho phép" in await marked(stand, codes[1])
    for code in codes:
        assert ("mistaken", None) in await stand.desk.history(code)
    rows = await stand.desk.rows(select(table))
    assert [(row.source, row.act, row.topic) for row in rows] == [("officer", "report", "medicine")]
    text = stand.desk.vault.open(rows[0].text_sealed, str)
    assert text == "Mua thuốc bị lừa, gọi 0000000000 không ai nghe"
    assert by_rules().extract(STORY), "the number is one that can be found"


async def test_what_an_officer_typed_in_is_not_the_assistant_s_mistake(stand: Stand) -> None:
    await stand.account("an.nguyen")
    code = (await stand.desk.file(source="phone")).case.code
    async with stand.signed_in("an.nguyen") as visitor:
        page = await visitor.open(f"/console/cases/{code}")
        assert "wrong-topic" not in page.text
        form = {"csrf": re.findall(r'name="csrf" value="(\w+)"', page.text)[0]}
        assert (await visitor.client.post(f"/console/cases/{code}/wrong-topic", data=form)).status_code == 404
