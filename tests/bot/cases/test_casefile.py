from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from actions.ports import Filed
from bot.cases import casefile, coverage, figures
from bot.cases.book import ContactCases
from bot.cases.casefile import CaseFile
from bot.cases.retention import NEVER_BACK, NOT_SENT
from bot.delivery import ledger, transcript
from bot.delivery.transcript import Line
from bot.officers.accounts import Officer
from bot.storage.tables import deliveries
from tests.bot.cases.desk import CATALOG, PROVINCE, Desk

FAKE = frozenset({"fake"})


async def read(desk: Desk, officer: Officer, code: str) -> CaseFile | None:
    async with desk.database.begin() as uow:
        return await casefile.read(uow, desk.vault, officer, code)


async def test_notes_and_looks_stay_inside_the_agency(desk: Desk) -> None:
    code = (await desk.file(conditions=FAKE)).case.code
    officer, police = await desk.officer("so_y_te"), await desk.officer("cong_an_tinh")
    await desk.act(officer, code, "note", "Chỉ nội bộ.")
    async with desk.transaction() as uow:
        seen = await casefile.look_at(
            uow, desk.vault, officer, code, slot="contact_phone", now=desk.clock.now()
        )
    assert seen == "0900000001"
    await desk.act(police, code, "accept")
    own, theirs = await read(desk, officer, code), await read(desk, police, code)
    assert own
    assert theirs
    assert [event.action for event in own.events] == ["filed", "noted", "opened", "accepted"]
    assert [event.action for event in theirs.events] == ["filed", "accepted"]
    assert own.events[-1].officer is None, "another agency's officers are not named"
    assert theirs.events[-1].officer == police.name


async def test_a_look_leaves_its_trace_and_strangers_see_nothing(desk: Desk) -> None:
    code = (await desk.file()).case.code
    officer, stranger = await desk.officer("so_y_te"), await desk.officer("so_khcn")
    async with desk.transaction() as uow:
        now = desk.clock.now()
        assert await casefile.look_at(uow, desk.vault, stranger, code, slot="contact_phone", now=now) is None
        assert await casefile.look_at(uow, desk.vault, officer, code, slot="email", now=now) is None
        assert await casefile.look_at(uow, desk.vault, officer, code, slot="contact_phone", now=now)
    assert await desk.history(code) == [("filed", None), ("opened", "contact_phone")]
    assert await read(desk, stranger, code) is None


async def test_what_went_to_two_accounts_stands_once_in_the_talk(desk: Desk) -> None:
    first, second = await desk.contact(), await desk.contact("khac", channel="zalo")
    filed = await desk.file(contact_id=first)
    code, case_id = filed.case.code, (await desk.complaint(filed.case.code)).id
    async with desk.transaction() as uow:
        book = ContactCases(uow, desk.registry, contact_id=second, language="vi", now=desk.clock.now())
        await book.open(code, filed.secret)
        await transcript.add(
            uow, desk.vault, contact_id=first, author="consumer", line=Line("thuoc gia"), at=desk.clock.now(),
            complaint_id=case_id,
        )  # fmt: skip
    officer = await desk.officer("so_y_te")
    assert (await desk.act(officer, code, "ask", "Số lô?")).told == 2
    file = await read(desk, officer, code)
    assert file
    assert [said.author for said in file.talk] == ["consumer", "officer"]
    assert [account.channel for account in file.accounts] == ["web", "zalo"]


async def test_agencies_without_anybody_are_named(desk: Desk) -> None:
    await desk.officer("so_y_te")
    await desk.officer("so_cong_thuong")
    commune = CATALOG.provinces[PROVINCE].communes[0].code
    await desk.officer("ubnd_xa", "xa", commune=commune)
    async with desk.database.begin() as uow:
        gaps = await coverage.gaps(uow, desk.registry)
    here = {gap.agency: gap for gap in gaps if gap.province == PROVINCE}
    assert "so_y_te" not in here
    assert "so_cong_thuong" not in here, "its officers without a unit see the unit's cases too"
    assert "cong_an_tinh" in here
    assert here["ubnd_xa"].communes == len(CATALOG.provinces[PROVINCE].communes) - 1
    assert any(gap.province == "hung-yen" and gap.agency == "so_y_te" for gap in gaps)


async def test_figures_hold_no_words_of_consumers(desk: Desk) -> None:
    officer = await desk.officer("so_y_te")
    await desk.file(urgent=True)
    await desk.act(officer, (await desk.file()).case.code, "ask", "Số lô?")
    async with desk.transaction() as uow:
        loads = await figures.loads(uow, desk.clock.now())
    health = next(load for load in loads if load.agency == "so_y_te")
    assert (health.live, health.new, health.waiting, health.urgent_new, health.late) == (2, 1, 1, 1, 0)


