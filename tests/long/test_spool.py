"""The database away for the whole of several people's stories, on real servers and over real HTTP: stopped,
paused, the disk full besides, this process killed. Every event has its effect, once, in order."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import functools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import text

from bot.app import Knowledge, opened
from bot.clock import MovableClock, SystemClock
from bot.delivery import transcript
from bot.delivery.ports import Inbound, Notice, Receipt
from bot.dialogue.engine import Engine
from bot.settings import Settings
from bot.storage.addresses import address_hash
from tests.support.cable import Cable
from tests.support.forked import in_child
from tests.support.kill_at_await import KilledAt
from tests.support.knowledge import shared_knowledge
from tests.support.own_postgres import OwnPostgres
from tests.support.phones import House, Phone, house

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

STORY = (
    "mua thuoc o quay thuoc gan benh vien, ve nha moi thay het han tu thang 8",
    "paracetamol 500",
    "quầy thuốc Hồng Nhung trước cổng bệnh viện A",
    "VD-12345-20",
    "mung 5 thang 11",
    "Thái Nguyên",
    "phường Quyết Thắng",
    "Bỏ qua",
    "Bỏ qua",
    "vâng đúng",
)
LAST = "vâng"
"""With which the complaint is filed."""


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return shared_knowledge()


@dataclass
class Person:
    channel: str
    phone: Phone
    said: list[str] = field(default_factory=list)

    async def says(self, words: str) -> None:
        self.said.append(words)
        await self.phone.say(words)


async def lines(home: House, person: Person) -> list[str]:
    """The person's own, in the order in which they had their turns."""
    product = home.product
    async with product.database.begin() as uow:
        digest = address_hash(product.vault, person.channel, person.phone.address)
        query = text("SELECT id FROM contacts WHERE address_hash = :digest")
        contact = (await uow.execute(query, {"digest": digest})).scalar_one()
        found = await transcript.since(uow, product.vault, contact, 0)
    return [line.line.text for line in found if line.author == "consumer"]


async def number(home: House, query: str) -> int:
    async with home.product.database.begin() as uow:
        return int((await uow.execute(text(query))).scalar_one())


async def until(found: Callable[[], bool], within: float = 120.0) -> None:
    async with asyncio.timeout(within):
        while not found():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def delivered(home: House) -> bool:
    """Every event of every platform has its 200."""
    telegram, zalo = home.emulators["telegram"], home.emulators["zalo"]
    return not telegram.webhook.queue.live() and all(sent.accepted for sent in zalo.webhook.deliveries)


def waiting(home: House) -> int:
    return home.product.spool.figures().waiting


@asynccontextmanager
async def taking_up(home: House) -> AsyncIterator[None]:
    """As every process does it."""
    stop = asyncio.Event()
    running = asyncio.create_task(home.product.taking_up.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def test_a_database_that_is_stopped_for_whole_stories(tmp_path: Path, knowledge: Knowledge) -> None:
    async with (
        OwnPostgres() as server,
        house("telegram", server.url, tmp_path, knowledge, beside=("zalo",)) as home,
    ):
        people = [Person(channel, home.phone(channel=channel)) for channel in ("telegram", "zalo") * 4]
        await asyncio.gather(*(person.says("xin chào") for person in people))
        await until(lambda: delivered(home))
        await home.settle()
        turns = len(home.heard)
        await server.stop()
        await asyncio.gather(*(whole(person, STORY) for person in people))
        await until(lambda: delivered(home))
        assert len(home.heard) == turns
        assert waiting(home) == len(people) * len(STORY)
        async with httpx.AsyncClient(base_url=home.url) as client:
            ready = await client.get("/health/ready")
            assert (ready.status_code, ready.json()["spool"]["waiting"]) == (503, waiting(home))
        async with taking_up(home):
            await server.start()
            await asyncio.gather(*(person.says(LAST) for person in people))
            await until(lambda: delivered(home) and not waiting(home))
        await home.settle()
        for person in people:
            assert await lines(home, person) == person.said
            assert person.phone.news(), "nobody told them anything"
        assert await number(home, "SELECT count(*) FROM complaints") == len(people)
        assert await number(home, "SELECT count(DISTINCT contact_id) FROM complaints") == len(people)
        assert await number(home, "SELECT count(*) FROM handoffs WHERE lead") == len(people)
        assert await number(home, "SELECT count(*) FROM dead_letters") == 0


async def whole(person: Person, script: Iterable[str]) -> None:
    for words in script:
        await person.says(words)


async def test_a_database_that_is_paused_costs_no_platform_its_two_seconds(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    """SIGSTOP: connections stand, and nothing comes back through them."""
    async with (
        OwnPostgres() as server,
        house("zalo", server.url, tmp_path, knowledge, beside=("telegram",)) as home,
    ):
        people = [Person("zalo", home.phone()) for _ in range(5)]
        for person in people:
            await home.after(person.says("xin chào"))
        webhook = home.emulator.webhook
        webhook.answer_within = 2.0
        before = len(webhook.deliveries)
        server.pause()
        for words in ("một", "hai"):
            await asyncio.gather(*(person.says(words) for person in people))
        await until(lambda: delivered(home))
        tries = [attempt for sent in webhook.deliveries[before:] for attempt in sent.attempts]
        assert [attempt.status for attempt in tries] == [200] * 10, "one was late, and came twice"
        server.go_on()
        async with taking_up(home):
            await until(lambda: not waiting(home))
        await home.settle()
        for person in people:
            assert await lines(home, person) == person.said


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a small disk of its own needs the right to mount")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


async def test_the_disk_is_full_besides_and_the_platforms_repeat(
    small_disk: Path, tmp_path: Path, database_url: str, knowledge: Knowledge
) -> None:
    wire = tmp_path / "wire"
    wire.mkdir()
    async with (
        Cable(database_url, wire) as cable,
        house("telegram", cable.url, small_disk, knowledge, beside=("zalo",)) as home,
    ):
        people = [Person(channel, home.phone(channel=channel)) for channel in ("telegram", "zalo") * 2]
        for person in people:
            await home.after(person.says("xin chào"))
        telegram, zalo = home.emulators["telegram"].webhook, home.emulators["zalo"].webhook
        await cable.cut()
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 3 * 4096))
        await asyncio.gather(*(whole(person, ["một", "hai", "ba"]) for person in people))
        await until(lambda: any(attempt.status == 503 for attempt in telegram.attempts))
        await until(
            lambda: any(attempt.status == 503 for sent in zalo.deliveries for attempt in sent.attempts)
        )
        ballast.unlink()
        await until(lambda: delivered(home))
        await cable.mend()
        async with taking_up(home):
            await until(lambda: delivered(home) and not waiting(home))
        await home.settle()
        for person in people:
            assert sorted(await lines(home, person)) == sorted(person.said)
            if person.channel == "telegram":  # which repeats in order, other than Zalo
                assert await lines(home, person) == person.said


