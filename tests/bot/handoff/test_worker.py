"""Each way of each hand-off has a state of its own, is tried by P7's clock, and comes back after a death."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from typing import Any

from sqlalchemy import text, update

from bot.cases import ways
from bot.cases.directory import Reach
from bot.handoff import ledger
from tests.bot.handoff.post_office import SECRET, Mailbox, PostOffice, Receiver, receiver

LEAD = "so_y_te"
HOOK = "http://127.0.0.1:{port}/cases"


async def test_an_agency_without_addresses_has_the_console_alone(office: PostOffice) -> None:
    filed = await office.file()
    assert await office.ways(filed.case.code) == {}
    assert f"thai-nguyen/{LEAD}" in await office.notices()


async def test_one_way_s_success_hides_nothing_of_the_other_s_failure(
    office: PostOffice, box: Mailbox, system: Receiver
) -> None:
    office.set(smtp_url=f"smtp://127.0.0.1:{box.port}", handoff_from="ntd@tinh.example.vn")
    hook = HOOK.format(port=system.port)
    office.reaches = {LEAD: Reach(email="syt@tinh.example.vn", webhook=hook, secrets=(SECRET,))}
    system.answers = [(500, {})]
    filed = await office.file()
    await office.run()
    found = await office.ways(filed.case.code)
    mail, web = found[LEAD, "email"], found[LEAD, "webhook"]
    assert (mail.state, mail.failures, mail.reason) == ("sent", 0, None)
    assert (web.state, web.failures, web.reason) == ("queued", 1, "the webhook answers 500")
    office.move(minutes=1)
    await office.run()
    found = await office.ways(filed.case.code)
    assert found[LEAD, "webhook"].state == "sent"
    assert len(box.letters) == 1
    assert len(system.requests) == 2


async def test_the_tries_keep_p7_s_clock_and_a_person_is_told(office: PostOffice, system: Receiver) -> None:
    office.reaches = {LEAD: Reach(webhook=HOOK.format(port=system.port), secrets=(SECRET,))}
    system.answers = [(503, {})] * 20
    filed = await office.file()
    begun, tried = office.clock.now(), []
    worker = office.worker()
    for minute in (0, 1, 3, 5, 6, 20, 35, 36, 50, 66, 96):
        office.clock.move(dt.timedelta(minutes=minute) - (office.clock.now() - begun))
        if await worker.run_due():
            tried.append(minute)
        told = "stuck" in [action for action, _ in await office.history(filed.case.code)]
        assert told == (minute >= 6)
    await worker.close()
    assert tried == [0, 1, 6, 36, 66, 96]
    assert [pair for pair in await office.history(filed.case.code) if pair[0] == "stuck"] == [
        ("stuck", "webhook")
    ]
    async with office.database.begin() as uow:
        (told,) = await ways.stuck(uow, province="thai-nguyen")
        assert await ways.stuck(uow, province="hung-yen") == []
        assert await ways.counts(uow) == ways.Counts(queued=1, stuck=1)
    assert (told.code, told.agency, told.way, told.failures) == (filed.case.code, LEAD, "webhook", 6)
    system.answers = []
    office.move(minutes=30)
    await office.run()
    async with office.database.begin() as uow:
        assert await ways.stuck(uow) == []


async def test_after_an_hour_a_person_is_told_though_no_try_failed(office: PostOffice) -> None:
    office.reaches = {LEAD: Reach(email="syt@tinh.example.vn")}
    filed = await office.file()
    worker = office.worker()
    office.move(minutes=59)
    assert await worker.tell() == 0
    office.move(minutes=2)
    assert (await worker.tell(), await worker.tell()) == (1, 0)
    assert ("stuck", "email") in await office.history(filed.case.code)


async def test_a_note_that_it_is_stuck_makes_no_page_stale(office: PostOffice) -> None:
    office.reaches = {LEAD: Reach(email="syt@tinh.example.vn")}
    filed = await office.file()
    officer = await office.officer(LEAD)
    before = await version(office, officer, filed.case.code)
    office.move(hours=2)
    assert await office.worker().tell() == 1
    assert await version(office, officer, filed.case.code) == before


async def version(office: PostOffice, officer: Any, code: str) -> int:
    from bot.cases.access import access_case
    from bot.cases.work import version_of

    async with office.database.begin() as uow:
        held = await access_case(uow, officer, code)
        assert held is not None
        return await version_of(uow, held)


# --- deaths and pauses --------------------------------------------------------------------------------------


async def claim(office: PostOffice, way: str = "webhook", limit: int = 50) -> list[ledger.Claimed]:
    async with office.transaction() as uow:
        return await ledger.claim(uow, way, now=office.clock.now(), limit=limit)


async def test_what_a_dead_process_held_comes_back_within_a_minute(
    office: PostOffice, system: Receiver
) -> None:
    office.reaches = {LEAD: Reach(webhook=HOOK.format(port=system.port), secrets=(SECRET,))}
    filed = await office.file()
    assert len(await claim(office)) == 1  # and dies
    assert await office.run() == 0
    office.move(seconds=60)
    assert await office.run() == 1
    row = (await office.ways(filed.case.code))[LEAD, "webhook"]
    assert (row.state, row.attempts, row.failures) == ("sent", 2, 0)


async def test_who_was_paused_beyond_the_lease_takes_nothing_away(office: PostOffice) -> None:
    office.reaches = {LEAD: Reach(email="syt@tinh.example.vn")}
    filed = await office.file()
    (paused,) = await claim(office, "email")
    office.move(minutes=1)
    (second,) = await claim(office, "email")
    async with office.transaction() as uow:
        assert not await ledger.failed(uow, paused, "late", office.clock.now(), 1)
        await ledger.sent(uow, second.id, office.clock.now())
    async with office.transaction() as uow:
        await ledger.stopped(uow, paused.id, ways.ENDED, office.clock.now())
    assert (await office.ways(filed.case.code))[LEAD, "email"].state == "sent"


async def test_a_row_that_kills_whoever_tries_it_waits_like_one_that_fails(office: PostOffice) -> None:
    office.reaches = {LEAD: Reach(email="syt@tinh.example.vn")}
    filed = await office.file()
    for _ in range(3):
        assert len(await claim(office, "email")) == 1
        office.move(minutes=1)
    await office.run()
    row = (await office.ways(filed.case.code))[LEAD, "email"]
    assert (row.state, row.failures) == ("queued", 4)
    assert row.due_at - office.clock.now() > dt.timedelta(minutes=29)
    assert "stuck" in [action for action, _ in await office.history(filed.case.code)]


async def test_an_agency_that_hangs_keeps_no_other_waiting(office: PostOffice, system: Receiver) -> None:
    """P8: 1,000 rows of an agency whose system hangs, one of another one's."""
    async with receiver() as hanging:
        hanging.hangs = True
        other = "so_cong_thuong"
        office.reaches = {
            LEAD: Reach(webhook=HOOK.format(port=hanging.port), secrets=(SECRET,)),
            other: Reach(webhook=HOOK.format(port=system.port), secrets=(SECRET,)),
        }
        filed = await office.file()
        row = (await office.ways(filed.case.code))[LEAD, "webhook"]
        await many_more(office, row.id, 1000)
        worker, stop = office.worker(), asyncio.Event()
        running = asyncio.create_task(worker.run_forever(stop))
        try:
            await until(lambda: len(hanging.requests) == ledger.PER_TARGET)
            second = await office.file(topic="counterfeit_goods")
            assert (other, "webhook") in await office.ways(second.case.code)
            worker._rounds.wake()
            await until(lambda: len(system.requests) >= 1)
            assert len(hanging.requests) == ledger.PER_TARGET
        finally:
            hanging.hangs = False
            stop.set()
            worker._rounds.wake()
            await running
            await worker.close()


