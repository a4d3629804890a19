from __future__ import annotations

import asyncio
from html import unescape

import pytest
from sqlalchemy import insert, select, update
from structlog.testing import capture_logs

from bot.delivery import ledger
from bot.storage.tables import complaints, deliveries, evidence, history
from tests.bot.cases.desk import CATALOG, Desk
from tests.bot.console.stand import Stand, Visitor

FAKE = frozenset({"fake"})
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32


async def with_file(stand: Stand, code: str, content_type: str, data: bytes) -> str:
    desk: Desk = stand.desk
    evidence_id = f"{len(stand.evidence.kept):032x}"
    stand.evidence.kept[evidence_id] = (content_type, data)
    row = {
        "id": evidence_id,
        "complaint_id": (await desk.complaint(code)).id,
        "content_type": content_type,
        "size": len(data),
        "sha256": b"",
        "at": desk.clock.now(),
    }
    async with desk.transaction() as uow:
        await uow.execute(insert(evidence), row)
    return evidence_id


async def test_the_whole_case_stands_on_one_page(stand: Stand) -> None:
    await stand.account("an.nguyen")
    contact = await stand.desk.contact()
    slots = {
        "what_happened": "Vỉ thuốc không có số đăng ký",
        "money": "350000",
        "date": "2026-11-18",
        "contact_phone": "0900000001",
    }
    code = (await stand.desk.file(contact_id=contact, conditions=FAKE, urgent=True, slots=slots)).case.code
    picture = await with_file(stand, code, "image/png", PNG)
    async with stand.signed_in("an.nguyen") as visitor:
        page = (await visitor.open(f"/console/cases/{code}")).text
    for expected in (
        "Vỉ thuốc không có số đăng ký",
        "350.000 đồng",
        "18/11/2026",
        "Số để gọi lại",
        "Khẩn cấp",
        "Mục tiêu của tỉnh",
        "PL.III.8",
        CATALOG.provinces["thai-nguyen"].plan["PL.III.8"].task,
        "Công an tỉnh Thái Nguyên",
        f"/console/cases/{code}/evidence/{picture}",
        "Gửi phản ánh",
    ):
        assert expected in page, expected
    assert "0900000001" not in page


async def test_what_consumers_write_is_text_and_never_markup(stand: Stand) -> None:
    await stand.account("an.nguyen")
    nasty = "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }}"
    contact = await stand.desk.contact()
    code = (
        await stand.desk.file(contact_id=contact, slots={"what_happened": nasty, "product": nasty})
    ).case.code
    async with stand.signed_in("an.nguyen") as visitor:
        page = await visitor.open(f"/console/cases/{code}")
        await visitor.send(page, f"/console/cases/{code}/note", text=nasty)
        page = await visitor.open(f"/console/cases/{code}")
        search = await visitor.client.get("/console/queue", params={"q": nasty})
    for html in (page.text, search.text):
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "&lt;script&gt;" in html
    assert "{{ 7*7 }}" in page.text


async def test_the_telephone_number_is_shown_on_request_and_the_look_is_recorded(stand: Stand) -> None:
    await stand.account("an.nguyen")
    code = (await stand.desk.file()).case.code
    action = f"/console/cases/{code}/reveal/contact_phone"
    async with stand.signed_in("an.nguyen") as visitor:
        page = await visitor.open(f"/console/cases/{code}")
        assert "0900000001" not in page.text
        assert "0900000001" in (await visitor.send(page, action)).text
        assert await stand.desk.history(code) == [("filed", None), ("opened", "contact_phone")]
        other = await visitor.client.post(
            f"/console/cases/{code}/reveal/what_happened", headers={"X-CSRF-Token": await token(visitor)}
        )
        assert other.status_code == 404
        assert "Xem số điện thoại" in (await visitor.open(f"/console/cases/{code}")).text


async def token(visitor: Visitor) -> str:
    from tests.bot.console.stand import hidden_fields

    page = await visitor.open("/console/password")
    return hidden_fields(page.text, "/console/password")["csrf"]


async def test_a_story_of_two_officers(stand: Stand) -> None:
    await stand.account("an.nguyen")
    contact = await stand.desk.contact()
    code = (await stand.desk.file(contact_id=contact)).case.code
    path = f"/console/cases/{code}"
    async with stand.signed_in("an.nguyen") as visitor:
        page = await visitor.open(path)
        answer = await visitor.send(page, f"{path}/ask", text="Số lô trên vỉ thuốc?")
        page = await visitor.open(answer.headers["location"])
        assert "Đã gửi câu hỏi tới người dân" in page.text
        assert "Chờ người dân trả lời" in page.text
        answer = await visitor.send(page, f"{path}/resolve", text="Đã thu hồi.", outcome="solved")
        page = await visitor.open(answer.headers["location"])
        assert "Đã giải quyết xong" in page.text
        assert f'action="{path}/ask"' not in page.text
        assert f'action="{path}/note"' in page.text
    assert len(await stand.desk.told(contact)) == 2


