from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from bot.cases.access import access_case, access_evidence
from bot.officers.accounts import Officer
from bot.storage.tables import evidence, handoffs
from tests.bot.cases.desk import CATALOG, Desk

FAKE = frozenset({"fake"})
COMMUNE, OTHER = (commune.code for commune in CATALOG.provinces["thai-nguyen"].communes[:2])


async def reaches(desk: Desk, officer: Officer, code: str) -> bool:
    async with desk.database.begin() as uow:
        return await access_case(uow, officer, code) is not None


async def test_an_officer_reaches_what_was_handed_to_the_agency_and_nothing_else(desk: Desk) -> None:
    code = (await desk.file(conditions=FAKE, commune=COMMUNE)).case.code
    inside = [
        await desk.officer("so_y_te"),
        await desk.officer("cong_an_tinh"),
        await desk.officer("so_cong_thuong"),
        await desk.officer("so_cong_thuong", "qltt", unit="chi_cuc_qltt"),
        await desk.officer("ubnd_xa", "xa", commune=COMMUNE),
    ]
    outside = [
        await desk.officer("so_khcn"),
        await desk.officer("so_y_te", province="hung-yen"),
        await desk.officer("so_y_te", "unit", unit="chi_cuc_qltt"),
        await desk.officer("ubnd_xa", "xa.khac", commune=OTHER),
        await desk.officer("ubnd_xa", "xa.nao"),
        Officer(id=99, login="admin", name="admin", role="admin"),
        Officer(id=98, login="nua", name="nua", role="officer", province="thai-nguyen"),
    ]
    assert [await reaches(desk, officer, code) for officer in inside] == [True] * len(inside)
    assert [await reaches(desk, officer, code) for officer in outside] == [False] * len(outside)
    assert not await reaches(desk, inside[0], "TN-26-999999")


async def test_a_unit_sees_its_own_and_not_the_department_s(desk: Desk) -> None:
    whole = (await desk.file(topic="warranty_return")).case.code
    unit = await desk.officer("so_cong_thuong", unit="chi_cuc_qltt")
    assert not await reaches(desk, unit, whole)


@pytest.mark.parametrize("state", ["returned", "transferred"])
async def test_who_passed_a_case_on_still_reads_it(desk: Desk, state: str) -> None:
    code = (await desk.file()).case.code
    officer = await desk.officer("so_y_te")
    async with desk.transaction() as uow:
        await uow.execute(update(handoffs).where(handoffs.c.agency == "so_y_te").values(state=state))
        held = await access_case(uow, officer, code)
    assert held is not None
    assert not held.leads


async def test_the_hand_off_that_counts_is_the_active_one(desk: Desk) -> None:
    code = (await desk.file()).case.code
    officer = await desk.officer("so_y_te")
    case_id = (await desk.complaint(code)).id
    now = desk.clock.now()
    async with desk.transaction() as uow:
        await uow.execute(update(handoffs).where(handoffs.c.agency == "so_y_te").values(state="returned"))
        row = {
            "complaint_id": case_id, "province": "thai-nguyen", "agency": "so_y_te", "lead": False,
            "clauses": [], "basis": "field", "state": "new", "created_at": now, "updated_at": now,
        }  # fmt: skip
        await uow.execute(insert(handoffs), row)
        held = await access_case(uow, officer, code)
    assert held is not None
    assert held.handoff.state == "new"


async def test_evidence_is_reached_through_its_own_case_only(desk: Desk) -> None:
    code, other = (await desk.file()).case.code, (await desk.file()).case.code
    officer, stranger = await desk.officer("so_y_te"), await desk.officer("so_khcn")
    case_id = (await desk.complaint(code)).id
    async with desk.transaction() as uow:
        row = {
            "id": "a" * 32, "complaint_id": case_id, "content_type": "image/png", "size": 1, "sha256": b"",
            "at": desk.clock.now(),
        }  # fmt: skip
        await uow.execute(insert(evidence), row)
        assert await access_evidence(uow, officer, code, "a" * 32)
        assert not await access_evidence(uow, officer, other, "a" * 32)
        assert not await access_evidence(uow, officer, code, "b" * 32)
        assert not await access_evidence(uow, stranger, code, "a" * 32)
