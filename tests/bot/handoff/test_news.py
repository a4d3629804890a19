"""What an agency's system hears of a case after the hand-off: signed, in order, by whom it concerns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, get_args

import jsonschema_rs
import pytest
from sqlalchemy import update
from standardwebhooks import Webhook as Judge

from bot.cases import trader_work, ways
from bot.cases.book import ContactCases
from bot.cases.directory import Reach
from bot.cases.news import AUDIENCES
from bot.cases.records import Action, record
from bot.handoff.news import EVENTS, EventType
from bot.handoff.webhook import schema
from bot.storage.tables import handoffs
from tests.bot.handoff.post_office import SECRET, PostOffice, Receiver

LEAD, BESIDE, POLICE = "so_y_te", "ubnd_xa", "cong_an_tinh"
SCHEMA = jsonschema_rs.validator_for(schema())
_OURS = {"filed", "noted", "opened", "mistaken", "stuck", "escalated", "covered"}


@pytest.fixture
def systems(office: PostOffice, system: Receiver) -> PostOffice:
    """Every agency has a system; a request's path names the agency."""
    office.reaches = {
        agency: Reach(webhook=f"http://127.0.0.1:{system.port}/{agency}", secrets=(SECRET,))
        for agency in (LEAD, BESIDE, POLICE)
    }
    return office


def heard(system: Receiver, agency: str = LEAD) -> list[dict[str, Any]]:
    """All bodies that came, whose signature holds and which fit the schema; they are forgotten then."""
    mine = [request for request in system.requests if request.path == f"/{agency}"]
    system.requests = [request for request in system.requests if request not in mine]
    told = [Judge(SECRET).verify(request.body, request.headers) for request in mine]
    for one in told:
        SCHEMA.validate(one)
    return told


def types(told: list[dict[str, Any]]) -> list[str]:
    return [one["type"] for one in told]


@asynccontextmanager
async def consumer(office: PostOffice, contact_id: int) -> AsyncIterator[ContactCases]:
    async with office.transaction() as uow:
        yield ContactCases(uow, office.registry, contact_id=contact_id, language="vi", now=office.clock.now())


async def filed(office: PostOffice, by: str = "khach", **changes: Any) -> tuple[int, str]:
    contact_id = await office.contact(by)
    code = (await office.file(contact_id=contact_id, **changes)).case.code
    await office.run()
    return contact_id, code


async def test_what_the_consumer_does_is_told_in_order_and_masked(
    systems: PostOffice, system: Receiver
) -> None:
    contact_id, code = await filed(systems)
    async with consumer(systems, contact_id) as book:
        await book.answer_officer(code, "Gọi lại tôi số 0900000003 nhé", ())
        assert await book.add_evidence(code, (), "Ảnh hóa đơn")
        assert await book.withdraw(code)
    assert await systems.run() == 3
    ids = [request.headers["webhook-id"] for request in system.requests]
    told = heard(system)
    assert types(told) == ["handoff.created", "case.replied", "case.evidence_added", "case.withdrawn"]
    assert len(set(ids)) == 4
    assert {one["data"]["code"] for one in told} == {code}
    assert told[0]["data"]["news"] is None
    reply, evidence, withdrawn = (one["data"]["news"] for one in told[1:])
    assert (reply["by"], reply["agency"]) == ("consumer", None)
    assert reply["text"].startswith("Gọi lại tôi số")
    assert "0900000003" not in reply["text"]
    assert evidence["text"] == "Ảnh hóa đơn"
    assert withdrawn["text"] is None
    assert told[3]["data"]["state"] == "withdrawn"


async def test_with_an_agreement_words_go_whole(systems: PostOffice, system: Receiver) -> None:
    contact_id, code = await filed(systems)
    systems.reaches[LEAD] = Reach(
        webhook=systems.reaches[LEAD].webhook, secrets=(SECRET,), agreement="Thỏa thuận số 1"
    )
    async with consumer(systems, contact_id) as book:
        await book.answer_officer(code, "Gọi 0900000003", ())
    await systems.run()
    assert heard(system)[1]["data"]["news"]["text"] == "Gọi 0900000003"


async def test_nothing_overtakes_the_hand_off_nor_what_was_told_before(
    systems: PostOffice, system: Receiver
) -> None:
    system.answers = [(500, {}), (204, {}), (500, {})]
    contact_id, code = await filed(systems)
    async with consumer(systems, contact_id) as book:
        await book.add_evidence(code, (), "một")
        await book.add_evidence(code, (), "hai")
    assert await systems.run() == 0
    systems.move(minutes=1)
    await systems.run()
    assert types(heard(system)) == ["handoff.created"] * 2 + ["case.evidence_added"]
    systems.move(minutes=1)
    await systems.run()
    assert [one["data"]["news"]["text"] for one in heard(system)] == ["một", "hai"]


async def test_of_a_system_that_is_away_a_person_is_told_once(systems: PostOffice, system: Receiver) -> None:
    system.status = lambda path: 503
    contact_id, code = await filed(systems)
    async with consumer(systems, contact_id) as book:
        await book.add_evidence(code, (), "một")
        await book.add_evidence(code, (), "hai")
    systems.move(hours=2)
    await systems.run()
    assert [action for action, _ in await systems.history(code)].count("stuck") == 1
    async with systems.database.begin() as uow:
        assert [one.code for one in await ways.stuck(uow)] == [code]
        ((shown,),) = (await ways.of_case(uow, (await systems.complaint(code)).id)).values()
    assert (shown.history_id, shown.failures) == (None, 2)