async def test_where_nobody_follows_the_officer_is_told_to_telephone(stand: Stand) -> None:
    await stand.account("an.nguyen")
    code = (await stand.desk.file(source="phone")).case.code
    path = f"/console/cases/{code}"
    async with stand.signed_in("an.nguyen") as visitor:
        page = await visitor.open(path)
        assert "cần gọi điện" in page.text
        answer = await visitor.send(page, f"{path}/answer", text="Chúng tôi đang xem.")
        assert "hãy gọi điện" in (await visitor.open(answer.headers["location"])).text


async def test_a_form_that_is_sent_twice_has_one_effect(stand: Stand) -> None:
    await stand.account("an.nguyen")
    contact = await stand.desk.contact()
    code = (await stand.desk.file(contact_id=contact)).case.code
    path = f"/console/cases/{code}"
    async with stand.signed_in("an.nguyen") as visitor:
        page = await visitor.open(path)
        sends = (visitor.send(page, f"{path}/answer", text="Một lần thôi.") for _ in range(3))
        answers = await asyncio.gather(*sends)
        assert [answer.status_code for answer in answers] == [303, 303, 303]
        assert sum("again" in answer.headers["location"] for answer in answers) == 2
    assert len(await stand.desk.told(contact)) == 1


async def test_an_action_on_an_old_page_is_refused_and_what_was_typed_is_kept(stand: Stand) -> None:
    await stand.account("an.nguyen")
    await stand.account("binh.le")
    code = (await stand.desk.file()).case.code
    path = f"/console/cases/{code}"
    async with stand.signed_in("an.nguyen") as mine, stand.signed_in("binh.le") as theirs:
        old = await mine.open(path)
        await theirs.send(await theirs.open(path), f"{path}/answer", text="Tôi trả lời trước.")
        refused = await mine.send(old, f"{path}/answer", text="Câu dài tôi đã gõ")
        assert refused.status_code == 409
        assert "vừa có thay đổi" in refused.text
        assert "Câu dài tôi đã gõ</textarea>" in refused.text
        assert "Tôi trả lời trước." in refused.text, "the page shows what is new"
        assert (await mine.send(refused, f"{path}/answer", text="Câu dài tôi đã gõ")).status_code == 303


async def test_an_open_page_hears_that_the_case_changed(stand: Stand) -> None:
    await stand.account("an.nguyen")
    colleague = await stand.desk.officer("so_y_te")
    code = (await stand.desk.file()).case.code
    async with stand.signed_in("an.nguyen") as visitor:
        page = await visitor.open(f"/console/cases/{code}")
        version = unescape(page.text.split("fresh?version=")[1].split('"')[0])
        fresh = f"/console/cases/{code}/fresh?version={version}"
        assert (await visitor.client.get(fresh)).text.strip() == ""
        await stand.desk.act(colleague, code, "accept")
        assert "vừa có thay đổi" in (await visitor.client.get(fresh)).text
        assert (await visitor.client.get(f"/console/cases/{code}/fresh?version=x")).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["", "/fresh?version=1", "/evidence/" + "0" * 32],
)
async def test_another_agency_s_case_is_not_there(stand: Stand, path: str) -> None:
    await stand.account("an.nguyen")
    await stand.account("khcn", "so_khcn")
    await stand.account("hung.yen", "so_y_te", "hung-yen")
    await stand.admin()
    code = (await stand.desk.file()).case.code
    await with_file(stand, code, "image/png", PNG)
    seen = {}
    for login in ("an.nguyen", "khcn", "hung.yen", "quan.tri"):
        async with stand.signed_in(login) as visitor:
            answer = await visitor.client.get(f"/console/cases/{code}{path}")
            seen[login] = answer.status_code
            if login != "an.nguyen":
                assert code not in answer.text.replace(f"/console/cases/{code}", "")
    assert seen == {"an.nguyen": 200, "khcn": 404, "hung.yen": 404, "quan.tri": 403}


