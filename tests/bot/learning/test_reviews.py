"""The list of sentences to label: who allows it, nameless, for a while, and for the right eyes."""

from __future__ import annotations

import datetime as dt
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.cases.evidence import EvidenceStore
from bot.cases.retention import sweep
from bot.learning import inbox, reviews
from bot.learning.reviews import Label, Reader, Review
from bot.storage.tables import contacts
from nlu.rasa_format import read
from nlu.understanding import Understanding
from tests.bot.cases.desk import Desk
from tests.bot.console.stand import by_rules

OURS = Reader("thai-nguyen", focal=False)
FOCAL = Reader("thai-nguyen", focal=True)
_NUMBERS = count(1)


def read_as(text: str, topic: str | None = "price", confidence: float = 0.2) -> Understanding:
    found = by_rules().extract(text)
    return Understanding(
        text=text, act="ask", topic=topic, confidence=confidence, urgent=False, entities=found
    )


async def noted(
    desk: Desk, contact: int, text: str, *, province: str | None = None, topic: str = "price"
) -> bool:
    async with desk.transaction() as uow:
        return await reviews.note(
            uow, desk.vault, contact_id=contact, province=province, understanding=read_as(text, topic),
            source="unsure", now=desk.clock.now(),
        )  # fmt: skip


async def allows(desk: Desk, contact: int, allowed: bool = True) -> None:
    async with desk.transaction() as uow:
        await reviews.allow(uow, contact, allowed, desk.clock.now())


async def listed(desk: Desk, reader: Reader = OURS, state: reviews.State = "waiting") -> list[Review]:
    async with desk.database.begin() as uow:
        return list((await reviews.page(uow, desk.vault, reader, state, 1)).items)


async def labels(desk: Desk, review: Review, label: Label | None, reader: Reader = OURS) -> bool:
    officer = await desk.officer("so_y_te", f"nhan.{next(_NUMBERS)}")
    async with desk.transaction() as uow:
        return await reviews.label(uow, reader, review.id, label, officer_id=officer.id, now=desk.clock.now())


async def test_only_who_allows_it_is_listed_and_nameless(desk: Desk) -> None:
    lan, nam, binh = [await desk.contact(name) for name in ("lan", "nam", "binh")]
    await allows(desk, lan)
    await allows(desk, nam, False)
    said = "cai may nay goi 0912345678 stk 0123456789"
    assert [await noted(desk, each, said) for each in (lan, nam, binh)] == [True, False, False]
    [one] = await listed(desk)
    assert one.text == "cai may nay goi 0000000000 stk 0000000000"
    rows = await desk.rows(select(contacts.c.learning, contacts.c.learning_at).order_by(contacts.c.id))
    assert [(row.learning, row.learning_at is not None) for row in rows] == [
        (True, True), (False, True), (None, False),
    ]  # fmt: skip


async def test_the_same_words_once_and_nobody_fills_the_list_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviews, "PER_PERSON", 2)
    lan = await desk.contact("lan")
    await allows(desk, lan)
    assert not await noted(desk, lan, "??? 123 👍"), "nothing to label"
    said = ("cái này là sao", "Cai  nay la sao", "cái kia là sao", "cái nọ là sao")
    assert [await noted(desk, lan, text) for text in said] == [True, False, True, False]


async def test_taking_it_back_leaves_nothing(desk: Desk) -> None:
    lan, nam = await desk.contact("lan"), await desk.contact("nam")
    for person in (lan, nam):
        await allows(desk, person)
        await noted(desk, person, f"câu của {person}")
    await allows(desk, lan, False)
    assert [one.text for one in await listed(desk)] == [f"câu của {nam}"]


async def test_what_is_past_its_date_goes_labelled_or_not(desk: Desk, tmp_path: Path) -> None:
    lan = await desk.contact("lan")
    await allows(desk, lan)
    for text in ("câu một", "câu hai"):
        await noted(desk, lan, text)
    await labels(desk, (await listed(desk))[0], Label("greet", None, False))
    store = EvidenceStore(tmp_path, desk.vault)
    desk.clock.move(dt.timedelta(days=89))
    assert (await sweep(desk.database, store, desk.settings, desk.clock.now())).reviews == 0
    desk.clock.move(dt.timedelta(days=2))
    assert (await sweep(desk.database, store, desk.settings, desk.clock.now())).reviews == 2


async def test_each_province_its_own_and_conduct_of_agencies_at_the_focal_one(desk: Desk) -> None:
    lan = await desk.contact("lan")
    await allows(desk, lan)
    await noted(desk, lan, "của tỉnh khác", province="hung-yen")
    await noted(desk, lan, "của tỉnh này", province="thai-nguyen")
    await noted(desk, lan, "xã bảo chờ mãi", province="thai-nguyen", topic="agency_conduct")
    assert [one.text for one in await listed(desk)] == ["của tỉnh này"]
    both = await listed(desk, FOCAL)
    assert [one.text for one in both] == ["của tỉnh này", "xã bảo chờ mãi"]
    assert not await labels(desk, both[1], Label("ask", "price", False), OURS)
    assert await labels(desk, both[1], Label("ask", "agency_conduct", False), FOCAL)


async def test_the_file_holds_what_was_labelled_and_lets_go_of_it(desk: Desk, tmp_path: Path) -> None:
    file = inbox.file_of(tmp_path)
    lan, nam = await desk.contact("lan"), await desk.contact("nam")
    for person, text in ((lan, "chuyen tien roi"), (nam, "alo ad oi"), (nam, "hmm hmm hmm")):
        await allows(desk, person)
        await noted(desk, person, text)
    assert await inbox.export(desk.database, desk.vault, file, desk.clock.now()) == 0
    assert not file.exists()
    first, second, third = await listed(desk)
    await labels(desk, first, Label.of("report", "bank_fraud", True))
    await labels(desk, second, Label.of("greet", "bank_fraud", True))
    await labels(desk, third, None)
    assert not await inbox.refresh(desk.database, desk.vault, file), "only an export writes the file"
    assert await inbox.export(desk.database, desk.vault, file, desk.clock.now()) == 2
    found = {(example.text, example.intent, example.urgent) for example in read(file)}
    assert found == {("chuyen tien roi", "report_bank_fraud", True), ("alo ad oi", "greet", False)}
    assert file.stat().st_mode & 0o077 == 0
    assert not await inbox.refresh(desk.database, desk.vault, file)
    await allows(desk, lan, False)
    assert await inbox.refresh(desk.database, desk.vault, file)
    assert [example.text for example in read(file)] == ["alo ad oi"]
    await allows(desk, nam, False)
    await inbox.refresh(desk.database, desk.vault, file)
    assert not file.exists()


async def test_nothing_is_taken_for_exported_where_the_file_cannot_be_written(
    desk: Desk, tmp_path: Path
) -> None:
    lan = await desk.contact("lan")
    await allows(desk, lan)
    await noted(desk, lan, "chuyen tien roi")
    await labels(desk, (await listed(desk))[0], Label("report", "bank_fraud", True))
    (tmp_path / "nlu").write_text("no folder", "utf-8")
    with pytest.raises(OSError, match="nlu"):
        await inbox.export(desk.database, desk.vault, inbox.file_of(tmp_path), desk.clock.now())
    assert not (await listed(desk, state="labelled"))[0].exported
