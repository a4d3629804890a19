"""Two processes over one Redis and one PostgreSQL, and platforms that ban whoever is too fast (P12, P13)."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, insert, select, text

from bot.clock import VIETNAM, MovableClock
from bot.delivery import ledger
from bot.delivery.ports import Outgoing
from bot.storage.database import Database
from bot.storage.tables import contacts, deliveries
from bot.storage.vault import Vault
from tests.support import telegram, zalo_bot, zalo_oa
from tests.support.ban import Ban
from tests.support.redis import RedisServer
from tests.support.zalo_bot.account import BotAccount

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

PROCESSES = 2
ROOT = Path(__file__).parents[2]


@dataclass
class Field:
    """Platforms, people and the ledger between them and the processes that send."""

    database: Database
    vault: Vault
    clock: MovableClock
    moved: float
    settings: dict[str, Any]
    emulators: dict[str, Any]
    folder: Path
    arrived: dict[str, float] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    phones: list[Any] = field(default_factory=list)
    awaited: dict[str, Any] = field(default_factory=dict)
    """Replies that have not arrived yet, and the phones that wait for them."""

    async def queue(self, channel: str, kind: ledger.Kind, count: int, name: str) -> None:
        """To a new person each."""
        emulator, now = self.emulators[channel], self.clock.now()
        async with self.database.begin() as uow:
            for number in range(count):
                phone = emulator.phone(f"{name} {number}")
                if channel == "telegram":
                    phone.user.started = True
                elif channel == "zalo":
                    phone.person.interact(now)
                else:
                    emulator.chats.admit(phone.person)
                self.phones.append(phone)
                said = f"{channel} {name} {number}"
                self.asked[said] = time.monotonic()
                if kind == "answer":
                    self.awaited[said] = phone
                address = str(phone.user.id if channel == "telegram" else phone.id)
                row = {
                    "channel": channel,
                    "address_hash": self.vault.digest("address", f"{channel} {address}"),
                    "address_sealed": self.vault.seal(address),
                    "language": "vi",
                    "created_at": now,
                    "last_seen_at": now,
                }
                made = await uow.execute(insert(contacts).returning(contacts.c.id), row)
                await uow.notify(ledger.WAITING)
                await ledger._queue(
                    uow,
                    channel=channel,
                    contact_id=int(made.scalar_one()),
                    complaint_id=None,
                    kind=kind,
                    body_sealed=self.vault.seal(Outgoing(said)),
                    now=now,
                )
            await uow.commit()

    async def wait_in_bulk(self, channel: str, count: int) -> None:
        """So many broadcasts at once, each to a contact of its own, all of them on one phone."""
        await self.queue(channel, "broadcast", 1, "to all")
        async with self.database.begin() as uow:
            await uow.execute(text(_MORE_CONTACTS), {"channel": channel, "count": count - 1})
            await uow.execute(text(_MORE_BROADCASTS), {"channel": channel})
            await uow.execute(text("ANALYZE contacts"))
            await uow.execute(text("ANALYZE deliveries"))
            await uow.commit()

    def seen(self) -> list[str]:
        """Texts on all phones."""
        return [said for phone in self.phones for said in _texts(phone)]

    async def left(self) -> int:
        query = select(func.count()).select_from(deliveries).where(deliveries.c.state == "queued")
        async with self.database.begin() as uow:
            return int((await uow.execute(query)).scalar_one())

    async def until(self, left: int, within: float = 300) -> None:
        async with asyncio.timeout(within):
            while await self.left() > left:
                self.look()
                await asyncio.sleep(0.1)
        self.look()

    def look(self) -> None:
        for said, phone in list(self.awaited.items()):
            if _texts(phone):
                self.arrived[said] = time.monotonic()
                del self.awaited[said]

    def waited(self, channel: str) -> list[float]:
        return sorted(
            at - self.asked[said] for said, at in self.arrived.items() if said.startswith(f"{channel} ")
        )


_MORE_CONTACTS = """
    INSERT INTO contacts (channel, address_hash, address_sealed, language, created_at, last_seen_at)
    SELECT channel, sha256(number::text::bytea), address_sealed, language, created_at, last_seen_at
    FROM contacts, generate_series(1, :count) number WHERE channel = :channel
"""
_MORE_BROADCASTS = """
    INSERT INTO deliveries (channel, contact_id, kind, body_sealed, created_at, due_at)
    SELECT one.channel, contacts.id, one.kind, one.body_sealed, one.created_at, one.due_at
    FROM deliveries one JOIN contacts ON contacts.channel = one.channel AND contacts.id <> one.contact_id
    WHERE one.channel = :channel
