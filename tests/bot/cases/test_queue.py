from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import update

from bot.cases import queue
from bot.cases.parties import Target
from bot.cases.queue import Page, Tab
from bot.officers.accounts import Officer
from bot.storage.tables import complaints
from tests.bot.cases.desk import PROVINCE, Desk

FAKE = frozenset({"fake"})


async def page(desk: Desk, officer: Officer, tab: Tab = Tab.ALL, **more: Any) -> Page:
    async with desk.database.begin() as uow:
        return await queue.page(uow, desk.vault, officer, tab=tab, now=desk.clock.now(), **more)


def codes(found: Page) -> list[str]:
    return [item.code for item in found.items]


async def test_urgent_first_then_vulnerable_then_deadline_and_ended_last(desk: Desk) -> None:
    officer = await desk.officer("so_y_te")
    ended = (await desk.file(urgent=True)).case.code
    late = (await desk.file()).case.code
    plain = (await desk.file()).case.code
    vulnerable = (await desk.file(vulnerable=True)).case.code
    urgent = (await desk.file(urgent=True)).case.code
    both = (await desk.file(urgent=True, vulnerable=True)).case.code
    async with desk.transaction() as uow:
        row = complaints.c.code == late
        await uow.execute(
            update(complaints).where(row).values(due_at=desk.clock.now() - dt.timedelta(days=2))
        )
    await desk.act(officer, ended, "resolve", "Xong.")
    assert codes(await page(desk, officer)) == [both, urgent, vulnerable, late, plain, ended]


async def test_tabs_and_their_counts(desk: Desk) -> None:
    officer, colleague = await desk.officer("so_y_te"), await desk.officer("so_y_te", "dong.nghiep")
    new, mine, theirs, asked, resolved, gone = [(await desk.file()).case.code for _ in range(6)]
    await desk.act(officer, mine, "accept")
    await desk.act(colleague, theirs, "accept")
    await desk.act(officer, asked, "ask", "Số lô?")
    await desk.act(officer, resolved, "resolve", "Xong.")
    await desk.act(officer, gone, "transfer", "Không phải.", target=Target(PROVINCE, "so_khcn"))
    found = {tab: sorted(codes(await page(desk, officer, tab))) for tab in Tab}
    assert found[Tab.NEW] == [new]
    assert found[Tab.MINE] == sorted([mine, asked])
    assert found[Tab.WAITING] == [asked]
    assert found[Tab.LATE] == []
    assert found[Tab.ALL] == sorted([new, mine, theirs, asked, resolved, gone])
    assert (await page(desk, officer)).counts == {tab: len(found[tab]) for tab in Tab}
    desk.clock.move(dt.timedelta(days=60))
    assert sorted(codes(await page(desk, officer, Tab.LATE))) == sorted([new, mine, theirs])


async def test_only_the_lead_is_late(desk: Desk) -> None:
    await desk.file(conditions=FAKE)
    police = await desk.officer("cong_an_tinh")
    desk.clock.move(dt.timedelta(days=60))
    assert (await page(desk, police)).counts[Tab.LATE] == 0
    assert not (await page(desk, police)).items[0].late(desk.clock.now())


async def test_others_queues_are_empty(desk: Desk) -> None:
    await desk.file()
    strangers = [
        await desk.officer("so_khcn"),
        await desk.officer("so_y_te", province="hung-yen"),
        Officer(id=7, login="admin", name="admin", role="admin"),
    ]
    for stranger in strangers:
        found = await page(desk, stranger)
        assert (found.items, found.total, set(found.counts.values())) == ((), 0, {0})


async def test_a_case_with_two_hand_offs_to_one_agency_stands_once(desk: Desk) -> None:
    await desk.file(conditions=FAKE, topic="counterfeit_goods")
    code = (await desk.file(conditions=FAKE)).case.code
    health, whole = await desk.officer("so_y_te"), await desk.officer("so_cong_thuong")
    await desk.act(health, code, "return", "Không phải thuốc.")
    found = await page(desk, whole)
    assert len(found.items) == found.total == found.counts[Tab.ALL] == 2
    assert next(item for item in found.items if item.code == code).lead


async def test_search_by_code_however_it_is_written(desk: Desk) -> None:
    officer = await desk.officer("so_y_te")
    first, second = (await desk.file()).case.code, (await desk.file()).case.code
    for words in (second, second.lower(), "tn 26 2", "000002", "2"):
        assert codes(await page(desk, officer, words=words)) == [second], words
    assert codes(await page(desk, officer, words="HY-26-000001")) == []
    assert first != second


async def test_search_by_words_over_encrypted_stories(desk: Desk) -> None:
    officer, stranger = await desk.officer("so_y_te"), await desk.officer("so_khcn")
    wanted = (await desk.file(slots={"what_happened": "Mua viên sủi Ánh Dương ở chợ Đồng Quang"})).case.code
    await desk.file(slots={"what_happened": "Mua kem bôi ở chợ Túc Duyên", "contact_phone": "0900000001"})
    assert codes(await page(desk, officer, words="ánh dương")) == [wanted]
    assert codes(await page(desk, officer, words="anh duong DONG")) == [wanted]
    assert codes(await page(desk, officer, words="ánh trăng")) == []
    assert len(codes(await page(desk, officer, words="chợ"))) == 2
    assert len(codes(await page(desk, officer, words="0900000001"))) == 1
    assert codes(await page(desk, stranger, words="ánh dương")) == []
    assert codes(await page(desk, officer, words="!!!")) == [], "no word is not every case"


async def test_pages_hold_each_case_once(desk: Desk) -> None:
    officer = await desk.officer("so_y_te")
    filed = {(await desk.file()).case.code for _ in range(queue.PAGE_SIZE + 3)}
    first, second = await page(desk, officer), await page(desk, officer, number=2)
    assert (first.total, first.last) == (len(filed), 2)
    assert {*codes(first), *codes(second)} == filed
    assert len(first.items) == queue.PAGE_SIZE
    assert codes(await page(desk, officer, number=99)) == codes(second)
    assert codes(await page(desk, officer, number=-1)) == codes(first)
