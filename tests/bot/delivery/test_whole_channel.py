"""A platform that wants quiet, or that an operator must mend, costs no message its tries and no other channel
its time."""

from __future__ import annotations

import datetime as dt

from bot.clock import MovableClock
from bot.delivery.dispatch import Dispatcher
from bot.delivery.ports import SendFailed
from bot.delivery.verdict import MAX_ATTEMPTS
from tests.bot.delivery.people import People, Recorder


def move(people: People, **by: float) -> None:
    assert isinstance(people.clock, MovableClock)
    people.clock.move(dt.timedelta(**by))


def dispatcher(people: People, zalo: Recorder, web: Recorder) -> Dispatcher:
    return Dispatcher(people.database, people.vault, people.clock, {"zalo": zalo, "web": web}, parallel=1)


async def queued(people: People, count: int) -> list[int]:
    contacts = [await people.contact(f"z{number}", channel="zalo") for number in range(count)]
    return [(await people.queue(each, f"to {each}", channel="zalo"))[0] for each in contacts]


async def test_a_whole_channel_rests_as_long_as_the_platform_asks(people: People) -> None:
    await queued(people, 4)
    await people.queue(await people.contact("w"), "other")
    busy = [SendFailed("too many", retry=True, retry_after=60, whole_channel=True)]
    zalo, web = Recorder(lambda _: busy.pop() if busy else None), Recorder()
    sending = dispatcher(people, zalo, web)
    await sending.run_due()
    assert len(zalo.tries) == 1
    assert web.to("w") == ["other"]
    move(people, seconds=58)
    await sending.run_due()
    assert len(zalo.tries) == 1
    move(people, seconds=3)
    await sending.run_due()
    assert len(zalo.sent) == 4


async def test_one_chat_that_must_wait_delays_no_other(people: People) -> None:
    await queued(people, 3)
    busy = [SendFailed("too many", retry=True, retry_after=60)]
    zalo = Recorder(lambda _: busy.pop() if busy else None)
    await dispatcher(people, zalo, Recorder()).run_due()
    assert len(zalo.sent) == 2


async def test_what_only_an_operator_can_mend_costs_no_message_its_tries(people: People) -> None:
    """A weekend without a token: everything is there on Monday."""
    [id_] = await queued(people, 1)
    lost = SendFailed(
        "the permission is lost", retry=True, our_fault=True, retry_after=600, whole_channel=True
    )
    broken = True
    zalo = Recorder(lambda _: lost if broken else None)
    sending = dispatcher(people, zalo, Recorder())
    for _ in range(MAX_ATTEMPTS + 5):
        await sending.run_due()
        move(people, minutes=90)
    row = await people.row(id_)
    assert (row.state, row.attempts, row.reason) == ("queued", 0, "the permission is lost")
    assert len(zalo.tries) == MAX_ATTEMPTS + 5
    broken = False
    await sending.run_due()
    assert len(zalo.sent) == 1
