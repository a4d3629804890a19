"""Fake medicine, told on Zalo from a phone: photo, form, numbers typed instead of buttons, the officer's
question and answer, all over the emulator."""

from __future__ import annotations

import io
import re

from PIL import Image

from bot.cases.records import Details
from bot.player.officers import OfficersOnStage
from bot.player.script import OfficerTurn
from tests.bot.channels.zalo_oa.stand import Stand
from tests.support.zalo_oa import Phone, Sent


def photo() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (640, 480), "#d8d2c4").save(kept, "JPEG")
    return kept.getvalue()


class Talk:
    """Reads everything that comes before going on."""

    def __init__(self, stand: Stand, phone: Phone) -> None:
        self.stand = stand
        self.phone = phone
        self.read = 0

    async def news(self) -> list[Sent]:
        await self.stand.settle()
        await self.stand.product.dispatcher.run_due()
        found = self.phone.inbox[self.read :]
        self.read = len(self.phone.inbox)
        return found

    async def say(self, text: str) -> str:
        await self.phone.say(text)
        return "\n".join(sent.text for sent in await self.news())

    async def press(self, title: str) -> str:
        await self.phone.press(title)
        return "\n".join(sent.text for sent in await self.news())


async def answers(talk: Talk, told: str) -> str:
    """Goes on with the form until the summary stands there."""
    for asked, answer in (
        ("tỉnh nào", "Thái Nguyên"),
        ("xã hoặc phường", "phường Quyết Thắng"),
        ("Tên thuốc", "paracetamol 500"),
        ("nhà thuốc", "quầy thuốc Hồng Nhung"),
        ("Số đăng ký", "VD-12345-20"),
        ("ngày nào", "mùng 5 tháng 11"),
    ) * 2:
        if asked.lower() in told.lower():
            told = await talk.say(answer)
    return told


async def test_fake_medicine_from_the_first_word_to_the_officer_s_answer(stand: Stand) -> None:
    officers = OfficersOnStage(stand.product)
    await officers.take_their_posts()
    lan = stand.oa.phone("Lan")
    talk = Talk(stand, lan)
    await lan.follow()
    assert any("tự động" in sent.text for sent in await talk.news())

    told = await talk.say("em mua phải thuốc giả ở quầy thuốc gần bệnh viện, muốn phản ánh")
    told = await answers(talk, told)
    assert lan.inbox[-1].kind == "request_user_info", told
    await lan.submit_info("Nguyễn Thị Thử", "84900000001")
    told = "\n".join(sent.text for sent in await talk.news())
    assert "ảnh" in told
    await lan.send_photo(photo())
    told = "\n".join(sent.text for sent in await talk.news())
    await stand.settle()
    assert "1 tệp" in told

    await talk.press(lan.buttons[0].title)  # the summary is right
    buttons = lan.buttons
    told = await talk.say("1")  # and the consent by its number
    code = re.search(r"TN-26-[0-9A-Z-]+", told)
    assert code, (told, buttons)
    assert "Sở Y tế" in told
    assert await stand.rows("SELECT count(*) FROM complaints") == [(1,)]
    [[sealed]] = await stand.rows("SELECT slots_sealed FROM complaints")
    kept = stand.product.vault.open(sealed, Details)
    assert kept.slots["contact_phone"] == "0900000001"
    assert kept.slots["registration_number"] == "VD-12345-20"
    files = "SELECT content_type, size > 0, complaint_id IS NOT NULL FROM evidence"
    assert await stand.rows(files) == [("image/jpeg", True, True)]

    await officers.act(OfficerTurn(agency="so_y_te", do="accept"))
    await officers.act(OfficerTurn(agency="so_y_te", do="ask", text="Chị còn giữ vỉ thuốc không ạ?"))
    assert any("còn giữ vỉ thuốc" in sent.text for sent in await talk.news())
    told = await talk.say("em còn giữ nguyên vỉ và hoá đơn")
    assert "Sở Y tế" in told
    await officers.act(OfficerTurn(agency="so_y_te", do="resolve", text="Đã thu hồi lô thuốc."))
    closing = await talk.news()
    assert any("Đã thu hồi lô thuốc." in sent.text for sent in closing)
    helped = next(sent for sent in closing if sent.buttons)
    await lan.press(helped.buttons[0])
    assert await talk.news()
    states = await stand.rows("SELECT DISTINCT state FROM deliveries WHERE channel = 'zalo'")
    assert states == [("sent",)]


async def test_a_photo_is_fetched_at_once_from_the_media_host(shared_stand: Stand) -> None:
    lan, before = shared_stand.oa.phone("Lan"), len(shared_stand.oa.media.fetched)
    await lan.say("mua phải thuốc giả")
    await lan.send_photo(photo(), caption="hộp thuốc đây")
    await shared_stand.settle()
    assert len(shared_stand.oa.media.fetched) == before + 1
    own = "SELECT content_type FROM evidence WHERE contact_id = (SELECT max(id) FROM contacts)"
    assert await shared_stand.rows(own) == [("image/jpeg",)]
    assert await shared_stand.rows("SELECT count(*) FROM fetches") == [(0,)]


async def test_a_photo_whose_link_has_died_is_said_to_be_lost(shared_stand: Stand) -> None:
    lan = shared_stand.oa.phone("Lan")
    shared_stand.oa.media.faults.status(404)
    await lan.send_photo(photo())
    await shared_stand.settle()
    await shared_stand.product.dispatcher.run_due()
    assert shared_stand.product.catalog.say("vi", "form.media_lost", megabytes=20) in lan.texts


async def test_a_place_and_a_card(shared_stand: Stand) -> None:
    lan, before = shared_stand.oa.phone("Lan"), (await shared_stand.counts())["inbound_events"]
    await lan.send_location(21.5942, 105.8482)
    await lan.send_card("84900000002", "Anh bán thuốc")
    await shared_stand.settle()
    assert (await shared_stand.counts())["inbound_events"] == before + 2
    assert all(sent.text for sent in lan.inbox)
    assert (await shared_stand.rows("SELECT count(*) FROM dead_letters")) == [(0,)]
