"""Every queued message goes out once, in the order of its chat, whoever sends and whoever dies."""

from __future__ import annotations

import asyncio
import datetime as dt
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from bot.clock import MovableClock
from bot.delivery import ledger
from bot.delivery.dispatch import Dispatcher, Sender
from bot.delivery.ledger import LEASE
from bot.delivery.ports import SendFailed
from bot.delivery.verdict import MAX_ATTEMPTS
from bot.storage.database import Database
from bot.storage.listen import Listener
from bot.storage.tables import contacts, deliveries
from bot.storage.vault import Vault
from tests.bot.delivery.people import NOWHERE, People, Recorder

ROOT = Path(__file__).parents[3]


def dispatcher(people: People, sender: Sender, **more: Sender) -> Dispatcher:
    return Dispatcher(people.database, people.vault, people.clock, {"web": sender, **more}, parallel=4)


def move(people: People, **by: float) -> None:
    assert isinstance(people.clock, MovableClock)
    people.clock.move(dt.timedelta(**by))


async def test_what_was_committed_goes_out_at_once_and_in_order(people: People) -> None:
    contact = await people.contact("a")
    ids = await people.queue(contact, "one", "two", "three")
    web = Recorder()
    await dispatcher(people, web).run_contact(contact)
    assert web.to("a") == ["one", "two", "three"]
    row = await people.row(ids[0])
    assert (row.state, row.platform_id, row.attempts) == ("sent", f"platform-{ids[0]}", 1)
    assert row.leased_until is None
    assert row.ended_at is not None


async def test_one_contact_gets_only_its_own(people: People) -> None:
    first, second = await people.contact("a"), await people.contact("b")
    await people.queue(first, "mine")
    await people.queue(second, "other")
    web = Recorder()
    await dispatcher(people, web).run_contact(first)
    assert web.sent == [("a", "mine")]


async def test_two_processes_send_each_row_once_and_keep_the_order(people: People) -> None:
    contact_ids = [await people.contact(f"p{number}") for number in range(12)]
    texts = [f"{number:02d}" for number in range(6)]
    for contact in contact_ids:
        await people.queue(contact, *texts)
    web = Recorder(seconds=0.002)
    stop = asyncio.Event()
    workers = [asyncio.create_task(dispatcher(people, web).run_forever(stop)) for _ in range(2)]
    helpers = [dispatcher(people, web).run_contact(contact) for contact in contact_ids[:6]]
    await asyncio.gather(*helpers)
    await until(lambda: len(web.sent) >= 72)
    stop.set()
    await asyncio.gather(*workers)
    assert {address: web.to(address) for address, _ in web.sent} == {
        f"p{number}": texts for number in range(12)
    }
    assert len(web.tries) == 72
    assert set(await people.states()) == {"sent"}


async def test_a_failure_holds_its_own_chat_back_and_no_other(people: People) -> None:
    first, second = await people.contact("a"), await people.contact("b")
    ids = await people.queue(first, "bad", "after")
    await people.queue(second, "fine")
    failing = [SendFailed("busy", retry=True), SendFailed("busy", retry=True)]
    web = Recorder(lambda text: failing.pop() if text == "bad" and failing else None)
    sending = dispatcher(people, web)
    await sending.run_due()
    assert web.sent == [("b", "fine")]
    assert (await people.row(ids[0])).reason == "busy"
    move(people, seconds=1.1)
    await sending.run_due()
    assert len(web.sent) == 1
    move(people, seconds=5.1)
    await sending.run_due()
    assert web.to("a") == ["bad", "after"]


