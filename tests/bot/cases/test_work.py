from __future__ import annotations

import asyncio
import random
from typing import get_args

import pytest
from sqlalchemy import delete

from bot.cases import work
from bot.cases.access import access_case
from bot.cases.parties import Target
from bot.cases.work import CaseUnknownError, Do, WorkRefusedError
from bot.officers.accounts import Officer
from bot.storage.tables import complaints
from tests.bot.cases.desk import CATALOG, PROVINCE, Desk

FAKE = frozenset({"fake"})
COMMUNE = CATALOG.provinces[PROVINCE].communes[0].code


async def refusal(desk: Desk, officer: Officer, code: str, do: Do, text: str = "x", **more: object) -> str:
    with pytest.raises(WorkRefusedError) as refused:
        await desk.act(officer, code, do, text, **more)
    assert CATALOG.say("vi", refused.value.key, **refused.value.values)
    return refused.value.key


async def states(desk: Desk, code: str) -> dict[str, str]:
    return {part.agency: part.state for part in await desk.parts(code)}


async def test_accepting_tells_the_consumer_once(desk: Desk) -> None:
    contact = await desk.contact()
    code = (await desk.file(contact_id=contact)).case.code
    officer, colleague = await desk.officer("so_y_te"), await desk.officer("so_y_te", "dong.nghiep")
    assert (await desk.act(officer, code, "accept")).told == 1
    assert (await desk.complaint(code)).state == "accepted"
    assert await refusal(desk, officer, code, "accept") == "console.accepted_already"
    assert (await desk.act(colleague, code, "accept")).told is None, "a colleague takes over silently"
    lead = (await desk.parts(code))[0]
    assert (lead.state, lead.officer_id) == ("accepted", colleague.id)
    assert [told.text for told in await desk.told(contact)] == [
        f"Sở Y tế tỉnh Thái Nguyên đã tiếp nhận phản ánh {code}."
    ]


async def test_asking_reaches_every_account_that_follows_in_its_language(desk: Desk) -> None:
    contact = await desk.contact()
    filed = await desk.file(contact_id=contact)
    code = filed.case.code
    other = await desk.contact("visitor", channel="telegram", language="en")
    async with desk.transaction() as uow:
        from bot.cases.book import ContactCases

        book = ContactCases(uow, desk.registry, contact_id=other, language="en", now=desk.clock.now())
        assert await book.open(code, filed.secret)
    officer = await desk.officer("so_y_te")
    assert (await desk.act(officer, code, "ask", "Số lô trên vỉ thuốc?")).told == 2
    vietnamese, english = (await desk.told(contact))[-1], (await desk.told(other))[-1]
    assert "Số lô trên vỉ thuốc?" in vietnamese.text
    assert "Thái Nguyên Department of Health" in english.text
    assert vietnamese.sender == "Sở Y tế tỉnh Thái Nguyên"
    assert (await desk.complaint(code)).state == "asked"
    assert (await desk.details(code)).answer == "Số lô trên vỉ thuốc?"
    assert [action for action, _ in await desk.history(code)] == ["filed", "accepted", "asked"]


async def test_an_answer_does_not_take_back_an_open_question(desk: Desk) -> None:
    code = (await desk.file()).case.code
    officer = await desk.officer("so_y_te")
    await desk.act(officer, code, "ask", "Số lô?")
    assert (await desk.act(officer, code, "answer", "Chúng tôi đang kiểm tra.")).told == 0
    assert (await desk.complaint(code)).state == "asked"


@pytest.mark.parametrize("outcome", work.OUTCOMES)
async def test_resolving_asks_whether_it_helped(desk: Desk, outcome: str) -> None:
    contact = await desk.contact()
    code = (await desk.file(contact_id=contact, conditions=FAKE)).case.code
    officer = await desk.officer("so_y_te")
    await desk.act(officer, code, "resolve", "Đã thu hồi lô thuốc.", outcome=outcome)
    row = await desk.complaint(code)
    assert (row.state, row.outcome, row.resolved_at is not None) == ("resolved", outcome, True)
    last = (await desk.told(contact))[-1]
    assert [choice.payload for choice in last.choices] == [f"helped:{code}:yes", f"helped:{code}:no"]
    assert CATALOG.say("vi", f"cases.outcome_{outcome}") in last.text
    assert (await states(desk, code))["cong_an_tinh"] == "new", "another agency's part is its own"
    assert await refusal(desk, officer, code, "ask") == "console.ended"
    assert (await desk.act(officer, code, "answer", "Nói thêm một điều.")).told == 1