async def until(said: Any) -> None:
    while not said():  # noqa: ASYNC110 - what is waited for happens in a server
        await asyncio.sleep(0.01)


async def many_more(office: PostOffice, way_id: int, count: int) -> None:
    """Rows like it, due before everything else."""
    statement = text(
        "INSERT INTO handoff_ways (handoff_id, way, target, key, created_at, due_at) "
        "SELECT handoff_id, way, target, key || n, created_at, due_at - interval '1 hour' "
        "FROM handoff_ways, generate_series(1, :count) n WHERE id = :id"
    )
    async with office.transaction() as uow:
        await uow.execute(statement, {"id": way_id, "count": count})


# --- what is not sent any more ------------------------------------------------------------------------------


async def test_what_is_withdrawn_passed_on_or_without_address_is_not_sent(office: PostOffice) -> None:
    office.reaches = {LEAD: Reach(email="syt@tinh.example.vn")}
    ended, passed, moved = [await office.file() for _ in range(3)]
    officer = await office.officer(LEAD)
    await office.act(officer, ended.case.code, "resolve", "Đã xong")
    await office.act(officer, passed.case.code, "transfer", "cong_an_tinh: không thuộc thẩm quyền")
    await office.run()
    states = [(await office.ways(each.case.code))[LEAD, "email"] for each in (ended, passed, moved)]
    assert [(row.state, row.reason) for row in states[:2]] == [
        ("stopped", ways.ENDED),
        ("stopped", ways.PASSED_ON),
    ]
    assert states[2].reason == "no mail server is set up (SMTP_URL, NTD_HANDOFF_FROM)"
    office.reaches = {}
    office.move(hours=1)
    await office.run()
    row = (await office.ways(moved.case.code))[LEAD, "email"]
    assert (row.state, row.reason) == ("stopped", ways.NO_ADDRESS)


