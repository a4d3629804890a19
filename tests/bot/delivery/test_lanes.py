"""Two lanes: what people are answered overtakes what goes to many, and a broadcast is never sent twice."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from sqlalchemy import TextClause, insert, text, update

from bot.clock import MovableClock
from bot.delivery import ledger
from bot.delivery.dispatch import Dispatcher
from bot.delivery.ledger import LEASE
from bot.delivery.ports import Outgoing, SendFailed
from bot.storage.tables import contacts, deliveries
from tests.bot.delivery.people import People, Recorder


def dispatcher(people: People, sender: Recorder, parallel: int = 4) -> Dispatcher:
    return Dispatcher(people.database, people.vault, people.clock, {"web": sender}, parallel=parallel)


async def claim(people: People, lane: ledger.Lane = "talk", limit: int = 20) -> list[ledger.Delivery]:
    async with people.database.begin() as uow:
        claimed = await ledger.claim(
            uow, people.vault, channels=["web"], now=people.clock.now(), limit=limit, lane=lane
        )
        await uow.commit()
    return claimed


async def test_a_reply_goes_before_every_broadcast_that_waits(people: People) -> None:
    for number in range(8):
        await people.broadcast(await people.contact(f"p{number}"), "to all")
    await people.queue(await people.contact("asks"), "reply")
    web = Recorder()
    await dispatcher(people, web, parallel=4).run_due()
    assert web.tries[0] == "reply"
    assert web.tries.count("to all") == 8


async def test_a_reply_overtakes_a_broadcast_of_the_same_chat(people: People) -> None:
    contact = await people.contact("a")
    await people.broadcast(contact, "to all")
    await people.queue(contact, "one", "two")
    assert await claim(people, "bulk") == []
    web = Recorder()
    await dispatcher(people, web).run_contact(contact)
    assert web.sent == [("a", "one"), ("a", "two")]
    await dispatcher(people, web).run_due()
    assert web.to("a") == ["one", "two", "to all"]


async def test_broadcasts_leave_half_of_the_slots(people: People) -> None:
    for number in range(20):
        await people.broadcast(await people.contact(f"p{number}"), "to all")
    under_way, most = 0, 0

    class Slow(Recorder):
        async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            for _ in range(5):
                await asyncio.sleep(0)
            under_way -= 1
            return await super().send(address, message, delivery_id)

    web = Slow()
    stop = asyncio.Event()
    worker = asyncio.create_task(dispatcher(people, web, parallel=6).run_forever(stop))
    while len(web.sent) < 20:  # noqa: ASYNC110 - what a worker does is seen from outside only
        await asyncio.sleep(0.01)
    stop.set()
    await worker
    assert most == 3


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (SendFailed("no answer in time", retry=True, uncertain=True), "uncertain"),
        (SendFailed("only after they have written", retry=False, hold=True), "refused"),
        (SendFailed("has blocked us", retry=False, stop=True), "refused"),
    ],
)
async def test_a_broadcast_in_doubt_is_not_repeated(people: People, failure: SendFailed, state: str) -> None:
    id_ = await people.broadcast(await people.contact("a"), "to all")
    web = Recorder(lambda _: failure)
    sending = dispatcher(people, web)
    for _ in range(3):
        await sending.run_due()
        assert isinstance(people.clock, MovableClock)
        people.clock.move(dt.timedelta(hours=1))
    assert web.tries == ["to all"]
    row = await people.row(id_)
    assert (row.state, row.reason) == (state, failure.reason)


async def test_a_broadcast_whose_process_died_is_listed_and_not_sent_again(people: People) -> None:
    contact, other = await people.contact("a"), await people.contact("b")
    id_ = await people.broadcast(contact, "to all")
    await people.queue(other, "reply")
    assert len(await claim(people)) == len(await claim(people, "bulk")) == 1  # and there it dies
    assert isinstance(people.clock, MovableClock)
    people.clock.move(LEASE + dt.timedelta(seconds=1))
    web = Recorder()
    await dispatcher(people, web).run_due()
    assert web.tries == ["reply"]
    row = await people.row(id_)
    assert (row.state, row.reason) == ("uncertain", "its process was cut off while it was sending")


async def test_a_refused_try_is_tried_again(people: People) -> None:
    """`retry` without doubt: the platform has not taken it."""
    await people.broadcast(await people.contact("a"), "to all")
    failures = [SendFailed("too many", retry=True, retry_after=5)]
    web = Recorder(lambda _: failures.pop() if failures else None)
    sending = dispatcher(people, web)
    await sending.run_due()
    assert isinstance(people.clock, MovableClock)
    people.clock.move(dt.timedelta(seconds=6))
    await sending.run_due()
    assert web.to("a") == ["to all"]


async def many(people: People, count: int, kind: str, body: bytes) -> None:
    """Rows of as many chats, all due, older than whatever comes after."""
    now = people.clock.now()
    async with people.database.begin() as uow:
        address = people.vault.seal("somebody")
        made = await uow.execute(
            insert(contacts).returning(contacts.c.id),
            [
                {
                    "channel": "web",
                    "address_hash": number.to_bytes(4),
                    "address_sealed": address,
                    "language": "vi",
                    "created_at": now,
                    "last_seen_at": now,
                }
                for number in range(count)
            ],
        )
        rows = [
            {
                "channel": "web",
                "contact_id": id_,
                "kind": kind,
                "body_sealed": body,
                "created_at": now,
                "due_at": now,
            }
            for id_ in made.scalars()
        ]
        await uow.execute(insert(deliveries), rows)
        await uow.commit()


async def test_hundreds_of_rows_that_cannot_be_read_delay_no_other(people: People) -> None:
    """P8: they end within the look that finds them, whatever their number."""
    await many(people, 200, "reply", b"from a lost key")
    await people.queue(await people.contact("waits"), "fine")
    assert [delivery.message.text for delivery in await claim(people, limit=4)] == ["fine"]
    async with people.database.begin() as uow:
        ended = text("SELECT count(*), min(reason) FROM deliveries WHERE state = 'failed'")
        assert tuple((await uow.execute(ended)).one()) == (200, ledger.UNREADABLE)


async def test_hundreds_of_rows_that_no_sender_takes_delay_no_other(people: People) -> None:
    """P8: each is tried once before its pause; who comes after them is not behind their repeats, but for
    those that are begun with it."""
    await many(people, 60, "reply", people.vault.seal(Outgoing("poison")))
    await people.queue(await people.contact("waits"), "fine")
    web = Recorder(lambda said: SendFailed("an error of our own", retry=True) if said == "poison" else None)
    stop = asyncio.Event()
    worker = asyncio.create_task(dispatcher(people, web, parallel=16).run_forever(stop))
    while not web.sent:  # noqa: ASYNC110 - what a worker does is seen from outside only
        await asyncio.sleep(0.01)
    stop.set()
    await worker
    assert web.tries.index("fine") < 60 + 16


async def test_what_is_new_does_not_wait_for_repeats(people: People) -> None:
    """P8: hundreds of rows that failed before, all due again and for longer than the new one."""
    await many(people, 100, "reply", people.vault.seal(Outgoing("poison")))
    async with people.database.begin() as uow:
        await uow.execute(update(deliveries).values(attempts=3))
        await uow.commit()
    await people.queue(await people.contact("waits"), "fine")
    claimed = await claim(people, limit=4)
    assert "fine" in [delivery.message.text for delivery in claimed]


@pytest.mark.long
async def test_a_hundred_thousand_broadcasts_cost_a_claim_nothing(people: People) -> None:
    """P13, as PostgreSQL itself counts it: the pages that a claim of a reply reads with 100,000 broadcasts
    in front of it, and that of eight broadcasts."""
    await many(people, 100_000, "broadcast", people.vault.seal(Outgoing("to all")))
    async with people.database.begin() as uow:
        await uow.execute(text("ANALYZE deliveries"))
        await uow.commit()
    contact = await people.contact("asks")
    await people.queue(contact, "reply")
    lanes: tuple[tuple[ledger.Lane, int | None], ...] = (("talk", None), ("talk", contact), ("bulk", None))
    for lane, contact_id in lanes:
        for statement in ledger._CLAIMS[lane]:
            pages, milliseconds = await cost(people, statement, contact_id)
            print(f"{lane}, {'one chat' if contact_id else 'any'}: {pages} pages, {milliseconds:.2f} ms")
            assert pages < 500


async def cost(people: People, claiming: TextClause, contact_id: int | None) -> tuple[int, float]:
    """Buffers and milliseconds of one claim, which is then undone."""
    now = people.clock.now()
    values = {"lease": now + LEASE, "now": now, "limit": 8, "contact_id": contact_id, "channels": ["web"]}
    async with people.database.begin() as uow:
        explained = await uow.execute(
            text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {claiming.text}"), values
        )
        plan = explained.scalar_one()[0]
    found = plan["Plan"]
    return found["Shared Hit Blocks"] + found["Shared Read Blocks"], plan["Execution Time"]


async def test_what_waits_for_the_person_is_in_no_lane(people: People) -> None:
    ids = await people.queue(await people.contact("a"), "held")
    async with people.database.begin() as uow:
        await uow.execute(update(deliveries).where(deliveries.c.id == ids[0]).values(held=True))
        await uow.commit()
    assert await claim(people) == []
