"""Conversations with the real product by long polling, the emulator's phones on the other side."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.app import Knowledge
from bot.running import application
from tests.bot.channels.telegram.stand import (
    CATALOG,
    Stage,
    eventually,
    files_fake_medicine,
    forgotten,
    listening,
    own_port,
    product,
)
from tests.support.telegram import Rates, TelegramEmulator
from tests.support.telegram.wire import Refusal

MEGABYTE = 1_000_000


async def test_fake_medicine_from_the_first_word_to_the_outcome(stage: Stage) -> None:
    lan = stage.telegram.phone("Lan", language_code="vi", phone="84900000001")
    lan.start("thai-nguyen")
    assert "Gửi phản ánh" in (await lan.hears("Chào Lan", "tự động")).labels
    code = await files_fake_medicine(lan, knows_province=True)

    async def fetched() -> bool:
        return await stage.files_of(code) == [("kept", "image/jpeg")]

    await eventually(fetched)
    case = f"/console/cases/{code}"
    async with stage.officer("so_y_te") as officer:
        page = await officer.open(case)
        assert "PL.III.8" in page.text
        shown = await officer.send(page, f"{case}/reveal/contact_phone")
        assert "0900000001" in shown.text
        await officer.send(page, f"{case}/accept")
        await officer.send(await officer.open(case), f"{case}/ask", text="Số lô <trên> hộp là gì ạ?")
        asked = await lan.hears("Số lô <trên> hộp là gì ạ?", code)
        agency, _, _ = asked.text.partition("\n")
        assert agency == "Sở Y tế tỉnh Thái Nguyên"
        assert asked.message["entities"][0] == {"type": "bold", "offset": 0, "length": len(agency)}
        lan.say("lo AB12345, han 12/2027")
        await lan.hears("Sở Y tế", code)
        assert "lo AB12345" in (await officer.open(case)).text
        solved = {"text": "Lô AB12345 là giả, đã thu hồi.", "outcome": "solved"}
        page = await officer.open(case)
        outcome = next(one for one in ("solved", "resolved", "helped") if f'value="{one}"' in page.text)
        await officer.send(page, f"{case}/resolve", **(solved | {"outcome": outcome}))
        told = await lan.hears("đã giải quyết phản ánh", code, "đã thu hồi")
        lan.press(next(label for label in told.labels if label.startswith("Có")))
        await lan.hears("Cảm ơn bạn đã cho biết")


async def test_an_album_of_three_photos_is_evidence_of_the_complaint(stage: Stage) -> None:
    hoa = stage.telegram.phone("Hoa", language_code="vi")
    code = await files_fake_medicine(hoa, photos=3, gives_phone=False)

    async def fetched() -> bool:
        return await stage.files_of(code) == [("kept", "image/jpeg")] * 3

    await eventually(fetched)


async def test_a_choice_makes_the_round_trip_and_its_message_shows_it(stage: Stage) -> None:
    nam = stage.telegram.phone("Nam", language_code="vi")
    nam.say("xin chao")
    menu = await nam.hears("Chào Nam")
    assert len(menu.labels) == 5
    pressed = nam.press("Gặp cán bộ")
    await nam.answered(pressed)
    await nam.hears("cán bộ của", "Bạn muốn nhắn gì?")

    async def collapsed() -> bool:
        shown = next(one for one in nam.messages if one.message["message_id"] == menu.message["message_id"])
        return shown.labels == ["✓ Gặp cán bộ"]

    await eventually(collapsed)
    before = len(nam.messages)
    await nam.answered(nam.press("✓ Gặp cán bộ"))
    await asyncio.sleep(0.1)
    assert len(nam.messages) == before


@pytest.mark.parametrize(
    ("command", "heard"),
    [
        ("/help", "Ví dụ"),
        ("/trogiup", "Ví dụ"),
        ("/baocao", "chuyện gì đã xảy ra"),
        ("/phananh", "chuyện gì đã xảy ra"),
        ("/tracuu", "chưa"),
        ("/canbo", "Bạn muốn nhắn gì?"),
        ("/tintuc", "Đã đăng ký"),
        ("/dung", "không có tin nào"),
        ("/ngonngu", "Bạn muốn dùng tiếng nào?"),
        ("/dulieu", "Tôi đang giữ về bạn"),
        ("/tracuu TN-26-000099", "Mã bí mật"),
        ("/abc", "Ví dụ"),
    ],
)
async def test_commands_do_what_the_menu_says(stage: Stage, command: str, heard: str) -> None:
    an = stage.telegram.phone("An", language_code="vi")
    an.say(command)
    said = await an.hears(heard[1:])  # whatever case its first letter has
    assert said.text


async def test_english_visitors_are_answered_in_english(stage: Stage) -> None:
    john = stage.telegram.phone("John", language_code="en-GB")
    john.start()
    await john.hears("Hello John", "automat")


async def test_more_than_twenty_megabytes_are_refused_in_words(stage: Stage) -> None:
    binh = stage.telegram.phone("Binh", language_code="vi")
    binh.send_video(size=21 * MEGABYTE)
    await binh.hears("không nhận được", "20 MB")
    asked = [call for call in stage.telegram.sent("getFile") if "too big" in str(call.answer)]
    assert asked == [], "what is too large is not asked for at all"


@pytest.mark.parametrize("kind", ["photo", "document", "voice", "audio", "video"])
async def test_every_kind_of_file_arrives(stage: Stage, kind: str) -> None:
    ha = stage.telegram.phone("Ha", language_code="vi")
    film = b"\0\0\0\x18ftypmp42" + b"\0" * 64
    getattr(ha, f"send_{kind}")(*([film] if kind == "video" else []))
    await ha.hears("Tôi đã nhận 1 tệp")

    async def kept() -> bool:
        return await stage.files_from(ha) == ["kept"]

    await eventually(kept)


async def test_a_sticker_is_answered_that_it_cannot_be_read(stage: Stage) -> None:
    ly = stage.telegram.phone("Ly", language_code="vi")
    ly.send_sticker()
    await ly.hears("Tôi chưa đọc được tin này")


async def test_a_corrected_message_is_a_new_saying(stage: Stage) -> None:
    mai = stage.telegram.phone("Mai", language_code="vi")
    first = mai.say("asdf qwer")
    await mai.hears("")
    mai.edit(first, "toi mua phai thuoc gia")
    await mai.hears("Ngừng dùng thuốc")


async def test_a_forwarded_message_gets_guidance_and_opens_no_form(stage: Stage) -> None:
    tam = stage.telegram.phone("Tam", language_code="vi")
    tam.forward("Ngan hang thong bao tai khoan bi khoa, bam link de xac minh va nhap ma OTP")
    await tam.hears("OTP")


async def test_a_contact_who_blocks_is_stopped_and_comes_back_by_writing(stage: Stage) -> None:
    dung = stage.telegram.phone("Dung", language_code="vi")
    dung.say("dang ky nhan tin")
    await dung.hears("Đã đăng ký")
    dung.block()

    async def stopped() -> bool:
        return await stage.stopped(dung)

    await eventually(stopped)
    dung.unblock()
    dung.say("xin chao")
    await dung.hears("Tôi vẫn ở đây")
    assert not await stopped()


async def test_a_send_to_somebody_who_blocked_unseen_stops_the_contact(stage: Stage) -> None:
    vu = stage.telegram.phone("Vu", language_code="vi")
    blocked = Refusal(403, "Forbidden: bot was blocked by the user")
    stage.telegram.faults.refuse(blocked, chat=vu.user.id)
    vu.say("xin chao")

    async def stopped() -> bool:
        return await stage.stopped(vu)

    await eventually(stopped)


async def test_a_group_is_refused_once_and_left(stage: Stage) -> None:
    khoa = stage.telegram.phone("Khoa", language_code="vi")
    group = stage.telegram.group("Xóm 5", khoa)
    await khoa.hears(CATALOG.say("vi", "telegram.private_only"), chat=group)

    async def left() -> bool:
        return not group.bot_present

    await eventually(left)
    await asyncio.sleep(0.2)
    assert len(khoa.messages_in(group)) == 1


async def test_a_flood_is_waited_for_to_the_second(stage: Stage) -> None:
    """Telegram takes about one message a second of one chat; asked to wait, we wait, and lose nothing."""
    chi = stage.telegram.phone("Chi", language_code="vi")
    stage.telegram.rates = Rates(chat_burst=2)
    try:
        for _ in range(4):
            chi.say("xin chao")

        async def answered() -> bool:
            return len(chi.messages) == 4

        await eventually(answered)
        assert stage.telegram.rates.refused
        assert not stage.telegram.rates.violations
    finally:
        stage.telegram.rates = None


async def test_a_conversation_by_webhook_with_the_whole_application(
    telegram: TelegramEmulator, database_url: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    taken, address = own_port()
    async with (
        product(telegram, database_url, tmp_path, knowledge, public_url=address) as made,
        listening(application(made), at=taken),
    ):
        await telegram.until(lambda: telegram.webhook.address)
        telegram.updates.repeat = 2
        lan = telegram.phone("Lan", language_code="vi")
        lan.start("hung-yen")
        await lan.hears("Chào Lan", "Hưng Yên")
        lan.say("mua phai thuoc gia o nha thuoc")
        await lan.hears("Ngừng dùng thuốc")
        await forgotten(telegram)
    assert telegram.sent("getUpdates") == []
    assert {attempt.status for attempt in telegram.webhook.attempts} == {200}
    assert sum("Ngừng dùng thuốc" in one.text for one in lan.messages) == 1, "a repeat has one effect"