async def test_an_officer_tries_again_at_once(office: PostOffice, system: Receiver) -> None:
    office.reaches = {LEAD: Reach(webhook=HOOK.format(port=system.port), secrets=(SECRET,))}
    system.answers = [(500, {})]
    filed = await office.file()
    await office.run()
    assert await office.run() == 0
    row = (await office.ways(filed.case.code))[LEAD, "webhook"]
    await again(office, filed.case.code, row.id)
    await office.run()
    await again(office, filed.case.code, row.id)
    await office.run()
    keys = [request.headers["webhook-id"] for request in system.requests]
    assert keys[0] == keys[1] != keys[2]
    async with office.transaction() as uow:
        other = await office.file()
        other_id = (await office.complaint(other.case.code)).id
        assert not await ways.again(uow, other_id, row.id, office.clock.now())


async def again(office: PostOffice, code: str, way_id: int) -> None:
    case_id = (await office.complaint(code)).id
    async with office.transaction() as uow:
        assert await ways.again(uow, case_id, way_id, office.clock.now())


async def test_a_case_that_cannot_be_read_is_a_failure_and_not_the_end_of_the_worker(
    office: PostOffice, system: Receiver
) -> None:
    from bot.storage.tables import complaints

    office.reaches = {LEAD: Reach(webhook=HOOK.format(port=system.port), secrets=(SECRET,))}
    broken, whole = await office.file(), await office.file()
    async with office.transaction() as uow:
        where = complaints.c.code == broken.case.code
        await uow.execute(update(complaints).where(where).values(slots_sealed=b"nothing"))
    await office.run()
    assert (await office.ways(whole.case.code))[LEAD, "webhook"].state == "sent"
    row = (await office.ways(broken.case.code))[LEAD, "webhook"]
    assert (row.state, row.reason) == ("queued", "the case cannot be decrypted (NTD_KEYS)")


async def test_the_next_lead_is_told_on_its_own_ways(office: PostOffice, system: Receiver) -> None:
    police = "cong_an_tinh"
    office.reaches = {police: Reach(webhook=HOOK.format(port=system.port), secrets=(SECRET,))}
    filed = await office.file()
    await office.act(
        await office.officer(LEAD), filed.case.code, "transfer", f"{police}: có dấu hiệu tội phạm"
    )
    await office.run()
    assert (await office.ways(filed.case.code))[police, "webhook"].state == "sent"


async def test_whatever_becomes_of_each_way_is_what_its_own_row_says(
    office: PostOffice, box: Mailbox, system: Receiver
) -> None:
    """P9, over many cases: every way of every agency goes right or wrong by lot, in any mixture."""
    lot = random.Random(20261122)
    agencies = (LEAD, "so_cong_thuong", "cong_an_tinh", "so_khcn", "so_nnmt", "ubnd_xa")
    office.set(smtp_url=f"smtp://127.0.0.1:{box.port}", handoff_from="ntd@tinh.example.vn")
    wrong = {agency: lot.random() < 0.5 for agency in agencies}
    system.status = lambda path: 500 if wrong[path.strip("/")] else 204
    mailed = {agency: lot.random() < 0.7 for agency in agencies}
    office.reaches = {
        agency: Reach(
            email=f"{agency}@tinh.example.vn" if mailed[agency] else None,
            webhook=f"http://127.0.0.1:{system.port}/{agency}",
            secrets=(SECRET,),
        )
        for agency in agencies
    }
    topics = ("medicine", "counterfeit_goods", "food_produce")
    codes = [(await office.file(topic=topic, commune="05443")).case.code for topic in topics]
    await office.run()
    seen = 0
    for code in codes:
        for (agency, way), row in (await office.ways(code)).items():
            fails = way == "webhook" and wrong[agency]
            assert (row.state, row.failures) == (("queued", 1) if fails else ("sent", 0)), (agency, way)
            seen += 1
    assert seen > 2 * len(codes)
    assert set(wrong.values()) == {True, False}
