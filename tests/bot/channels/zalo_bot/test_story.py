"""The story of the fake medicine, told to the Zalo Bot: guidance, a form by numbers, the officer's answer."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from bot.app import Knowledge
from bot.player.officers import OfficersOnStage
from bot.player.script import OfficerTurn
from bot.storage.tables import complaints, evidence
from tests.bot.channels.zalo_bot.stand import Stand, standing
from tests.support.zalo_bot import Phone

CODE = re.compile(r"TN-\d\d-\d{6}")


@pytest.fixture
async def office(database_url: str, tmp_path: Path, knowledge: Knowledge) -> AsyncIterator[Stand]:
    async with standing(database_url, tmp_path, knowledge) as found:
        await OfficersOnStage(found.product).take_their_posts()
        yield found


async def says(stand: Stand, phone: Phone, text: str) -> str:
    """What came back, all pieces together."""
    before = len(phone.inbox)
    await phone.say(text)
    await stand.settle()
    assert len(phone.inbox) > before, f"no answer to {text!r}"
    return "\n".join(phone.texts[before:])


async def picks(stand: Stand, phone: Phone, label: str, form: str = "{}") -> str:
    number = next(n for n, shown in phone.choices.items() if shown == label)
    return await says(stand, phone, form.format(number))


async def test_fake_medicine_from_the_first_word_to_the_officer_s_answer(office: Stand) -> None:
    lan = office.bot.phone("Trần Thị Lan")
    first = await says(office, lan, "toi mua phai thuoc gia o nha thuoc Minh Anh hom qua het 200k")
    assert "Sở Y tế" in first
    assert "Tên thuốc" in first, "the form has begun"
    assert "Số đăng ký" in await says(office, lan, "panadol extra")
    asked = await picks(office, lan, "Bỏ qua", "số {} nhé")
    for _ in range(6):
        if "gửi ảnh" in asked.lower():
            break
        asked = await answer(office, lan, asked)
    await lan.send_photo(photo())
    await office.settle()
    assert "1 tệp" in lan.texts[-1], lan.texts[-1]
    summary = lan.texts[-1]
    assert "panadol extra" in summary
    consent = await picks(office, lan, first_yes(lan), "chọn {}")
    filed = await picks(office, lan, first_yes(lan), "{}.") if not CODE.search(consent) else consent
    code = CODE.search(filed)
    assert code is not None, filed
    assert "Sở Y tế" in filed
    await officer_answers(office)
    await office.settle()
    assert lan.texts[-1].startswith("Sở Y tế"), "who speaks stands first"
    assert "đã thu hồi lô thuốc" in lan.texts[-1]
    assert max(map(len, lan.texts)) <= 2000
    async with office.product.database.begin() as uow:
        row = (await uow.execute(select(complaints))).one()
        files = (await uow.execute(select(evidence.c.complaint_id, evidence.c.content_type))).all()
    assert (row.topic, row.province) == ("medicine", "thai-nguyen")
    assert [tuple(file) for file in files] == [(row.id, "image/jpeg")]


def first_yes(phone: Phone) -> str:
    return phone.choices[1]


async def answer(stand: Stand, phone: Phone, asked: str) -> str:
    """What Lan says to each question of the form."""
    for cue, said in {
        "tỉnh nào": "Thái Nguyên",
        "xã": "phường Quyết Thắng",
        "số nào": "0900000001",
        "ngày nào": "hôm qua",
        "bao nhiêu": "200k",
    }.items():
        if cue in asked:
            return await says(stand, phone, said)
    raise AssertionError(f"Lan does not know what to say to {asked!r}")


async def officer_answers(stand: Stand) -> None:
    words = "Chúng tôi đã thu hồi lô thuốc; bạn được hoàn tiền."
    turn = OfficerTurn("so_y_te", "answer", words)
    await OfficersOnStage(stand.product).act(OfficerTurn("so_y_te", "accept"))
    await OfficersOnStage(stand.product).act(turn)


def photo() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(data, "JPEG")
    return data.getvalue()
