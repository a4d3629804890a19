from __future__ import annotations

from bot.cases import casefile, coverage, figures
from bot.cases.casefile import CaseFile
from bot.delivery import transcript
from bot.delivery.transcript import Line
from bot.officers.accounts import Officer
from bot.storage.tables import dead_letters
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
        from bot.cases.book import ContactCases

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
    assert sorted(file.channels) == ["web", "zalo"]


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
        row = {
            "channel": "web",
            "event_id": "1",
            "event_sealed": b"",
            "error": "ValueError: cannot read 'toi bi lua 5tr'\n  more",
            "at": desk.clock.now(),
        }
        await uow.execute(dead_letters.insert(), row)
        loads = await figures.loads(uow, desk.clock.now())
        dead = await figures.dead(uow)
    health = next(load for load in loads if load.agency == "so_y_te")
    assert (health.live, health.new, health.waiting, health.urgent_new, health.late) == (2, 1, 1, 1, 0)
    assert [letter.error for letter in dead] == ["ValueError"]
