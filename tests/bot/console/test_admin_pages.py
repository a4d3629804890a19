from __future__ import annotations

import re

from bot.officers.accounts import by_login
from bot.storage.tables import dead_letters
from tests.bot.console.stand import PASSWORD, Stand

PLACE = "thai-nguyen/so_cong_thuong/chi_cuc_qltt"


async def test_an_administrator_makes_an_officer_who_then_signs_in(stand: Stand) -> None:
    await stand.admin()
    async with stand.signed_in("quan.tri") as admin:
        page = await admin.open("/console/officers")
        assert "chưa có ai nhận phản ánh" in page.text
        answer = await admin.send(
            page, "/console/officers", login="an.nguyen", name="Nguyễn Văn An", place=PLACE
        )
        slip = await admin.open(answer.headers["location"])
        found = re.search(r"Mật khẩu một lần</dt><dd class=\"big\">([A-Z0-9-]+)</dd>", slip.text)
        assert found
        listed = (await admin.open("/console/officers")).text
        assert "Nguyễn Văn An" in listed
        assert found[1] not in listed
    async with stand.visitor() as visitor:
        assert (await visitor.sign_in("an.nguyen", found[1])).headers["location"] == "/console/password"
    async with stand.desk.database.begin() as uow:
        officer = await by_login(uow, "an.nguyen")
    assert officer
    assert (officer.province, officer.agency, officer.unit) == (
        "thai-nguyen",
        "so_cong_thuong",
        "chi_cuc_qltt",
    )


async def test_what_is_no_account_is_said_and_kept_for_mending(stand: Stand) -> None:
    await stand.admin()
    async with stand.signed_in("quan.tri") as admin:
        page = await admin.open("/console/officers")
        for fields, words in (
            ({"login": "quan.tri", "name": "Hai", "place": PLACE}, "đã có"),
            ({"login": "Có Dấu", "name": "Hai", "place": PLACE}, "chữ thường không dấu"),
            ({"login": "hai", "name": "Hai", "place": "ha-noi/so_y_te"}, "nơi làm việc"),
            ({"login": "hai", "name": "Hai", "place": "thai-nguyen/ubnd_xa"}, "nơi làm việc"),
        ):
            answer = await admin.send(page, "/console/officers", **fields)
            assert answer.status_code == 422
            assert words in answer.text
            assert f'value="{fields["login"]}"' in answer.text


async def test_resetting_and_disabling_sign_out_at_once(stand: Stand) -> None:
    await stand.admin()
    officer = await stand.account("an.nguyen")
    async with stand.signed_in("quan.tri") as admin, stand.signed_in("an.nguyen") as visitor:
        page = await admin.open("/console/officers")
        await admin.send(page, f"/console/officers/{officer.id}/reset")
        assert (await visitor.client.get("/console/queue")).status_code == 303
        await admin.send(page, f"/console/officers/{officer.id}/disable")
        assert (await visitor.sign_in("an.nguyen", PASSWORD)).status_code == 403
        page = await admin.open("/console/officers")
        assert "Đã ngừng" in page.text
        assert (await admin.send(page, f"/console/officers/{officer.id}/enable")).status_code == 303


async def test_the_last_administrator_stays(stand: Stand) -> None:
    admin_account = await stand.admin()
    async with stand.signed_in("quan.tri") as admin:
        page = await admin.open("/console/officers")
        assert f"/console/officers/{admin_account.id}/disable" not in page.text
        fields = {"csrf": re.findall(r'name="csrf" value="(\w+)"', page.text)[0]}
        answer = await admin.client.post(f"/console/officers/{admin_account.id}/disable", data=fields)
        assert answer.status_code == 409
        assert "quản trị viên duy nhất" in answer.text


async def test_the_overview_counts_and_shows_no_case(stand: Stand) -> None:
    await stand.admin()
    filed = await stand.desk.file(urgent=True, slots={"what_happened": "Chuyện riêng của bà Bưởi"})
    async with stand.desk.transaction() as uow:
        row = {
            "channel": "web",
            "event_id": "e1",
            "event_sealed": stand.desk.vault.seal("Chuyện riêng của bà Bưởi"),
            "error": "ValueError: Chuyện riêng của bà Bưởi",
            "at": stand.clock.now(),
        }
        await uow.execute(dead_letters.insert(), row)
    async with stand.signed_in("quan.tri") as admin:
        overview, dead = await admin.open("/console"), await admin.open("/console/dead-letters")
        assert "Sở Y tế tỉnh Thái Nguyên" in overview.text
        assert "ValueError" in dead.text
        for page in (overview, dead):
            assert "Bưởi" not in page.text
            assert filed.case.code not in page.text
        for path in (
            "/console/queue",
            f"/console/cases/{filed.case.code}",
            "/console/new",
            "/console/queue/events",
        ):
            assert (await admin.client.get(path)).status_code == 403, path


async def test_officers_manage_nothing(stand: Stand) -> None:
    await stand.account("an.nguyen")
    async with stand.signed_in("an.nguyen") as visitor:
        for path in ("/console/officers", "/console/overview", "/console/dead-letters"):
            answer = await visitor.client.get(path)
            assert answer.status_code == 403
            assert "không dành cho tài khoản" in answer.text