async def test_an_outcome_is_needed(desk: Desk) -> None:
    code = (await desk.file()).case.code
    officer = await desk.officer("so_y_te")
    assert await refusal(desk, officer, code, "resolve", outcome="") == "console.outcome_missing"
    assert (await desk.complaint(code)).state == "open", "nothing of it was kept"


async def test_a_transfer_makes_one_new_lead_and_says_why(desk: Desk) -> None:
    contact = await desk.contact()
    code = (await desk.file(contact_id=contact)).case.code
    officer, receiver = await desk.officer("so_y_te"), await desk.officer("so_khcn")
    await desk.act(officer, code, "accept")
    await desk.act(officer, code, "transfer", "Đây là việc đo lường.", target=Target(PROVINCE, "so_khcn"))
    former, current = [part for part in await desk.parts(code) if part.lead]
    assert (former.agency, former.state) == ("so_y_te", "transferred")
    assert desk.vault.open(former.reason_sealed, str) == "Đây là việc đo lường."
    assert (current.agency, current.state, current.lead) == ("so_khcn", "new", True)
    assert current.clauses, "the plan's clauses for the receiving agency's field"
    assert (await desk.complaint(code)).state == "open"
    assert "Đây là việc đo lường." in (await desk.told(contact))[-1].text
    assert (await desk.notices())[-1] == f"{PROVINCE}/so_khcn"
    assert await refusal(desk, officer, code, "answer") == "console.passed_on"
    assert (await desk.act(receiver, code, "accept")).told == 1


async def test_a_coordinating_agency_becomes_lead_without_a_second_hand_off(desk: Desk) -> None:
    code = (await desk.file(conditions=FAKE)).case.code
    officer, police = await desk.officer("so_y_te"), await desk.officer("cong_an_tinh")
    await desk.act(police, code, "accept")
    await desk.act(officer, code, "transfer", "Có dấu hiệu hình sự.", target=Target(PROVINCE, "cong_an_tinh"))
    parts = [part for part in await desk.parts(code) if part.agency == "cong_an_tinh"]
    assert [(part.lead, part.state, part.officer_id) for part in parts] == [(True, "new", None)]
    await desk.act(police, code, "ask", "Chị còn giữ vỉ thuốc không?")


async def test_a_transfer_to_a_commune_and_to_another_province(desk: Desk) -> None:
    code = (await desk.file(topic="warranty_return")).case.code
    officer = await desk.officer("so_cong_thuong")
    await desk.act(officer, code, "transfer", "Xã gần dân.", target=Target(PROVINCE, "ubnd_xa", COMMUNE))
    commune = await desk.officer("ubnd_xa", "xa", commune=COMMUNE)
    away = Target("hung-yen", "so_cong_thuong")
    await desk.act(commune, code, "transfer", "Người dân ở Hưng Yên.", target=away)
    lead = [part for part in await desk.parts(code) if part.lead and part.state == "new"]
    assert [(part.province, part.agency) for part in lead] == [("hung-yen", "so_cong_thuong")]


async def test_returning_goes_to_the_focal_agency_which_cannot_return_it(desk: Desk) -> None:
    code = (await desk.file()).case.code
    officer, focal = await desk.officer("so_y_te"), await desk.officer("so_cong_thuong")
    await desk.act(officer, code, "return", "Không phải thuốc.")
    assert (await states(desk, code))["so_y_te"] == "returned"
    assert await refusal(desk, focal, code, "return") == "console.focal_itself"
    assert [action for action, _ in await desk.history(code)][-1] == "returned"


