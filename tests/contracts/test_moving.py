"""A case that is followed from two messengers: each gets the agency's answers within its own windows, and the
officer sees which."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Knowledge
from bot.cases import casefile
from bot.clock import VIETNAM
from bot.player.officers import OfficersOnStage
from bot.player.script import OfficerTurn
from tests.support.phones import House, Phone, house

ANSWERS = ("Đã lấy mẫu đi kiểm nghiệm.", "Kết quả: thuốc giả, đã thu hồi.")


@pytest.fixture
async def home(database_url: str, tmp_path: Path, knowledge: Knowledge) -> AsyncIterator[House]:
    async with house("zalo", database_url, tmp_path, knowledge, beside=("telegram",)) as opened:
        yield opened


async def files(home: House, phone: Phone) -> tuple[str, str]:
    """Code and secret."""
    await home.after(phone.say("toi mua phai thuoc gia o nha thuoc Minh Anh hom qua het 200k, o Thai Nguyen"))
    for said in ("panadol extra", "bỏ qua", "phuong phan dinh phung", "0900000001", "bỏ qua"):
        await home.after(phone.say(said))
    await home.after(phone.choose("Đúng, tiếp tục"))
    await home.after(phone.choose("Đồng ý gửi"))
    told = "\n".join(message.text for message in phone.news())
    found = re.search(r"(TN-\d\d-\d{6}).*?\b([A-Z2-9]{6})\b", told, re.DOTALL)
    assert found, told
    return found[1], found[2]


async def does(home: House, officers: OfficersOnStage, do: str, text: str = "") -> None:
    await officers.act(OfficerTurn("so_y_te", do, text))
    await home.settle()


async def shown(home: House, officers: OfficersOnStage, code: str) -> list[list[tuple[str, str]]]:
    """Of every message of the agency: channel and state."""
    async with home.product.database.begin() as uow:
        officer = await officers._officer(uow, code, "thai-nguyen", "so_y_te")
        file = await casefile.read(uow, home.product.vault, officer, code)
    assert file is not None
    said = [one for one in file.talk if one.author == "officer"]
    return [[(sent.account.channel, sent.state) for sent in one.sent] for one in said]


def texts(phone: Phone) -> str:
    return "\n".join(message.text for message in phone.news())


async def test_both_get_the_answers_each_within_its_window(home: House) -> None:
    officers = OfficersOnStage(home.product)
    await officers.take_their_posts()
    zalo = home.phone("Lan", channel="zalo")
    telegram = home.phone("Lan", channel="telegram")
    code, secret = await files(home, zalo)
    await home.after(telegram.start())
    await home.after(telegram.say(f"{code} {secret}"))
    assert code in texts(telegram)
    await does(home, officers, "accept")
    assert "đã tiếp nhận" in texts(zalo)
    assert "đã tiếp nhận" in texts(telegram)
    assert await shown(home, officers, code) == [[("zalo", "sent"), ("telegram", "sent")]]

    home.clock.move(dt.timedelta(days=8))
    for answer in ANSWERS:
        await does(home, officers, "answer", answer)
    heard = texts(telegram)
    assert all(answer in heard for answer in ANSWERS)
    assert zalo.news() == []
    states = await shown(home, officers, code)
    assert states[1:] == [[("zalo", "waiting"), ("telegram", "sent")]] * 2

    home.clock.move(dt.timedelta(days=30))
    await home.after(zalo.say("phản ánh của tôi đến đâu rồi"))
    said = [message.text for message in zalo.news()]
    assert code in said[0], "the reply to what was just said comes first"
    assert len(said) == 3
    assert ANSWERS[0] in said[1]
    assert ANSWERS[1] in said[2]
    assert (await shown(home, officers, code))[1:] == [[("zalo", "sent"), ("telegram", "sent")]] * 2
    assert telegram.news() == []


async def test_what_zalo_refuses_at_night_goes_with_the_next_message(home: House) -> None:
    officers = OfficersOnStage(home.product)
    await officers.take_their_posts()
    zalo = home.phone("Lan", channel="zalo")
    code, _ = await files(home, zalo)
    local = home.clock.now().astimezone(VIETNAM)
    night = (local + dt.timedelta(days=1)).replace(hour=23, minute=0)
    home.clock.move(night - local)
    home.emulator.account.night_kinds = {"text"}
    await does(home, officers, "accept")
    assert zalo.news() == []
    assert await shown(home, officers, code) == [[("zalo", "waiting")]]
    home.clock.move(dt.timedelta(hours=9))
    await home.after(zalo.say("cảm ơn"))
    assert "đã tiếp nhận" in zalo.news()[-1].text
    assert await shown(home, officers, code) == [[("zalo", "sent")]]


async def test_the_number_of_a_choice_that_waited_is_understood(home: House) -> None:
    """It stands last in the chat, behind the reply to what released it."""
    officers = OfficersOnStage(home.product)
    await officers.take_their_posts()
    zalo = home.phone("Lan", channel="zalo")
    code, _ = await files(home, zalo)
    home.clock.move(dt.timedelta(days=9))
    await does(home, officers, "accept")
    await does(home, officers, "resolve", ANSWERS[1])
    assert zalo.news() == []
    await home.after(zalo.say("xin chào"))
    assert "1. Có, đã giúp được" in zalo.news()[-1].text
    await home.after(zalo.say("1"))
    assert "Cảm ơn bạn" in zalo.news()[-1].text
    async with home.product.database.begin() as uow:
        officer = await officers._officer(uow, code, "thai-nguyen", "so_y_te")
        file = await casefile.read(uow, home.product.vault, officer, code)
    assert file is not None
    assert file.held.complaint.helped is True


async def test_who_left_one_messenger_is_still_reached_on_the_other(home: House) -> None:
    officers = OfficersOnStage(home.product)
    await officers.take_their_posts()
    zalo = home.phone("Lan", channel="zalo")
    telegram = home.phone("Lan", channel="telegram")
    code, secret = await files(home, zalo)
    await home.after(telegram.say(f"{code} {secret}"))
    texts(telegram)
    await zalo.leave()
    await does(home, officers, "accept")
    assert "đã tiếp nhận" in texts(telegram)
    assert zalo.news() == []
    assert await shown(home, officers, code) == [[("telegram", "sent")]]