async def test_a_platform_that_names_a_time_is_not_asked_before_it(people: People) -> None:
    contact = await people.contact("a")
    await people.queue(contact, "x")
    failures = [SendFailed("too many", retry=True, retry_after=90)]
    web = Recorder(lambda _: failures.pop() if failures else None)
    sending = dispatcher(people, web)
    await sending.run_due()
    move(people, seconds=85)
    assert await sending.run_due() == 0
    move(people, seconds=6)
    assert await sending.run_due() == 1
    assert web.to("a") == ["x"]


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (SendFailed("text too long", retry=False), "refused"),
        (SendFailed("our token is void", retry=False, our_fault=True), "failed"),
        (SendFailed("cut off while it answered", retry=False, uncertain=True), "uncertain"),
    ],
)
async def test_what_cannot_work_ends_with_its_reason_and_frees_the_chat(
    people: People, failure: SendFailed, state: str
) -> None:
    contact = await people.contact("a")
    ids = await people.queue(contact, "bad", "next")
    web = Recorder(lambda text: failure if text == "bad" else None)
    await dispatcher(people, web).run_contact(contact)
    row = await people.row(ids[0])
    assert (row.state, row.reason) == (state, failure.reason)
    assert web.to("a") == ["next"]


async def test_a_person_who_left_gets_nothing_more(people: People) -> None:
    contact = await people.contact("a")
    ids = await people.queue(contact, "bad", "later", "latest")
    web = Recorder(lambda _: SendFailed("blocked by the user", retry=False, stop=True))
    await dispatcher(people, web).run_contact(contact)
    assert web.tries == ["bad"]
    assert [(await people.row(each)).state for each in ids] == ["refused", "stopped", "stopped"]
    async with people.database.begin() as uow:
        stopped = await uow.execute(select(contacts.c.stopped).where(contacts.c.id == contact))
        assert stopped.scalar_one() is True


async def test_a_reply_that_may_have_arrived_is_repeated_once(people: People) -> None:
    contact = await people.contact("a")
    ids = await people.queue(contact, "x")
    web = Recorder(lambda _: SendFailed("connection lost", retry=True, uncertain=True))
    sending = dispatcher(people, web)
    for _ in range(4):
        await sending.run_due()
        move(people, hours=1)
    assert web.tries == ["x", "x"]
    assert (await people.row(ids[0])).state == "uncertain"


async def test_nothing_is_tried_for_ever(people: People) -> None:
    contact = await people.contact("a")
    ids = await people.queue(contact, "x")
    web = Recorder(lambda _: SendFailed("busy", retry=True))
    sending = dispatcher(people, web)
    began = people.clock.now()
    while (await people.row(ids[0])).state == "queued":
        move(people, minutes=10)
        await sending.run_due()
    assert len(web.tries) == MAX_ATTEMPTS
    assert (await people.row(ids[0])).state == "failed"
    assert people.clock.now() - began > dt.timedelta(hours=20)


async def test_a_row_that_kills_every_process_is_given_up(people: People) -> None:
    contact = await people.contact("a")
    ids = await people.queue(contact, "x")
    async with people.database.begin() as uow:
        await uow.execute(update(deliveries).values(attempts=MAX_ATTEMPTS))
        await uow.commit()
    web = Recorder()
    await dispatcher(people, web).run_due()
    assert web.tries == []
    assert (await people.row(ids[0])).state == "uncertain"


async def test_an_error_of_our_own_is_tried_again(people: People) -> None:
    class Broken:
        async def send(self, *_: object) -> None:
            raise KeyError("secret of a person")

    contact = await people.contact("a")
    ids = await people.queue(contact, "x")
    await dispatcher(people, Broken()).run_due()
    row = await people.row(ids[0])
    assert (row.state, row.maybe_sent) == ("queued", True)
    assert row.reason == "an error of our own: KeyError"


async def test_a_row_that_nobody_can_read_fails_alone(people: People) -> None:
    contact, other = await people.contact("a"), await people.contact("b")
    ids = await people.queue(contact, "x")
    async with people.database.begin() as uow:
        await uow.execute(update(deliveries).values(body_sealed=b"from a lost key"))
        await uow.commit()
    await people.queue(other, "fine")
    web = Recorder()
    await dispatcher(people, web).run_due()
    assert web.sent == [("b", "fine")]
    assert (await people.row(ids[0])).reason == ledger.UNREADABLE