async def test_a_unit_of_the_focal_agency_returns_to_the_agency(desk: Desk) -> None:
    code = (await desk.file(topic="counterfeit_goods")).case.code
    unit = await desk.officer("so_cong_thuong", unit="chi_cuc_qltt")
    await desk.act(unit, code, "return", "Không phải hàng giả.")
    active = [part for part in await desk.parts(code) if part.lead and part.state == "new"]
    assert [(part.agency, part.unit) for part in active] == [("so_cong_thuong", None)]


async def test_where_nobody_reads_the_focal_agency_takes_part(desk: Desk) -> None:
    officer, focal = await desk.officer("so_y_te"), await desk.officer("so_cong_thuong")
    code = (await desk.file()).case.code
    await desk.act(officer, code, "transfer", "Việc của Sở KH&CN.", target=Target(PROVINCE, "so_khcn"))
    async with desk.database.begin() as uow:
        held = await access_case(uow, focal, code)
    assert held is not None
    assert not held.leads


async def test_a_complaint_never_goes_to_whom_it_is_about(desk: Desk) -> None:
    slots = {"what_happened": "Sở Công Thương không trả lời đơn của tôi ba tháng nay"}
    code = (await desk.file(topic="agency_conduct", province="hung-yen", slots=slots)).case.code
    lead = (await desk.parts(code))[0]
    assert lead.agency != "so_cong_thuong"
    officer = await desk.officer(lead.agency, province="hung-yen")
    assert await refusal(desk, officer, code, "return") == "console.target_accused"
    target = Target("hung-yen", "so_cong_thuong")
    assert await refusal(desk, officer, code, "transfer", target=target) == "console.target_accused"
    assert (await desk.parts(code))[0].state == "new"


@pytest.mark.parametrize(
    ("target", "key"),
    [
        (Target(PROVINCE, "so_bia_dat"), "console.target_unknown"),
        (Target("ha-noi", "so_y_te"), "console.target_unknown"),
        (Target(PROVINCE, "so_khcn", "phong_ao"), "console.target_unknown"),
        (Target(PROVINCE, "ubnd_xa"), "console.target_unknown"),
        (Target("hung-yen", "ubnd_xa", COMMUNE), "console.target_unknown"),
        (Target(PROVINCE, "so_y_te"), "console.target_same"),
    ],
)
async def test_where_a_case_cannot_go(desk: Desk, target: Target, key: str) -> None:
    code = (await desk.file()).case.code
    assert await refusal(desk, await desk.officer("so_y_te"), code, "transfer", target=target) == key


async def test_a_script_names_the_target_in_its_text(desk: Desk) -> None:
    code = (await desk.file()).case.code
    await desk.act(await desk.officer("so_y_te"), code, "transfer", "cong_an_tinh: có dấu hiệu lừa đảo")
    assert (await states(desk, code))["cong_an_tinh"] == "new"


async def test_coordinating_agencies_do_their_own_part_only(desk: Desk) -> None:
    contact = await desk.contact()
    code = (await desk.file(contact_id=contact, conditions=FAKE)).case.code
    police = await desk.officer("cong_an_tinh")
    for do in ("ask", "answer", "resolve", "transfer", "return"):
        assert await refusal(desk, police, code, do) == "console.lead_only"
    assert (await desk.act(police, code, "accept")).told is None
    await desk.act(police, code, "note", "Đã xác minh chủ cửa hàng.")
    await desk.act(police, code, "done")
    assert (await states(desk, code))["cong_an_tinh"] == "done"
    assert (await states(desk, code))["so_y_te"] == "new"
    assert (await desk.complaint(code)).state == "open"
    assert await desk.told(contact) == []
    assert await refusal(desk, police, code, "done") == "console.done_already"


async def test_text_is_needed_and_has_an_end(desk: Desk) -> None:
    code = (await desk.file()).case.code
    officer = await desk.officer("so_y_te")
    for do in ("note", "ask", "answer", "return", "transfer", "resolve"):
        assert await refusal(desk, officer, code, do, "  ") == "console.text_missing"
    assert await refusal(desk, officer, code, "note", "x" * (work.LONGEST_TEXT + 1)) == "console.text_long"


async def test_another_agency_s_case_does_not_exist(desk: Desk) -> None:
    code = (await desk.file()).case.code
    stranger = await desk.officer("so_khcn")
    for do in get_args(Do):
        with pytest.raises(CaseUnknownError):
            await desk.act(stranger, code, do, "x")
    assert [action for action, _ in await desk.history(code)] == ["filed"]