async def test_who_is_beside_hears_what_concerns_it_alone(systems: PostOffice, system: Receiver) -> None:
    contact_id, code = await filed(systems, commune="05443")
    lead, beside = await systems.officer(LEAD), await systems.officer(BESIDE, commune="05443")
    await systems.act(lead, code, "ask", "Mua ở đâu?")
    async with consumer(systems, contact_id) as book:
        await book.answer_officer(code, "Gần chợ", ())
        await book.add_evidence(code, (), "Ảnh")
    await systems.act(lead, code, "note", "Của riêng chúng tôi")
    await systems.act(beside, code, "accept")
    await systems.act(beside, code, "done", "Đã kiểm tra quầy thuốc")
    await systems.act(lead, code, "resolve", "Đã xử lý", outcome="partly")
    async with consumer(systems, contact_id) as book:
        await book.rate(code, True)
    await systems.run()
    beside_told, lead_told = heard(system, BESIDE), heard(system)
    assert types(beside_told) == [
        "handoff.created", "case.evidence_added", "case.accepted", "case.part_done", "case.resolved",
    ]  # fmt: skip
    assert beside_told[0]["data"]["to"]["role"] == "coordinating"
    assert types(lead_told) == [
        "handoff.created", "case.accepted", "case.asked", "case.replied", "case.evidence_added",
        "case.accepted", "case.part_done", "case.resolved", "case.rated",
    ]  # fmt: skip
    done, resolved, rated = lead_told[-3:]
    assert (done["data"]["news"]["by"], done["data"]["news"]["agency"]["id"]) == ("agency", BESIDE)
    assert (resolved["data"]["state"], resolved["data"]["outcome"]) == ("resolved", "partly")
    assert rated["data"]["news"]["helped"] is True
    assert "riêng" not in str(lead_told)


async def test_who_passes_a_case_on_hears_it_and_the_new_one_is_handed_it(
    systems: PostOffice, system: Receiver
) -> None:
    _, code = await filed(systems)
    heard(system)
    await systems.act(await systems.officer(LEAD), code, "transfer", f"{POLICE}: có dấu hiệu tội phạm")
    await systems.act(await systems.officer(POLICE), code, "accept")
    await systems.run()
    (passed,) = heard(system)
    assert (passed["type"], passed["data"]["part"]) == ("case.transferred", "transferred")
    assert passed["data"]["news"]["text"] == f"{POLICE}: có dấu hiệu tội phạm"
    assert (POLICE, "lead") in [(one["id"], one["role"]) for one in passed["data"]["others"]]
    assert types(heard(system, POLICE)) == ["handoff.created", "case.accepted"]


async def test_a_step_of_the_trader_s_leg_and_its_time_limit_are_told_the_lead(
    systems: PostOffice, system: Receiver
) -> None:
    systems.reaches["so_cong_thuong"] = systems.reaches.pop(LEAD)
    _, code = await filed(systems, topic="online_shopping")
    (handed,) = heard(system)
    officer = await systems.officer("so_cong_thuong")
    async with systems.transaction() as uow:
        await trader_work.enter(uow, systems.registry, officer, code, "forward", now=systems.clock.now())
    await systems.run()
    (told,) = heard(system)
    assert (told["type"], told["data"]["news"]["step"]) == ("case.trader_step", "forward")
    assert [one["data"]["due_article"] for one in (handed, told)] == ["57(4)", "57(5)"]


async def test_a_system_does_not_hear_its_own_words(systems: PostOffice, system: Receiver) -> None:
    """What it returned through Open311 comes without an officer's id."""
    _, code = await filed(systems, commune="05443")
    heard(system), heard(system, BESIDE)
    async with systems.transaction() as uow:
        await record(
            uow,
            systems.vault,
            complaint_id=(await systems.complaint(code)).id,
            actor="officer",
            action="resolved",
            at=systems.clock.now(),
            province="thai-nguyen",
            agency=LEAD,
        )
    await systems.run()
    assert types(heard(system)) == []
    assert types(heard(system, BESIDE)) == ["case.resolved"]


async def test_who_was_only_mailed_or_has_passed_it_on_hears_nothing(
    systems: PostOffice, system: Receiver
) -> None:
    systems.reaches = {LEAD: Reach(email="syt@tinh.example.vn")}
    contact_id, code = await filed(systems)
    systems.reaches = {LEAD: Reach(webhook=f"http://127.0.0.1:{system.port}/{LEAD}", secrets=(SECRET,))}
    gone_contact, gone = await filed(systems, "khach-2")
    heard(system)
    async with systems.transaction() as uow:
        case_id = (await systems.complaint(gone)).id
        await uow.execute(
            update(handoffs).where(handoffs.c.complaint_id == case_id).values(state="transferred")
        )
    for who, which in ((contact_id, code), (gone_contact, gone)):
        async with consumer(systems, who) as book:
            await book.add_evidence(which, (), "Ảnh")
    await systems.run()
    assert system.requests == []


def test_every_action_is_told_or_meant_to_stay_here() -> None:
    assert AUDIENCES.keys() | _OURS == set(get_args(Action))
    assert not AUDIENCES.keys() & _OURS
    assert EVENTS.keys() == AUDIENCES.keys()
    assert set(EVENTS.values()) | {"handoff.created"} == set(get_args(EventType))
