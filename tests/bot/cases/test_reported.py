"""How often a number was reported: others only, two at least, never the number that somebody left."""

from __future__ import annotations

from typing import Any

from bot.cases.reported import counts, numbers_in
from tests.bot.cases.desk import Desk

SCAMMER = "0900000019"


async def asked(desk: Desk, number: str = SCAMMER, asker: int = 0) -> dict[str, int]:
    async with desk.transaction() as uow:
        return await counts(uow, desk.vault, [number], asker=asker)


async def reports(desk: Desk, name: str, slots: dict[str, str], **more: Any) -> int:
    contact = await desk.contact(name)
    story = {"what_happened": "Người lạ gọi điện đòi tiền", "contact_phone": "0900000001"}
    await desk.file(contact_id=contact, topic="bank_fraud", slots=story | slots, **more)
    return contact


async def test_of_one_report_nobody_is_told(desk: Desk) -> None:
    await reports(desk, "a", {"phone": SCAMMER})
    assert await asked(desk) == {}


async def test_two_others_are_counted_and_the_asker_is_not(desk: Desk) -> None:
    first = await reports(desk, "a", {"phone": SCAMMER})
    await reports(desk, "b", {"what_happened": "Số 0900 000 019 gọi đòi tiền điện"})
    assert await asked(desk) == {SCAMMER: 2}
    assert await asked(desk, asker=first) == {}


async def test_one_consumer_counts_once(desk: Desk) -> None:
    contact = await reports(desk, "a", {"phone": SCAMMER})
    await desk.file(contact_id=contact, topic="bank_fraud", slots={"phone": SCAMMER})
    assert await asked(desk) == {}


async def test_the_number_that_somebody_left_is_nobodys_accusation(desk: Desk) -> None:
    for name in ("a", "b", "c"):
        await reports(desk, name, {"contact_phone": SCAMMER})
    assert await asked(desk) == {}


async def test_whoever_names_their_own_number_accuses_nobody(desk: Desk) -> None:
    await reports(desk, "a", {"phone": SCAMMER, "contact_phone": SCAMMER})
    await reports(desk, "b", {"phone": SCAMMER, "contact_phone": SCAMMER})
    assert await asked(desk) == {}


async def test_complaints_without_an_account_count_by_the_telephone_left(desk: Desk) -> None:
    for left in ("0900000002", "0900000002", "0900000003"):
        slots = {"phone": SCAMMER, "contact_phone": left}
        await desk.file(source="phone", topic="bank_fraud", slots=slots)
    assert await asked(desk) == {SCAMMER: 2}


async def test_a_wish_to_speak_to_an_officer_is_no_report(desk: Desk) -> None:
    await reports(desk, "a", {"phone": SCAMMER}, kind="request")
    await reports(desk, "b", {"phone": SCAMMER})
    assert await asked(desk) == {}


async def test_accounts_are_counted_by_all_their_digits(desk: Desk) -> None:
    await reports(desk, "a", {"bank_account": "1012345678"})
    await reports(desk, "b", {"bank_account": "1012345678"})
    assert await asked(desk, "1012345678") == {"1012345678": 2}
    assert await asked(desk, "101234567") == {}


def test_numbers_of_a_text() -> None:
    assert numbers_in("gọi 0900.000 019, stk 10-1234-5678, 5 triệu") == {"0900000019", "1012345678"}