async def test_others_cannot_act_on_it_either(stand: Stand) -> None:
    await stand.account("khcn", "so_khcn")
    code = (await stand.desk.file()).case.code
    async with stand.signed_in("khcn") as visitor:
        headers = {"X-CSRF-Token": await token(visitor)}
        for do in (
            "accept",
            "note",
            "ask",
            "answer",
            "return",
            "transfer",
            "resolve",
            "done",
            "reveal/contact_phone",
        ):
            data = {"text": "x", "once": do, "version": "1"}
            answer = await visitor.client.post(f"/console/cases/{code}/{do}", data=data, headers=headers)
            assert answer.status_code == 404, do
        assert (
            await visitor.client.post(f"/console/cases/{code}/nonsense", headers=headers)
        ).status_code == 404
    rows = await stand.desk.rows(select(history.c.action))
    assert [row.action for row in rows] == ["filed"]


async def test_files_are_shown_or_saved_but_never_run(stand: Stand) -> None:
    await stand.account("an.nguyen")
    code = (await stand.desk.file()).case.code
    picture = await with_file(stand, code, "image/png", PNG)
    paper = await with_file(stand, code, "application/pdf", b"%PDF-1.4")
    page = await with_file(stand, code, "text/html", b"<script>alert(1)</script>")
    async with stand.signed_in("an.nguyen") as visitor:
        for evidence_id, shown in ((picture, "inline"), (paper, "attachment"), (page, "attachment")):
            answer = await visitor.client.get(f"/console/cases/{code}/evidence/{evidence_id}")
            assert answer.status_code == 200
            assert answer.headers["content-disposition"].startswith(shown)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in answer.headers["content-security-policy"]
        for wrong in ("f" * 32, "..%2f..%2fkeys", picture.upper() + "x"):
            assert (await visitor.client.get(f"/console/cases/{code}/evidence/{wrong}")).status_code == 404


async def test_a_coordinating_agency_finds_only_its_own_actions(stand: Stand) -> None:
    await stand.account("cong.an", "cong_an_tinh")
    code = (await stand.desk.file(conditions=FAKE)).case.code
    path = f"/console/cases/{code}"
    async with stand.signed_in("cong.an") as visitor:
        page = await visitor.open(path)
        assert "Cơ quan bạn phối hợp" in page.text
        offered = [do for do in ("accept", "note", "done", "ask", "answer", "resolve", "transfer", "return")
                   if f'action="{path}/{do}"' in page.text]  # fmt: skip
        assert offered == ["accept", "note", "done"]


async def test_a_case_that_cannot_be_read_is_an_error_page_and_not_a_trace(stand: Stand) -> None:
    await stand.account("an.nguyen")
    code = (await stand.desk.file()).case.code
    async with stand.desk.transaction() as uow:
        await uow.execute(complaints.update().values(slots_sealed=b"broken"))
    async with stand.signed_in("an.nguyen") as visitor:
        with capture_logs() as logged:
            answer = await visitor.client.get(f"/console/cases/{code}")
    assert [line["event"] for line in logged] == ["console_failed"]
    assert answer.status_code == 500
    assert "Hệ thống gặp lỗi" in answer.text
    assert "Traceback" not in answer.text


async def test_the_page_says_what_became_of_each_message_and_shows_no_address(stand: Stand) -> None:
    await stand.account("an.nguyen")
    contact = await stand.desk.contact("0900000001-zalo-id", channel="zalo")
    code = (await stand.desk.file(contact_id=contact)).case.code
    async with stand.signed_in("an.nguyen") as visitor:
        page = await visitor.open(f"/console/cases/{code}")
        await visitor.send(page, f"/console/cases/{code}/answer", text="Đã lấy mẫu đi kiểm nghiệm.")
        page = await visitor.open(f"/console/cases/{code}")
        assert "Zalo: đang gửi" in page.text
        seen = unescape(page.text.split("fresh?")[1].split('"')[0])
        fresh = f"/console/cases/{code}/fresh?{seen}"
        assert (await visitor.client.get(fresh)).text.strip() == ""
        async with stand.desk.transaction() as uow:
            await uow.execute(update(deliveries).where(deliveries.c.contact_id == contact).values(held=True))
        news = (await visitor.client.get(fresh)).text
        assert "Zalo: chờ người dân nhắn lại (Zalo chưa cho gửi)" in news
        assert "1 tin chờ người dân nhắn lại" in news
        assert "vừa có thay đổi" not in news
        async with stand.desk.transaction() as uow:
            await ledger.stop_contact(uow, contact, stand.desk.clock.now(), "the person left")
        gone = await visitor.open(f"/console/cases/{code}")
        assert "Zalo: không gửi được: người dân đã chặn hoặc rời kênh này" in gone.text
        assert "cần gọi điện" in gone.text
        assert "zalo-id" not in page.text + news + gone.text