async def test_rows_of_a_channel_that_this_process_lacks_wait(people: People) -> None:
    contact = await people.contact("z", channel="zalo")
    ids = await people.queue(contact, "x", channel="zalo")
    await dispatcher(people, Recorder()).run_due()
    assert (await people.row(ids[0])).attempts == 0
    zalo = Recorder()
    await dispatcher(people, Recorder(), zalo=zalo).run_due()
    assert zalo.to("z") == ["x"]


async def test_a_killed_process_loses_its_rows_to_others_after_the_lease(database_url: str) -> None:
    key = Fernet.generate_key().decode()
    people = People(Database(database_url), Vault((key,)), MovableClock())
    contact = await people.contact("a")
    await people.queue(contact, "first", "second")
    doomed = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-m", "tests.bot.delivery.hanging_worker", database_url, key],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert doomed.stdout is not None
    try:
        assert await asyncio.to_thread(doomed.stdout.readline) == "first\n"
    finally:
        doomed.send_signal(signal.SIGKILL)
        doomed.communicate()
    web = Recorder()
    sending = dispatcher(people, web)
    move(people, seconds=LEASE.total_seconds() - 15)
    await sending.run_contact(contact)
    await sending.run_due()
    assert web.tries == []
    move(people, seconds=16)
    await sending.run_due()
    await sending.run_due()
    assert web.to("a") == ["first", "second"]
    await people.database.close()


async def test_a_late_note_of_a_send_does_not_undo_what_another_process_wrote(people: People) -> None:
    """Its lease ran out while it slept: the row has ended, and stays as it ended."""
    contact = await people.contact("a")
    ids = await people.queue(contact, "x")

    class Slow(Recorder):
        async def send(self, address: str, message: object, delivery_id: int) -> str | None:
            move(people, seconds=LEASE.total_seconds() + 1)
            await dispatcher(people, Recorder()).run_due()
            raise SendFailed("slow", retry=True)

    await dispatcher(people, Slow()).run_contact(contact)
    row = await people.row(ids[0])
    assert (row.state, row.attempts) == ("sent", 2)


async def test_a_worker_is_woken_by_an_officers_answer(people: People, database_url: str) -> None:
    contact = await people.contact("a")
    listener = Listener(database_url)
    listener.start()
    stop, web = asyncio.Event(), Recorder()
    worker = asyncio.create_task(dispatcher(people, web).run_forever(stop, listener))
    await asyncio.sleep(1.3)
    began = asyncio.get_running_loop().time()
    await people.answer(contact, "hello")
    await until(lambda: bool(web.sent))
    took = asyncio.get_running_loop().time() - began
    stop.set()
    await worker
    await listener.close()
    assert took < 0.6


async def test_a_worker_outlives_a_database_that_is_away(people: People) -> None:
    contact = await people.contact("a")
    away = Dispatcher(Database(NOWHERE), people.vault, people.clock, {"web": Recorder()})
    await away.run_contact(contact)
    stop = asyncio.Event()
    worker = asyncio.create_task(away.run_forever(stop))
    await asyncio.sleep(0.3)
    assert not worker.done()
    stop.set()
    await worker


async def test_stopping_a_worker_finishes_what_it_has_begun(people: People) -> None:
    contact = await people.contact("a")
    ids = await people.queue(contact, "x")
    web, stop = Recorder(seconds=0.5), asyncio.Event()
    worker = asyncio.create_task(dispatcher(people, web).run_forever(stop))
    await until(lambda: bool(web.tries))
    stop.set()
    await worker
    assert (await people.row(ids[0])).state == "sent"


async def test_sending_soon_goes_on_in_the_background(people: People) -> None:
    contact = await people.contact("a")
    await people.queue(contact, "x")
    web = Recorder(seconds=0.1)
    sending = dispatcher(people, web)
    sending.send_soon(contact)
    sending.send_soon(contact)
    assert web.tries == []
    await sending.drain()
    assert web.tries == ["x"]
    assert await people.states() == ["sent"]


async def until(met: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not met():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