def hours_later(number: int) -> MovableClock:
    clock = MovableClock()
    clock.move(dt.timedelta(hours=number))
    return clock


def kill_before(n: int) -> None:
    """From now on this process dies before its n-th look at the spool, or change of it."""
    numbers = count(1)

    def hook(operation: str, arguments: tuple[Any, ...]) -> None:
        touches = operation == "open" or operation.startswith("os.")
        if touches and arguments and "/spool/" in str(arguments[0]) and next(numbers) == n:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


class Killed:
    """The engine, whose turns are killed at their n-th await."""

    def __init__(self, engine: Engine, n: int) -> None:
        self._engine = engine
        self._n = n

    async def accept(self, inbound: Inbound, *, arrived: dt.datetime | None = None) -> Receipt:
        return cast(Receipt, await KilledAt(self._engine.accept(inbound, arrived=arrived), self._n))

    async def notice(self, notice: Notice, *, arrived: dt.datetime | None = None) -> Receipt:
        return await self._engine.notice(notice, arrived=arrived)


def event(words: str) -> Inbound:
    now = SystemClock().now()
    return Inbound(channel="telegram", event_id=words, address="lan", at=now, text=words)


def test_killed_anywhere_between_the_disk_and_the_commit(
    database_url: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    """At each step of laying an event down, and of taking it up: what had its receipt has one effect."""
    (tmp_path / "keys").write_text(base64.urlsafe_b64encode(b"for-tests-only-32-bytes-long-key").decode())
    wire, receipts = tmp_path / "wire", tmp_path / "receipts"
    wire.mkdir()
    receipts.touch()

    async def laid_down(n: int) -> int:
        (wire / ".s.PGSQL.5432").unlink(missing_ok=True)
        async with Cable(database_url, wire) as cable:
            settings = Settings(database_url=cable.url, data_dir=tmp_path)
            async with opened(settings, knowledge=knowledge) as product:
                await cable.cut()
                words = f"{n:03d}"

                kill_before(n)
                if await product.intake.accept(event(words)) is Receipt.SPOOLED:
                    with receipts.open("a") as file:
                        file.write(f"{words}\n")
        return 0

    async def taken_up(n: int) -> int:
        """Killed inside of the turn; by each next process once the lease of the one before has run out."""
        settings = Settings(database_url=database_url, data_dir=tmp_path)
        async with opened(settings, clock=hours_later(n), knowledge=knowledge) as product:
            product.taking_up._turns = Killed(product.engine, n)
            await product.taking_up.run_due()
        return 0

    async def removed(n: int) -> int:
        """Killed around it: before the file is read, before it is removed."""
        settings = Settings(database_url=database_url, data_dir=tmp_path)
        async with opened(settings, knowledge=knowledge) as product:
            for name in product.spool.waiting()[:1]:
                await KilledAt(product.taking_up._take(name), n)
        return 0

    async def finished() -> int:
        settings = Settings(database_url=database_url, data_dir=tmp_path)
        async with opened(settings, clock=hours_later(100), knowledge=knowledge) as product:
            await product.taking_up.run_due()
            for words in receipts.read_text().split():
                await product.engine.accept(event(words))
            async with product.database.begin() as uow:
                query = text("SELECT event_id FROM messages WHERE author = 'consumer' ORDER BY id")
                said = list((await uow.execute(query)).scalars())
            acknowledged = receipts.read_text().split()
            print(f"acknowledged {len(acknowledged)}, had their turn {len(said)}")
            once = len(said) == len(set(said))
            return 0 if once and set(acknowledged) <= set(said) and said == sorted(said) else 3

    def killed(work: Callable[[int], Coroutine[Any, Any, int]], most: int) -> int:
        for n in range(1, most):
            code = in_child(functools.partial(work, n))
            if code == 0:
                return n - 1
            assert code == -signal.SIGKILL, f"await {n} ended with {code}"
        return most - 1

    assert killed(laid_down, 30) > 5
    for n in range(90, 94):
        assert in_child(functools.partial(laid_down, n)) == 0
    assert killed(removed, 10) > 1
    assert killed(taken_up, 60) > 10
    assert in_child(finished) == 0
