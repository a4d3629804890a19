"""Who has to wait goes back into the ledger: without a try, in its order, at the moment it was told."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from bot.app import pacings
from bot.clock import MovableClock
from bot.delivery import ledger
from bot.delivery.dispatch import Dispatcher
from bot.delivery.pace import Pace
from bot.delivery.ports import SendFailed
from bot.delivery.rates import Pacing
from bot.settings import Settings
from tests.bot.delivery.people import People, Recorder
from tests.support.zalo_wire.standing_clock import StandingClock

SLOW = Pacing(amount=2 / 0.9, seconds=10, kept=1)
"""One at a time, every ten seconds."""


@pytest.fixture
def clock(people: People) -> MovableClock:
    people.clock = StandingClock()
    return people.clock


def dispatcher(people: People, sender: Recorder, pacing: Pacing | None = None) -> Dispatcher:
    pace = Pace(people.clock, {"web": pacing} if pacing else {})
    return Dispatcher(people.database, people.vault, people.clock, {"web": sender}, pace, parallel=4)


async def test_a_chat_gets_one_a_second_in_order_and_no_try_is_counted(
    people: People, clock: MovableClock
) -> None:
    contact = await people.contact("a")
    ids = await people.queue(contact, *"123456")
    web = Recorder()
    sending = dispatcher(people, web, pacings(Settings())["telegram"])
    await sending.run_due()
    assert web.to("a") == ["1", "2", "3"]
    row = await people.row(ids[3])
    assert (row.attempts, row.leased_until, row.due_at) == (0, None, clock.now() + dt.timedelta(seconds=1))
    for count in (4, 5, 6):
        await sending.run_due()
        assert len(web.sent) == count - 1
        clock.move(dt.timedelta(seconds=1))
        await sending.run_due()
        assert web.to("a") == list("123456"[:count])
    await sending.close()


async def test_one_chat_s_own_rate_delays_no_other(people: People, clock: MovableClock) -> None:
    await people.queue(await people.contact("talks"), *(str(number) for number in range(30)))
    others = [await people.contact(f"p{number}") for number in range(3)]
    sending = dispatcher(people, web := Recorder(), Pacing(amount=100, seconds=1, kept=50, chat_seconds=9))
    await sending.run_due()
    for other in others:
        await people.queue(other, "hello")
    await sending.run_due()
    assert [web.to(f"p{number}") for number in range(3)] == [["hello"]] * 3
    await sending.close()


async def test_a_reply_goes_in_the_next_free_moment_before_all_that_wait(
    people: People, clock: MovableClock
) -> None:
    for number in range(12):
        await people.broadcast(await people.contact(f"p{number}"), "to all")
    sending = dispatcher(people, web := Recorder(), SLOW)
    for _ in range(3):
        await sending.run_due()
        clock.move(dt.timedelta(seconds=10))
    before = len(web.sent)
    assert 0 < before < 12
    await people.queue(await people.contact("asks"), "reply")
    await sending.run_due()
    assert web.tries[before] == "reply"
    for _ in range(20):
        clock.move(dt.timedelta(seconds=10))
        await sending.run_due()
    assert web.tries.count("to all") == 12
    await sending.close()


async def test_retry_after_is_kept_to_the_second(people: People, clock: MovableClock) -> None:
    """By the chat that was refused, and by all broadcasts; who else is answered meanwhile, is."""
    busy = [SendFailed("too many", retry=True, retry_after=17)]
    web = Recorder(lambda text: busy.pop() if busy and text == "first" else None)
    sending = dispatcher(people, web, pacings(Settings())["telegram"])
    await people.queue(await people.contact("a"), "first", "second")
    await sending.run_due()
    await people.broadcast(await people.contact("b"), "to all")
    await people.queue(await people.contact("c"), "reply")
    await sending.run_due()
    assert web.sent == [("c", "reply")]
    clock.move(dt.timedelta(seconds=16.999))
    await sending.run_due()
    assert web.sent == [("c", "reply")]
    clock.move(dt.timedelta(seconds=0.001))
    await sending.run_due()
    clock.move(dt.timedelta(seconds=1))
    await sending.run_due()
    assert web.to("a") == ["first", "second"]
    assert web.to("b") == ["to all"]
    await sending.close()


async def test_who_says_stop_gets_nothing_of_what_waits_for_its_turn(
    people: People, clock: MovableClock
) -> None:
    contact = await people.contact("a")
    await people.queue(contact, *"12345")
    sending = dispatcher(people, web := Recorder(), pacings(Settings())["telegram"])
    await sending.run_due()
    async with people.database.begin() as uow:
        await ledger.stop_contact(uow, contact, clock.now(), "asked to")
        await uow.commit()
    clock.move(dt.timedelta(minutes=1))
    await sending.run_due()
    assert web.to("a") == ["1", "2", "3"]
    assert await people.states() == ["sent"] * 3 + ["stopped"] * 2
    await sending.close()


async def test_a_broadcast_cut_off_while_it_was_sent_is_not_put_off_and_sent_again(
    people: People, clock: MovableClock
) -> None:
    id_ = await people.broadcast(await people.contact("a"), "to all")
    async with people.database.begin() as uow:
        assert await ledger.claim(uow, people.vault, channels=["web"], now=clock.now(), lane="bulk")
        await uow.commit()  # and there its process dies
    clock.move(ledger.LEASE + dt.timedelta(seconds=1))
    sending = dispatcher(people, web := Recorder(), SLOW)
    await people.queue(await people.contact("b"), "reply")  # uses the channel's rate up
    await people.queue(await people.contact("c"), "reply")
    for _ in range(3):
        await sending.run_due()
        clock.move(dt.timedelta(seconds=30))
    assert web.to("a") == []
    assert (await people.row(id_)).state == "uncertain"
    await sending.close()


async def test_no_broadcast_goes_at_night(people: People, clock: MovableClock) -> None:
    clock.move(dt.timedelta(hours=11, minutes=30))  # 21:30
    id_ = await people.broadcast(await people.contact("a"), "to all")
    await people.queue(await people.contact("b"), "reply")
    sending = dispatcher(people, web := Recorder())
    for _ in range(18):
        await sending.run_due()
        clock.move(dt.timedelta(minutes=30))
    assert web.sent == [("b", "reply")]
    await sending.run_due()
    assert web.to("a") == ["to all"]
    assert (await people.row(id_)).attempts == 1


async def test_a_broadcast_that_would_cost_money_is_refused_and_says_why(
    people: People, clock: MovableClock
) -> None:
    contact = await people.contact("a")
    clock.move(dt.timedelta(hours=48, seconds=1))
    late = await people.broadcast(contact, "to all")
    answer = await people.answer(contact, "of an officer")
    await people.broadcast(await people.contact("b"), "to all")
    sending = dispatcher(people, web := Recorder(), pacings(Settings())["zalo"])
    await sending.run_due()
    clock.move(dt.timedelta(seconds=5))
    await sending.run_due()
    assert web.sent == [("a", "of an officer"), ("b", "to all")]
    row = await people.row(late)
    assert (row.state, row.reason) == ("refused", "outside of the time in which a broadcast is free")
    assert (await people.row(answer)).state == "sent"
    await sending.close()


async def test_what_waits_for_its_turn_goes_without_anybody_looking(people: People) -> None:
    """The process that had to put it back comes back to it: the chat page's server has no worker."""
    contact = await people.contact("a")
    await people.queue(contact, *"12345")
    gone = asyncio.Event()

    class Last(Recorder):
        async def send(self, address: str, message: object, delivery_id: int) -> str | None:
            told = await super().send(address, message, delivery_id)  # type: ignore[arg-type]
            if len(self.sent) == 5:
                gone.set()
            return told

    web = Last()
    sending = dispatcher(people, web, Pacing(amount=1000, seconds=1, kept=9, chat_seconds=0.02))
    sending.send_soon(contact)
    await asyncio.wait_for(gone.wait(), 20)
    assert web.to("a") == list("12345")
    await sending.close()
