"""Press texts and the sentences that wait for an authority, as officers read them."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest

from bot.console.press_text import Warned, subjects, written
from content.schema import Language
from content.waiting import waiting
from tests.bot.cases.desk import CATALOG
from tests.bot.console.stand import Stand

TODAY = dt.date(2026, 2, 3)
KNOWN = subjects(CATALOG)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("province", ["hung-yen", "thai-nguyen"])
def test_every_warning_makes_a_text(province: str, language: Language) -> None:
    numbers = {one.number for one in CATALOG.hotlines.values() if not one.show}
    for subject in KNOWN.values():
        text = written(CATALOG, subject, province, language, TODAY)
        parts = text.body.split("\n\n")
        assert len(parts) in (7, 8), subject.key  # the sources are left out where all is plain advice
        assert parts[0] == text.title
        assert CATALOG.provinces[province].province.name.in_(language) in parts[1]
        assert parts[-1] == CATALOG.say(language, "press.approval")
        assert not [number for number in numbers if number in text.body], subject.key
        assert "{" not in text.body
        assert ".." not in text.body, subject.key


@pytest.mark.parametrize("subject", KNOWN.values(), ids=list(KNOWN))
def test_nobody_is_spoken_to_as_one_person(subject: Warned) -> None:
    body = written(CATALOG, subject, "hung-yen", "vi", TODAY).body.lower()
    alone = re.sub(r"bạn bè|kết bạn", "", body)
    assert not re.search(r"(?<!\w)(?:bạn|tôi|nhé)(?!\w)", alone), body


def test_all_scams_and_topics_of_harm_are_there() -> None:
    kinds = [one.kind for one in KNOWN.values()]
    assert kinds.count("scam") >= 15
    assert kinds.count("topic") >= 20
    assert kinds.count("danger") == len(CATALOG.dangers)


async def test_an_officer_reads_and_chooses(stand: Stand) -> None:
    await stand.account("an.nguyen")
    async with stand.signed_in("an.nguyen") as visitor:
        first = html.unescape((await visitor.open("/console/press")).text)
        assert "Sở Y tế" in first  # whose desk it is
        assert "Công an tỉnh Thái Nguyên" in first
        page = await visitor.open("/console/press?about=topic:medicine&province=hung-yen")
        body = html.unescape(page.text)
        assert "KHUYẾN CÁO NGƯỜI TIÊU DÙNG: Thuốc" in body
        assert "Sở Y tế tỉnh Hưng Yên" in body
        assert "cần lãnh đạo duyệt trước khi đăng" in body
        english = (await visitor.open("/console/press?about=scam:fake_police&language=en")).text
        assert "WARNING: False police" in english
        assert (await visitor.open("/console/press?about=x&province=y&language=z")).status_code == 200


async def test_what_an_authority_has_not_approved_is_said(stand: Stand) -> None:
    sentences = waiting(CATALOG)
    assert sentences
    await stand.admin()
    async with stand.signed_in("quan.tri") as admin:
        review = html.unescape((await admin.open("/console/review")).text)
        assert f"<p>{len(sentences)} câu" in review  # what `ntd content check` counts
        for where, fact in sentences:
            assert where in review
            assert fact.vi in review
        assert "Cách xác nhận" in review
        press = html.unescape((await admin.open("/console/press?about=danger:violence")).text)
        assert "cơ quan chuyên môn chưa duyệt" in press


async def test_strangers_read_neither(stand: Stand) -> None:
    async with stand.visitor() as visitor:
        for path in ("/console/press", "/console/review"):
            assert (await visitor.client.get(path)).status_code in (302, 303)
