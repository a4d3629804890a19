from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from bot.cases.filing import secret_hash
from bot.storage.tables import complaints
from tests.bot.cases.desk import CATALOG
from tests.bot.console.stand import Stand

COMMUNE = CATALOG.provinces["thai-nguyen"].communes[0]
FIELDS = {
    "source": "counter",
    "topic": "medicine",
    "what_happened": "Bà mua phải thuốc giả ở nhà thuốc gần chợ",
    "product": "Viên giảm đau",
    "seller": "",
    "money": "350 nghìn",
    "date": "2026-11-18",
    "contact_phone": "0900 000 001",
    "commune": COMMUNE.code,
    "urgent": "on",
    "vulnerable": "on",
    "consent": "on",
}


async def count(stand: Stand) -> int:
    return int((await stand.desk.rows(select(func.count()).select_from(complaints)))[0][0])


async def test_a_typed_in_complaint_goes_where_the_plan_says(stand: Stand) -> None:
    await stand.account("tong.dai", "so_cong_thuong")
    async with stand.signed_in("tong.dai") as visitor:
        page = await visitor.open("/console/new")
        answer = await visitor.send(page, "/console/new", **FIELDS)
        assert answer.status_code == 303
        slip = await visitor.open(answer.headers["location"])
        code = re.search(r"TN-26-\d{6}", slip.text)
        secret = re.search(r"<dt>Mã bí mật</dt><dd class=\"big\">([A-Z0-9]{6})</dd>", slip.text)
        assert code
        assert secret
        assert "Sở Y tế tỉnh Thái Nguyên" in slip.text
        again = await visitor.send(page, "/console/new", **FIELDS)
        assert (await visitor.open(again.headers["location"])).text.count(code[0]) >= 1
    assert await count(stand) == 1, "the second copy of the form had no effect"
    row = await stand.desk.complaint(code[0])
    assert row.secret_hash == secret_hash(stand.desk.vault, code[0], secret[1])
    assert (row.source, row.urgent, row.vulnerable, row.contact_id) == ("counter", True, True, None)
    assert (await stand.desk.details(code[0])).slots == {
        "what_happened": FIELDS["what_happened"],
        "product": "Viên giảm đau",
        "money": "350000",
        "date": "2026-11-18",
        "contact_phone": "0900000001",
        "commune": COMMUNE.name,
    }
    agencies = {part.agency: part.lead for part in await stand.desk.parts(code[0])}
    assert agencies == {"so_y_te": True, "cong_an_tinh": False, "so_cong_thuong": False, "ubnd_xa": False}


async def test_all_that_is_wrong_is_said_at_once_and_what_was_typed_stays(stand: Stand) -> None:
    await stand.account("tong.dai", "so_cong_thuong")
    wrong = FIELDS | {
        "topic": "",
        "money": "nhiều lắm",
        "contact_phone": "12",
        "date": "2999-01-01",
        "commune": "1",
    }
    del wrong["consent"]
    async with stand.signed_in("tong.dai") as visitor:
        page = await visitor.open("/console/new")
        answer = await visitor.send(page, "/console/new", **wrong)
        assert answer.status_code == 422
        for words in (
            "chọn loại việc",
            "số tiền",
            "Số điện thoại chưa đúng",
            "chưa tới",
            "xã, phường",
            "đồng ý",
        ):
            assert words in answer.text, words
        assert "Bà mua phải thuốc giả" in answer.text
        assert await count(stand) == 0
        assert (await visitor.send(answer, "/console/new", **FIELDS)).status_code == 303
    assert await count(stand) == 1


@pytest.mark.parametrize("missing", ["what_happened", "topic", "consent"])
async def test_what_is_needed(stand: Stand, missing: str) -> None:
    await stand.account("tong.dai", "so_cong_thuong")
    fields = {name: value for name, value in FIELDS.items() if name != missing}
    async with stand.signed_in("tong.dai") as visitor:
        page = await visitor.open("/console/new")
        assert (await visitor.send(page, "/console/new", **fields)).status_code == 422
    assert await count(stand) == 0


async def test_nobody_else_sees_the_slip(stand: Stand) -> None:
    await stand.account("tong.dai", "so_cong_thuong")
    await stand.account("binh.le", "so_cong_thuong")
    async with stand.signed_in("tong.dai") as visitor, stand.signed_in("binh.le") as other:
        answer = await visitor.send(await visitor.open("/console/new"), "/console/new", **FIELDS)
        assert (await other.client.get(answer.headers["location"])).status_code == 410
        assert (await visitor.client.get("/console/receipts/nonsense")).status_code == 410