async def test_officers_read_what_became_of_a_message_on_each_account(desk: Desk) -> None:
    """Zalo holds it, Telegram has it, a second Telegram account has left."""
    zalo = await desk.contact("zalo-1", channel="zalo")
    filed = await desk.file(contact_id=zalo)
    code = filed.case.code
    telegram = await follows(desk, "tele-1", filed)
    left = await follows(desk, "tele-2", filed)
    officer = await desk.officer("so_y_te")
    await desk.act(officer, code, "answer", "Đã lấy mẫu đi kiểm nghiệm.")
    file = await read(desk, officer, code)
    assert file
    assert [sent.state for sent in file.talk[-1].sent] == ["sending"] * 3
    assert file.sending
    async with desk.transaction() as uow:
        rows = deliveries.c.contact_id
        await uow.execute(update(deliveries).where(rows == zalo).values(held=True, reason="Zalo -230: ..."))
        await uow.execute(update(deliveries).where(rows == telegram).values(state="sent"))
        await ledger.stop_contact(uow, left, desk.clock.now(), "the person left")
    later = await read(desk, officer, code)
    assert later
    assert later.sent_mark != file.sent_mark
    assert not later.sending
    assert [(each.channel, each.number, each.stopped, each.waiting) for each in later.accounts] == [
        ("zalo", None, False, 1),
        ("telegram", 1, False, 0),
        ("telegram", 2, True, 0),
    ]
    [answer] = [said for said in later.talk if said.author == "officer"]
    assert [(sent.account.channel, sent.state, sent.reason) for sent in answer.sent] == [
        ("zalo", "waiting", None),
        ("telegram", "sent", None),
        ("telegram", "failed", "left"),
    ]


@pytest.mark.parametrize(
    ("state", "reason", "became", "why"),
    [
        ("sent", None, "sent", None),
        ("uncertain", "no answer in time", "uncertain", None),
        ("failed", NEVER_BACK, "failed", "never_back"),
        ("failed", NOT_SENT, "failed", "too_late"),
        ("failed", ledger.UNREADABLE, "failed", "unreadable"),
        ("failed", "Zalo -216: the access token is invalid", "failed", "broken"),
        ("refused", "Zalo -248: the text violates the platform's standards", "failed", "refused"),
        ("stopped", "blocked", "failed", "left"),
    ],
)
async def test_every_end_of_a_message_has_words(
    desk: Desk, state: str, reason: str | None, became: str, why: str | None
) -> None:
    contact = await desk.contact("zalo-1", channel="zalo")
    filed = await desk.file(contact_id=contact)
    officer = await desk.officer("so_y_te")
    await desk.act(officer, filed.case.code, "answer", "Đã lấy mẫu đi kiểm nghiệm.")
    async with desk.transaction() as uow:
        await uow.execute(update(deliveries).values(state=state, reason=reason))
    file = await read(desk, officer, filed.case.code)
    assert file
    [sent] = file.talk[-1].sent
    assert (sent.state, sent.reason) == (became, why)


async def test_a_message_in_pieces_is_as_good_as_its_worst(desk: Desk) -> None:
    contact = await desk.contact("zalo-1", channel="zalo")
    filed = await desk.file(contact_id=contact)
    officer = await desk.officer("so_y_te")
    await desk.act(officer, filed.case.code, "answer", "Một câu dài. " * 170)
    rows = await desk.rows(select(deliveries).where(deliveries.c.contact_id == contact))
    assert len(rows) > 1
    async with desk.transaction() as uow:
        await uow.execute(update(deliveries).values(state="sent"))
        last = deliveries.c.id == rows[-1].id
        await uow.execute(update(deliveries).where(last).values(state="queued", held=True))
    file = await read(desk, officer, filed.case.code)
    assert file
    assert [sent.state for sent in file.talk[-1].sent] == ["waiting"]
    assert [account.waiting for account in file.accounts] == [1]


async def follows(desk: Desk, address: str, filed: Filed) -> int:
    """Opens the case with code and secret from a Telegram account."""
    contact = await desk.contact(address, channel="telegram")
    desk.clock.move(dt.timedelta(minutes=1))
    async with desk.transaction() as uow:
        book = ContactCases(uow, desk.registry, contact_id=contact, language="vi", now=desk.clock.now())
        assert await book.open(filed.case.code, filed.secret)
    return contact


async def test_operators_see_what_is_stuck_and_not_what_waits_for_people(desk: Desk) -> None:
    contact = await desk.contact("zalo-1", channel="zalo")
    filed = await desk.file(contact_id=contact)
    officer = await desk.officer("so_y_te")
    for text in ("Một.", "Hai.", "Ba."):
        await desk.act(officer, filed.case.code, "answer", text)
    first, second, third = (
        row.id for row in await desk.rows(select(deliveries).where(deliveries.c.contact_id == contact))
    )
    soon = desk.clock.now() + dt.timedelta(minutes=10)
    async with desk.transaction() as uow:
        await ledger.again(uow, first, soon, "the permission is lost", counts=False)
        await ledger.again(uow, second, desk.clock.now(), "busy")
        await uow.execute(update(deliveries).where(deliveries.c.id == third).values(held=True, attempts=5))
        assert [(row.channel, row.retrying) for row in await figures.undelivered(uow)] == [("zalo", 1)]