async def test_a_stale_page_does_nothing_and_coordination_makes_no_page_stale(desk: Desk) -> None:
    code = (await desk.file(conditions=FAKE)).case.code
    officer, colleague = await desk.officer("so_y_te"), await desk.officer("so_y_te", "dong.nghiep")
    police = await desk.officer("cong_an_tinh")
    async with desk.database.begin() as uow:
        held = await access_case(uow, officer, code)
        assert held
        version = await work.version_of(uow, held)
    await desk.act(police, code, "accept")
    await desk.act(colleague, code, "note", "Đã gọi điện.")
    await desk.act(officer, code, "accept", version=version)
    assert await refusal(desk, colleague, code, "answer", version=version) == "console.stale"


async def test_two_officers_at_once_answer_once(desk: Desk) -> None:
    contact = await desk.contact()
    code = (await desk.file(contact_id=contact)).case.code
    both = [await desk.officer("so_y_te", login) for login in ("mot.nguoi", "hai.nguoi")]
    async with desk.database.begin() as uow:
        held = await access_case(uow, both[0], code)
        assert held
        version = await work.version_of(uow, held)

    async def answer(officer: Officer) -> str:
        try:
            await desk.act(officer, code, "answer", f"của {officer.login}", version=version)
        except WorkRefusedError as error:
            return error.key
        return "answered"

    assert sorted(await asyncio.gather(*map(answer, both))) == ["answered", "console.stale"]
    assert len(await desk.told(contact)) == 1


async def test_personal_words_of_an_action_are_encrypted_at_rest(desk: Desk) -> None:
    contact = await desk.contact()
    code = (await desk.file(contact_id=contact)).case.code
    officer = await desk.officer("so_y_te")
    await desk.act(officer, code, "note", "bimatmot")
    await desk.act(officer, code, "answer", "bimathai")
    await desk.act(officer, code, "return", "bimatba")
    async with desk.database.begin() as uow:
        for table in ("complaints", "handoffs", "history", "messages", "deliveries"):
            rows = (await uow.execute(complaints.select().with_only_columns(complaints.c.id))).all()
            assert rows
            from sqlalchemy import text

            dump = (await uow.execute(text(f"SELECT t::text AS row FROM {table} t"))).scalars().all()
            assert dump
            assert not any("bimat" in row for row in dump), table


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_officers_do_there_is_one_lead_and_each_agency_its_own_state(
    desk: Desk, seed: int
) -> None:
    """P9: a walk over all actions by officers of six agencies."""
    chance = random.Random(seed)
    code = (await desk.file(conditions=FAKE, contact_id=await desk.contact())).case.code
    ids = ("so_y_te", "cong_an_tinh", "so_cong_thuong", "so_khcn", "so_vhttdl", "so_nnmt")
    people = {agency: await desk.officer(agency) for agency in ids}
    done = 0
    for _ in range(100):
        agency = chance.choice(ids)
        do = chance.choice(["accept", "note", "ask", "answer", "return", "transfer", "transfer", "done"])
        before = await desk.parts(code)
        target = Target(PROVINCE, chance.choice(ids))
        try:
            await desk.act(people[agency], code, do, "lý do", target=target)  # type: ignore[arg-type]
            done += 1
        except (WorkRefusedError, CaseUnknownError):
            pass
        after = {part.id: part for part in await desk.parts(code)}
        leads = [
            part for part in after.values() if part.lead and part.state not in ("returned", "transferred")
        ]
        assert len(leads) == 1
        for part in before:
            if part.agency not in (agency, leads[0].agency):
                assert after[part.id].state == part.state, "somebody else changed this agency's part"
    assert done >= 10


async def test_a_deleted_case_is_unknown(desk: Desk) -> None:
    code = (await desk.file()).case.code
    officer = await desk.officer("so_y_te")
    async with desk.transaction() as uow:
        await uow.execute(delete(complaints))
    with pytest.raises(CaseUnknownError):
        await desk.act(officer, code, "accept")
