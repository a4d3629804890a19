"""A change reaches every running process, from the console's table and from the file, and people are told."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.listings import changes, live
from bot.listings.changes import StaleError
from bot.listings.live import LiveListings
from bot.player.terminal import stage
from bot.storage.database import Database
from bot.storage.listen import Listener
from content.listings import own_copy
from tests.bot.cases.desk import CATALOG, Desk
from tests.support.knowledge import shared_knowledge

AGENCY = "thai-nguyen/so_y_te"


def entry(number: str) -> str:
    return f'{AGENCY}: {{phone: "{number}", reason: Công văn số 1, by: Trần B, on: 2026-11-20}}\n'


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    database = Database(database_url, pool_size=4)
    yield Desk(database)
    await database.close()


@asynccontextmanager
async def process(desk: Desk, folder: Path) -> AsyncIterator[LiveListings]:
    """What a running process does about listings, with its own listener."""
    listener, stop = Listener(desk.database.url), asyncio.Event()
    running = LiveListings(own_copy(CATALOG), desk.database, folder, SystemClock())
    listener.start()
    task = asyncio.create_task(running.run(stop, listener))
    yield running
    stop.set()
    await asyncio.wait_for(task, 10)
    await listener.close()


async def enter(desk: Desk, fields: dict[str, str | bool] | None, seen: int = 0) -> None:
    officer = await desk.officer("so_y_te", login=uuid.uuid4().hex)
    async with desk.transaction() as uow:
        await changes.add(
            uow, key=AGENCY, fields=fields, reason="Đã gọi kiểm tra", officer_id=officer.id,
            officer_name=officer.name, seen=seen, now=desk.clock.now(),
        )  # fmt: skip


def phone(listings: LiveListings) -> str:
    listing = listings._live.provinces["thai-nguyen"].listings.get("so_y_te")
    return listing.phone if listing else ""


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is waited for comes from another process
            await asyncio.sleep(0.02)


async def test_what_the_console_writes_reaches_every_process(desk: Desk, tmp_path: Path) -> None:
    async with process(desk, tmp_path) as one, process(desk, tmp_path) as other:
        await enter(desk, {"phone": "0208 000 0001"})
        await until(lambda: phone(one) == phone(other) == "0208 000 0001")
        async with desk.transaction() as uow:
            [change] = await changes.history(uow, AGENCY)
        await enter(desk, None, seen=change.id)
        await until(lambda: phone(one) == phone(other) == "")
    with pytest.raises(StaleError):
        await enter(desk, {"phone": "0208 000 0002"}, seen=change.id)


async def test_the_file_is_taken_up_and_a_broken_one_changes_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "EVERY_SECONDS", 0.05)
    async with process(desk, tmp_path) as running:
        running.file.write_text(entry("0208 000 0001"), "utf-8")
        await until(lambda: phone(running) == "0208 000 0001")
        running.file.write_text(entry("gọi tôi"), "utf-8")
        await until(lambda: bool(running.file_faults["vi"]))
        assert phone(running) == "0208 000 0001"
        running.file.write_text(entry("0208 000 0002"), "utf-8")
        await until(lambda: phone(running) == "0208 000 0002" and not running.file_faults["vi"])
        await enter(desk, {"phone": "0208 000 0003"})
        await until(lambda: phone(running) == "0208 000 0003")
        running.file.unlink()
        await until(lambda: AGENCY in running.in_force and running._of_file == {})
        assert phone(running) == "0208 000 0003"


async def test_people_are_told_where_the_agency_is_and_who_entered_it(database_url: str) -> None:
    async with stage(
        channel="web", province="thai-nguyen", url=database_url, knowledge=shared_knowledge()
    ) as ready:
        asked = "cơ quan nào giải quyết việc mua phải thuốc giả?"
        before = "\n".join(seen.text for seen in await ready.person.say(asked))
        assert "chưa được xác minh" in before
        ready.product.live_listings.file.write_text(entry("0208 000 0001"), "utf-8")
        await ready.product.live_listings.look()
        told = "\n".join(seen.text for seen in await ready.person.say(asked))
        assert "điện thoại 0208 000 0001" in told
        assert "do cán bộ Trần B nhập ngày 20/11/2026" in told
        assert "chưa được xác minh" not in told
        guidance = "\n".join(seen.text for seen in await ready.person.say("thuốc hết hạn thì phải làm gì"))
        assert "điện thoại 0208 000 0001" in guidance
