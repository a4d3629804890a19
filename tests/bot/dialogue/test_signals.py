"""What people do to the account itself: nothing more is sent to who left, and who withdrew is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.app import LIMITS
from bot.cases.evidence import EvidenceStore
from bot.delivery import ledger, transcript
from bot.delivery.dispatch import Dispatcher
from bot.delivery.ports import Inbound, Notice, Outgoing, Signal
from bot.delivery.transcript import Line
from bot.dialogue import contacts as people
from bot.dialogue.signals import heed
from bot.storage.database import Database
from bot.storage.tables import contacts, deliveries, evidence, fetches, messages, subscriptions, talks
from tests.bot.cases.desk import Desk
from tests.bot.delivery.people import Recorder

CHANNEL = "zalo"


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    database = Database(database_url, pool_size=4)
    yield Desk(database)
    await database.close()


async def signals(desk: Desk, signal: Signal, address: str = "khach", channel: str = CHANNEL) -> None:
    notice = Notice(channel=channel, event_id="1", address=address, signal=signal)
    async with desk.transaction() as uow:
        await heed(uow, desk.vault, notice, desk.clock.now())


async def says(desk: Desk, contact: int, *texts: str, kind: ledger.Kind = "answer", **more: Any) -> None:
    async with desk.transaction() as uow:
        for text in texts:
            await ledger.to_contact(
                uow,
                desk.vault,
                contact_id=contact,
                channel=CHANNEL,
                kind=kind,
                message=Outgoing(text),
                limits=LIMITS[CHANNEL],
                now=desk.clock.now(),
                **more,
            )


async def subscribes(desk: Desk, contact: int) -> None:
    async with desk.transaction() as uow:
        await uow.execute(insert(subscriptions), {"contact_id": contact, "since": desk.clock.now()})


async def rows(desk: Desk, table: Any, contact: int) -> list[Any]:
    return await desk.rows(select(table).where(table.c.contact_id == contact))


async def stopped(desk: Desk, contact: int) -> bool:
    [row] = await desk.rows(select(contacts).where(contacts.c.id == contact))
    return bool(row.stopped)


async def test_who_left_gets_nothing_more_and_no_news(desk: Desk) -> None:
    contact = await desk.contact(channel=CHANNEL)
    other = await desk.contact("other", channel=CHANNEL)
    for each in (contact, other):
        await subscribes(desk, each)
        await says(desk, each, "one", "two")
    async with desk.transaction() as uow:
        await uow.execute(update(deliveries).values(held=True).where(deliveries.c.id == 1))
    await signals(desk, Signal.LEFT)
    sender = Recorder()
    await Dispatcher(desk.database, desk.vault, desk.clock, {CHANNEL: sender}).run_due()
    assert sender.tries == ["one", "two"]
    assert {address for address, _ in sender.sent} == {"other"}
    assert [(row.state, row.reason) for row in await rows(desk, deliveries, contact)] == [
        ("stopped", "the person left")
    ] * 2
    assert await rows(desk, subscriptions, contact) == []
    assert len(await rows(desk, subscriptions, other)) == 1
    assert (await stopped(desk, contact), await stopped(desk, other)) == (True, False)


async def test_an_agency_reaches_nobody_who_left(desk: Desk) -> None:
    contact = await desk.contact(channel=CHANNEL)
    filed = await desk.file(contact_id=contact)
    officer = await desk.officer("so_y_te")
    await signals(desk, Signal.LEFT)
    done = await desk.act(officer, filed.case.code, "answer", "Chúng tôi đã kiểm tra nhà thuốc.")
    assert done.told == 0


async def test_who_returns_gets_answers_again_but_no_news(desk: Desk) -> None:
    contact = await desk.contact(channel=CHANNEL)
    await subscribes(desk, contact)
    await signals(desk, Signal.LEFT)
    await signals(desk, Signal.RETURNED)
    assert not await stopped(desk, contact)
    assert await rows(desk, subscriptions, contact) == []


async def test_who_writes_again_has_come_back_too(desk: Desk) -> None:
    contact = await desk.contact(channel=CHANNEL)
    await signals(desk, Signal.LEFT)
    inbound = Inbound(channel=CHANNEL, event_id="2", address="khach", at=desk.clock.now(), text="alo")
    async with desk.transaction() as uow:
        met = await people.meet(uow, desk.vault, inbound, desk.clock.now())
    assert met.id == contact
    assert not await stopped(desk, contact)


async def test_withdrawing_deletes_what_delete_my_data_deletes(desk: Desk, tmp_path: Any) -> None:
    contact = await desk.contact(channel=CHANNEL)
    filed = await desk.file(contact_id=contact)
    now = desk.clock.now()
    await subscribes(desk, contact)
    await says(desk, contact, "waits")
    async with desk.transaction() as uow:
        for complaint in (None, (await desk.complaint(filed.case.code)).id):
            await transcript.add(
                uow,
                desk.vault,
                contact_id=contact,
                author="consumer",
                line=Line("toi mua phai thuoc gia"),
                at=now,
                complaint_id=complaint,
            )
        awaited = await EvidenceStore(tmp_path, desk.vault).expect(uow, contact_id=contact, now=now)
        row = {"evidence_id": awaited, "channel": CHANNEL, "contact_id": contact, "reference_sealed": b""}
        await uow.execute(insert(fetches), row | {"due_at": now})
        talk = {"contact_id": contact, "talk_sealed": b"x", "updated_at": now, "expires_at": now}
        await uow.execute(insert(talks), talk)
    await signals(desk, Signal.WITHDREW)
    for table in (talks, subscriptions, evidence, fetches):
        assert await rows(desk, table, contact) == [], table.name
    assert [row.complaint_id for row in await rows(desk, messages, contact)] == [1]
    assert await rows(desk, deliveries, contact) == []
    assert (await desk.complaint(filed.case.code)).state == "open"


@pytest.mark.parametrize("signal", Signal)
async def test_of_a_stranger_nothing_is_kept(desk: Desk, signal: Signal) -> None:
    known = await desk.contact(channel=CHANNEL)
    await signals(desk, signal, address="stranger")
    await signals(desk, signal, channel="telegram")
    assert len(await desk.rows(select(contacts))) == 1
    assert not await stopped(desk, known)


async def test_leaving_in_the_middle_of_a_send_is_not_undone(desk: Desk) -> None:
    contact = await desk.contact(channel=CHANNEL)
    await says(desk, contact, "one", "two")

    class Leaving(Recorder):
        async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:
            await signals(desk, Signal.LEFT)
            return await super().send(address, message, delivery_id)

    sender = Leaving()
    await Dispatcher(desk.database, desk.vault, desk.clock, {CHANNEL: sender}).run_contact(contact)
    assert sender.tries == ["one"]
    assert {row.state for row in await rows(desk, deliveries, contact)} == {"stopped"}


async def test_a_message_and_a_signal_at_the_same_time_do_not_block_each_other(desk: Desk) -> None:
    contact = await desk.contact(channel=CHANNEL)
    await says(desk, contact, "one")

    async def writes() -> None:
        inbound = Inbound(channel=CHANNEL, event_id="2", address="khach", at=desk.clock.now(), text="alo")
        async with desk.transaction() as uow:
            await people.meet(uow, desk.vault, inbound, desk.clock.now())

    async with asyncio.timeout(20):
        await asyncio.gather(*(signals(desk, Signal.LEFT) for _ in range(3)), *(writes() for _ in range(3)))
    assert {row.state for row in await rows(desk, deliveries, contact)} == {"stopped"}