"""


def _texts(phone: Any) -> list[str]:
    return [one.text for one in (phone.messages if hasattr(phone, "user") else phone.inbox)]


@asynccontextmanager
async def playing(database_url: str, redis_url: str, folder: Path, *channels: str) -> AsyncIterator[Field]:
    """By day, wherever the sun stands: at night no broadcast goes."""
    clock, key = MovableClock(), Fernet.generate_key().decode()
    local = clock.now().astimezone(VIETNAM)
    moved = (local.replace(hour=10) - local).total_seconds()
    clock.move(dt.timedelta(seconds=moved))
    settings: dict[str, Any] = {
        "database_url": database_url,
        "redis_url": redis_url,
        "keys": [key],
        "sending_processes": PROCESSES,
    }
    database = Database(database_url)
    async with AsyncExitStack() as stack:
        emulators: dict[str, Any] = {}
        if "telegram" in channels:
            emulators["telegram"] = bot = await stack.enter_async_context(telegram.TelegramEmulator())
            bot.ban = Ban(30, 1.0)
            settings |= {"telegram_bot_token": bot.token, "telegram_api_url": bot.url}
        if "zalo" in channels:
            emulators["zalo"] = oa = await stack.enter_async_context(zalo_oa.ZaloOA(clock=clock))
            oa.ban = Ban(100, 60.0)
            settings |= {
                "zalo_app_id": oa.account.app_id,
                "zalo_app_secret": oa.account.app_secret,
                "zalo_refresh_token": oa.oauth.issue().refresh,
                "zalo_api_url": oa.url,
                "zalo_oauth_url": oa.url,
            }
        if "zalo_bot" in channels:
            account = BotAccount(most_users=10_000, messages_a_month=10_000)
            emulators["zalo_bot"] = await stack.enter_async_context(zalo_bot.ZaloBot(account, clock))
            emulators["zalo_bot"].ban = Ban(20, 1.0)
            settings |= {"zalo_bot_token": account.token, "zalo_bot_api_url": emulators["zalo_bot"].url}
        yield Field(database, Vault((key,)), clock, moved, settings, emulators, folder)
    await database.close()


@asynccontextmanager
async def sending(there: Field) -> AsyncIterator[None]:
    processes = [await _worker(there) for _ in range(PROCESSES)]
    try:
        for process in processes:
            assert process.stdout
            assert await process.stdout.readline() == b"ready\n"
        yield
    finally:
        for process in processes:
            assert process.stdin
            process.stdin.close()
        await asyncio.gather(*(process.wait() for process in processes))


async def _worker(there: Field) -> asyncio.subprocess.Process:
    arguments = ("-m", "tests.long.pacing_worker", json.dumps(there.settings), str(there.moved))
    pipe = asyncio.subprocess.PIPE
    with (there.folder / "workers.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=log
        )


def report(there: Field, seconds: float) -> None:
    """Shown with `-s`; the page of promises takes its figures from here."""
    for channel, emulator in there.emulators.items():
        ban = emulator.ban
        print(f"{channel}: {ban.sends} sends in {seconds:.0f} s, at most {ban.highest} in a window")
        if waits := there.waited(channel):
            p50, p99 = (waits[int(len(waits) * part)] for part in (0.5, 0.99))
            print(f"  {len(waits)} replies, p50 {p50:.2f} s, p99 {p99:.2f} s, longest {waits[-1]:.2f} s")


async def nobody_banned_and_everyone_once(there: Field) -> None:
    """On a machine that hardly gets to it, a broadcast may end in doubt: then it says so."""
    assert not any(emulator.ban.banned for emulator in there.emulators.values())
    query = select(deliveries.c.id, deliveries.c.state, deliveries.c.reason, deliveries.c.kind)
    async with there.database.begin() as uow:
        others = (await uow.execute(query.where(deliveries.c.state != "sent"))).all()
    print(f"not sent: {[tuple(row) for row in others]}")
    assert all((row.state, row.kind) == ("uncertain", "broadcast") for row in others)
    times = Counter(there.seen())
    assert set(times.values()) == {1}
    assert len(there.asked) - len(others) <= len(times) <= len(there.asked)


async def test_two_processes_are_never_too_fast_for_any_platform(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with playing(database_url, redis_url, tmp_path, "telegram", "zalo", "zalo_bot") as there:
        await there.queue("telegram", "broadcast", 500, "to all")
        await there.queue("zalo", "broadcast", 90, "to all")
        await there.queue("zalo_bot", "broadcast", 250, "to all")
        async with sending(there):
            began = time.monotonic()
            for number in range(15):
                await there.queue("telegram", "answer", 4, f"reply {number}")
                await there.queue("zalo", "answer", 1, f"reply {number}")
                await there.queue("zalo_bot", "answer", 2, f"reply {number}")
                await there.until(max(0, await there.left() - 20))
            await there.until(0)
            seconds = time.monotonic() - began
        report(there, seconds)
        await nobody_banned_and_everyone_once(there)


async def test_replies_pass_a_hundred_thousand_broadcasts(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with playing(database_url, redis_url, tmp_path, "telegram") as there:
        await there.wait_in_bulk("telegram", 100_000)
        async with sending(there):
            began = time.monotonic()
            for number in range(50):
                before = there.emulators["telegram"].ban.sends
                await there.queue("telegram", "answer", 2, f"reply {number}")
                async with asyncio.timeout(60):
                    while there.awaited:
                        there.look()
                        await asyncio.sleep(0.02)
                overtaken_by = there.emulators["telegram"].ban.sends - before - 2
                assert overtaken_by <= 60, "two seconds of the whole rate"
            seconds = time.monotonic() - began
        report(there, seconds)
        assert not there.emulators["telegram"].ban.banned
        assert await there.left() > 90_000


async def test_redis_gone_and_back_gets_nobody_banned(database_url: str, tmp_path: Path) -> None:
    redis = RedisServer()
    async with playing(database_url, redis.url, tmp_path, "telegram") as there:
        await there.queue("telegram", "broadcast", 700, "to all")
        async with sending(there):
            began = time.monotonic()
            await there.until(600)
            redis.pause()
            await there.until(450)
            redis.resume()
            await there.until(0)
            seconds = time.monotonic() - began
        report(there, seconds)
        await nobody_banned_and_everyone_once(there)
    redis.stop()
