"""What a platform takes only after the person has written again waits for that, and delays nothing else."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from sqlalchemy import select, update

from bot.clock import MovableClock
from bot.delivery import ledger
from bot.delivery.dispatch import Dispatcher
from bot.delivery.ports import Outgoing, SendFailed
from bot.storage.tables import contacts, deliveries
from tests.bot.delivery.people import People, Recorder


class Windowed(Recorder):
    """Refuses those who are outside their window, as Zalo does after seven days."""

    def __init__(self) -> None:
        super().__init__()
        self.closed: set[str] = set()

    async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:
        self.tries.append(message.text)
        if address in self.closed:
            raise SendFailed("-230 no interaction within 7 days", retry=False, hold=True)
        self.sent.append((address, message.text))
        return None


def dispatcher(people: People, sender: Recorder) -> Dispatcher:
    return Dispatcher(people.database, people.vault, people.clock, {"web": sender})


def move(people: People, **by: float) -> None:
    assert isinstance(people.clock, MovableClock)
    people.clock.move(dt.timedelta(**by))


async def writes(people: People, contact: int, reply: str) -> int:
    """As the engine does it: the reply is queued, then what was held is let go, all in one transaction."""
    now = people.clock.now()
    async with people.database.begin() as uow:
        await uow.execute(update(contacts).where(contacts.c.id == contact).values(last_seen_at=now))
        await uow.commit()
    await people.queue(contact, reply)
    async with people.database.begin() as uow:
        released = await ledger.release(uow, contact, now)
        await uow.commit()
    return released


async def held(people: People) -> list[int]:
    query = select(deliveries.c.id).where(deliveries.c.held, deliveries.c.state == "queued")
    async with people.database.begin() as uow:
        return list((await uow.execute(query.order_by(deliveries.c.id))).scalars())


async def test_a_refused_answer_waits_and_is_not_tried_again_by_itself(people: People) -> None:
    contact = await people.contact("a")
    answer = await people.answer(contact, "answer")
    zalo = Windowed()
    zalo.closed = {"a"}
    sending = dispatcher(people, zalo)
    await sending.run_due()
    for _ in range(5):
        move(people, hours=20)
        await sending.run_due()
    assert zalo.tries == ["answer"]
    row = await people.row(answer)
    assert (row.state, row.held, row.leased_until) == ("queued", True, None)
    assert row.reason == "-230 no interaction within 7 days"


async def test_it_delays_nothing_of_the_same_chat(people: People) -> None:
    contact = await people.contact("a")
    await people.answer(contact, "held")
    zalo = Windowed()
    zalo.closed = {"a"}
    sending = dispatcher(people, zalo)
    await sending.run_due()
    zalo.closed.clear()
    await people.queue(contact, "one", "two")
    await sending.run_contact(contact)
    assert zalo.to("a") == ["one", "two"]
    assert len(await held(people)) == 1


async def test_what_was_held_goes_behind_the_reply_in_its_old_order(people: People) -> None:
    contact, other = await people.contact("a"), await people.contact("b")
    zalo = Windowed()
    zalo.closed = {"a", "b"}
    sending = dispatcher(people, zalo)
    for number in range(12):
        await people.answer(contact, f"{number:02d}")
    await people.answer(other, "of somebody else")
    await sending.run_due()
    assert len(await held(people)) == 13
    zalo.closed.clear()
    move(people, days=9)
    assert await writes(people, contact, "reply") == 12
    await sending.run_contact(contact)
    assert zalo.to("a") == ["reply", *(f"{number:02d}" for number in range(12))]
    assert zalo.to("b") == []


async def test_it_is_held_again_where_the_window_is_still_closed(people: People) -> None:
    contact = await people.contact("a")
    await people.answer(contact, "answer")
    zalo = Windowed()
    zalo.closed = {"a"}
    sending = dispatcher(people, zalo)
    await sending.run_due()
    move(people, hours=1)
    await writes(people, contact, "reply")
    await sending.run_contact(contact)
    assert zalo.sent == []
    assert len(await held(people)) == 2
    zalo.closed.clear()
    move(people, hours=1)
    await writes(people, contact, "second reply")
    await sending.run_contact(contact)
    assert zalo.to("a") == ["second reply", "reply", "answer"]


async def test_who_writes_while_it_is_being_refused_gets_it_at_once(people: People) -> None:
    contact = await people.contact("a")
    await people.answer(contact, "answer")

    class Slow(Windowed):
        async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:
            if not self.tries:
                self.tries.append(message.text)
                move(people, seconds=2)
                await writes(people, contact, "reply")
                raise SendFailed("-230", retry=False, hold=True)
            return await super().send(address, message, delivery_id)

    zalo = Slow()
    sending = dispatcher(people, zalo)
    await sending.run_contact(contact)
    await sending.run_due()
    assert zalo.to("a") == ["answer", "reply"]
    assert await held(people) == []


async def test_an_end_by_leaving_takes_what_was_held_along(people: People) -> None:
    contact = await people.contact("a")
    answer = await people.answer(contact, "answer")
    zalo = Windowed()
    zalo.closed = {"a"}
    await dispatcher(people, zalo).run_due()
    async with people.database.begin() as uow:
        await ledger.stop_contact(uow, contact, people.clock.now(), "the person left")
        await uow.commit()
    assert (await people.row(answer)).state == "stopped"
    assert await writes(people, contact, "reply") == 0
    await dispatcher(people, zalo).run_contact(contact)
    assert "answer" not in zalo.tries[1:]


async def test_a_notice_to_an_agency_is_never_held(people: People) -> None:
    """There is nobody whose next message could release it."""
    async with people.database.begin() as uow:
        id_ = await ledger.to_agency(
            uow,
            people.vault,
            province="hung-yen",
            agency="so_y_te",
            text="news",
            complaint_id=None,  # type: ignore[arg-type]
            now=people.clock.now(),
        )
        await uow.commit()
    console = Recorder(lambda _: SendFailed("closed", retry=False, hold=True))
    await Dispatcher(people.database, people.vault, people.clock, {"console": console}).run_due()
    row = await people.row(id_)
    assert (row.state, row.held) == ("refused", False)


async def test_two_releases_at_the_same_time_send_it_once(people: People) -> None:
    contact = await people.contact("a")
    await people.answer(contact, "answer")
    zalo = Windowed()
    zalo.closed = {"a"}
    await dispatcher(people, zalo).run_due()
    zalo.closed.clear()
    move(people, minutes=1)
    await asyncio.gather(*(writes(people, contact, f"reply {number}") for number in range(4)))
    sending = [dispatcher(people, zalo).run_contact(contact) for _ in range(3)]
    await asyncio.gather(*sending)
    assert zalo.to("a").count("answer") == 1
    assert len(zalo.sent) == 5


@pytest.mark.parametrize("attempts", [1, 29])
async def test_tries_are_counted_anew_after_the_wait(people: People, attempts: int) -> None:
    contact = await people.contact("a")
    await people.answer(contact, "answer")
    async with people.database.begin() as uow:
        await uow.execute(update(deliveries).values(attempts=attempts))
        await uow.commit()
    zalo = Windowed()
    zalo.closed = {"a"}
    await dispatcher(people, zalo).run_due()
    move(people, minutes=1)
    await writes(people, contact, "reply")
    async with people.database.begin() as uow:
        assert set((await uow.execute(select(deliveries.c.attempts))).scalars()) == {0}
