"""What is planted past its date is gone after a sweep, from tables and files; everything else stays."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Select, Table, insert, select, text

from bot.cases import retention
from bot.cases.evidence import EvidenceStore
from bot.cases.retention import LOCK, NEVER_BACK, NOT_SENT, Swept, sweep
from bot.clock import MovableClock
from bot.delivery import ledger
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.tables import (
    complaints,
    contacts,
    dead_letters,
    deliveries,
    evidence,
    inbound_events,
    messages,
    talks,
)
from bot.storage.vault import Vault

NOW = dt.datetime(2026, 3, 15, 8, tzinfo=dt.UTC)
PDF = b"%PDF-1.7 made up"
SETTINGS = Settings()


def ago(**parts: float) -> dt.datetime:
    return NOW - dt.timedelta(**parts)


class Planted:
    """A contact with a complaint, and rows of any age around them."""

    def __init__(self, database: Database, store: EvidenceStore, folder: Path) -> None:
        self.database = database
        self.store = store
        self.folder = folder

    async def add(self, table: Table, **row: Any) -> Any:
        async with self.database.begin() as uow:
            made = await uow.execute(insert(table).returning(*table.primary_key.columns), row)
            await uow.commit()
            return made.one()[0]

    async def person(self) -> int:
        return int(
            await self.add(
                contacts,
                channel="web",
                address_hash=b"a",
                address_sealed=b"",
                language="vi",
                created_at=ago(days=400),
                last_seen_at=ago(days=400),
            )
        )

    async def complaint(self, state: str = "open") -> int:
        return int(
            await self.add(
                complaints,
                code="HY-26-000001",
                kind="complaint",
                secret_hash=b"",
                province="hung-yen",
                topic="other",
                urgent=False,
                vulnerable=False,
                state=state,
                slots_sealed=b"",
                search=[],
                due_at=NOW,
                by_law=False,
                source="chat",
                filed_at=ago(days=400),
                updated_at=ago(days=400),
            )
        )

    async def message(self, contact: int, at: dt.datetime, complaint: int | None = None) -> int:
        row = {"contact_id": contact, "complaint_id": complaint, "author": "consumer", "body_sealed": b"x"}
        return int(await self.add(messages, at=at, **row))

    async def delivery(
        self, contact: int, at: dt.datetime, state: str = "sent", complaint: int | None = None, **more: Any
    ) -> int:
        row = {"channel": "web", "contact_id": contact, "kind": "reply", "body_sealed": b"x", "state": state}
        row |= {"complaint_id": complaint, **more}
        ended = None if state == "queued" else at
        return int(await self.add(deliveries, created_at=at, ended_at=ended, **{"due_at": at} | row))

    async def waiting(self, contact: int, at: dt.datetime, complaint: int | None) -> int:
        """Held until the person writes again."""
        return await self.delivery(contact, at, "queued", complaint, held=True)

    async def rows(self, query: Select[Any]) -> list[Any]:
        async with self.database.begin() as uow:
            return list((await uow.execute(query)).all())

    async def file(self, contact: int, at: dt.datetime, complaint: int | None = None) -> str:
        async with self.database.begin() as uow:
            kept = await self.store.keep(uow, contact_id=contact, data=PDF, now=at)
            values = {"complaint": complaint, "id": kept.id}
            await uow.execute(text("UPDATE evidence SET complaint_id = :complaint WHERE id = :id"), values)
            await uow.commit()
        return kept.id

    def files(self) -> set[str]:
        return {path.name for path in self.folder.rglob("*") if path.is_file()}

    def write_at(self, at: dt.datetime, *ids: str) -> None:
        for each in ids:
            os.utime(self.folder / each[:2] / each, (at.timestamp(), at.timestamp()))

    async def left(self, table: Table) -> set[Any]:
        async with self.database.begin() as uow:
            return set((await uow.execute(select(*table.primary_key.columns))).scalars())

    async def sweep(self, now: dt.datetime = NOW, *, dry_run: bool = False) -> Swept:
        return await sweep(self.database, self.store, SETTINGS, now, dry_run=dry_run)


@pytest.fixture
async def planted(database_url: str, tmp_path: Path) -> AsyncIterator[Planted]:
    database = Database(database_url, pool_size=3)
    vault = Vault((Fernet.generate_key().decode(),))
    yield Planted(database, EvidenceStore(tmp_path, vault), tmp_path / "evidence")
    await database.close()


async def test_talks_end_when_they_said_they_would(planted: Planted) -> None:
    contact = await planted.person()
    row = {"contact_id": contact, "talk_sealed": b"x", "updated_at": ago(hours=72)}
    await planted.add(talks, expires_at=NOW + dt.timedelta(seconds=1), **row)
    assert (await planted.sweep()).talks == 0
    assert (await planted.sweep(NOW + dt.timedelta(seconds=1))).talks == 1
    assert await planted.left(talks) == set()


async def test_messages_outside_complaints_go_after_72_hours(planted: Planted) -> None:
    contact, complaint = await planted.person(), await planted.complaint()
    await planted.message(contact, ago(hours=73))
    fresh = await planted.message(contact, ago(hours=71))
    filed = await planted.message(contact, ago(days=300), complaint)
    assert (await planted.sweep()).messages == 1
    assert await planted.left(messages) == {fresh, filed}


async def test_events_are_known_for_a_month(planted: Planted) -> None:
    await planted.add(inbound_events, channel="web", event_id="old", received_at=ago(days=32))
    await planted.add(inbound_events, channel="zalo", event_id="new", received_at=ago(days=30, hours=1))
    assert (await planted.sweep()).events == 1
    assert await planted.left(inbound_events) == {"zalo"}


async def test_dead_letters_go_after_a_week(planted: Planted) -> None:
    row = {"channel": "web", "event_id": "1", "event_sealed": b"x", "error": "ValueError"}
    await planted.add(dead_letters, at=ago(days=8), **row)
    fresh = await planted.add(dead_letters, at=ago(days=6), **row)
    assert (await planted.sweep()).dead_letters == 1
    assert await planted.left(dead_letters) == {fresh}


async def test_deliveries_lose_their_text_first_and_their_row_later(planted: Planted) -> None:
    contact = await planted.person()
    fresh = await planted.delivery(contact, ago(hours=71))
    told = await planted.delivery(contact, ago(hours=73), "refused")
    await planted.delivery(contact, ago(days=31))
    swept = await planted.sweep()
    assert (swept.emptied, swept.deliveries) == (2, 1)
    async with planted.database.begin() as uow:
        rows = (
            await uow.execute(select(deliveries.c.id, deliveries.c.state, deliveries.c.body_sealed))
        ).all()
    assert {tuple(row) for row in rows} == {(fresh, "sent", b"x"), (told, "refused", b"")}


async def test_an_agencys_answer_that_waits_for_the_person_waits_while_the_case_is_open(
    planted: Planted,
) -> None:
    contact, complaint = await planted.person(), await planted.complaint()
    answer = await planted.waiting(contact, ago(days=200), complaint)
    swept = await planted.sweep()
    assert (swept.given_up, swept.unasked, swept.emptied) == (0, 0, 0)
    assert await planted.left(deliveries) == {answer}


async def test_it_waits_ninety_days_where_the_case_has_ended(planted: Planted) -> None:
    contact, complaint = await planted.person(), await planted.complaint("resolved")
    late = await planted.waiting(contact, ago(days=91), complaint)
    young = await planted.waiting(contact, ago(days=89), complaint)
    assert (await planted.sweep()).unasked == 1
    rows = {row.id: row for row in await planted.rows(select(deliveries))}
    assert (rows[late].state, rows[late].reason, rows[late].body_sealed) == ("failed", NEVER_BACK, b"")
    assert (rows[young].state, rows[young].body_sealed) == ("queued", b"x")


async def test_a_reply_of_the_bot_does_not_outlive_its_talk_by_waiting(planted: Planted) -> None:
    contact = await planted.person()
    await planted.waiting(contact, ago(hours=73), None)
    await planted.waiting(contact, ago(hours=71), None)
    assert (await planted.sweep()).given_up == 1


async def test_what_was_let_go_is_not_given_up_for_its_age(planted: Planted) -> None:
    """The sweep runs in the moment between the person's message and the send."""
    contact, complaint = await planted.person(), await planted.complaint()
    await planted.waiting(contact, ago(days=80), complaint)
    async with planted.database.begin() as uow:
        await ledger.release(uow, contact, NOW)
        await uow.commit()
    assert (await planted.sweep(NOW + dt.timedelta(minutes=5))).given_up == 0
    assert [row.state for row in await planted.rows(select(deliveries))] == ["queued"]


async def test_what_became_of_answers_is_known_as_long_as_the_case_is_open(planted: Planted) -> None:
    contact, complaint = await planted.person(), await planted.complaint()
    answer = await planted.delivery(contact, ago(days=40), complaint=complaint)
    assert (await planted.sweep()).deliveries == 0
    async with planted.database.begin() as uow:
        await uow.execute(text("UPDATE complaints SET state = 'resolved'"))
        await uow.commit()
    assert (await planted.sweep()).deliveries == 1
    assert answer not in await planted.left(deliveries)


async def test_what_nobody_could_send_ends_as_failed(planted: Planted) -> None:
    contact = await planted.person()
    stale = await planted.delivery(contact, ago(hours=73), "queued")
    waiting = await planted.delivery(contact, ago(hours=1), "queued")
    assert (await planted.sweep()).given_up == 1
    async with planted.database.begin() as uow:
        rows = {row.id: row for row in (await uow.execute(select(deliveries))).all()}
    assert (rows[stale].state, rows[stale].reason, rows[stale].body_sealed) == ("failed", NOT_SENT, b"")
    assert (rows[waiting].state, rows[waiting].body_sealed) == ("queued", b"x")


async def test_files_outside_complaints_go_after_a_week(planted: Planted) -> None:
    contact, complaint = await planted.person(), await planted.complaint()
    loose = await planted.file(contact, ago(days=8))
    fresh = await planted.file(contact, ago(days=6))
    filed = await planted.file(contact, ago(days=300), complaint)
    assert (await planted.sweep()).evidence == 1
    assert await planted.left(evidence) == {fresh, filed}
    assert planted.files() == {fresh, filed}
    assert loose not in planted.files()


async def test_files_without_a_row_go_after_a_day(planted: Planted) -> None:
    contact = await planted.person()
    known = await planted.file(contact, ago(days=1))
    async with planted.database.begin() as uow:
        fresh = (await planted.store.keep(uow, contact_id=contact, data=PDF, now=NOW)).id
        orphan = (await planted.store.keep(uow, contact_id=contact, data=PDF, now=NOW)).id
    cut_off = planted.folder / known[:2] / (known[:2] + "0" * 30)
    cut_off.write_bytes(b"half of a fi")
    planted.write_at(ago(hours=23), fresh)
    planted.write_at(ago(hours=25), known, orphan, cut_off.name)
    assert (await planted.sweep()).orphan_files == 2
    assert planted.files() == {known, fresh}


async def test_the_files_of_another_database_are_left_alone(planted: Planted) -> None:
    contact = await planted.person()
    async with planted.database.begin() as uow:
        foreign = (await planted.store.keep(uow, contact_id=contact, data=PDF, now=NOW)).id
    planted.write_at(ago(days=401), foreign)
    assert (await planted.sweep()).orphan_files == 0
    async with planted.database.begin() as uow:
        await uow.execute(text("DELETE FROM contacts"))
        await uow.commit()
    planted.write_at(ago(days=8), foreign)
    assert (await planted.sweep()).orphan_files == 0
    assert planted.files() == {foreign}


async def plant_some_of_everything(planted: Planted) -> None:
    contact = await planted.person()
    await planted.message(contact, ago(days=9))
    await planted.delivery(contact, ago(days=40))
    await planted.delivery(contact, ago(days=4), "queued")
    await planted.file(contact, ago(days=9))
    async with planted.database.begin() as uow:
        await planted.store.keep(uow, contact_id=contact, data=PDF, now=NOW)
    planted.write_at(ago(days=9), *planted.files())


async def test_a_dry_run_says_what_a_run_does_and_does_nothing(planted: Planted) -> None:
    await plant_some_of_everything(planted)
    said = await planted.sweep(dry_run=True)
    assert len(planted.files()) == 2
    assert len(await planted.left(messages)) == 1
    assert await planted.sweep() == said
    assert (said.messages, said.evidence, said.orphan_files, said.deliveries) == (1, 1, 1, 1)


async def test_a_second_run_finds_nothing(planted: Planted) -> None:
    await plant_some_of_everything(planted)
    await planted.sweep()
    assert await planted.sweep() == Swept()


async def test_one_process_at_a_time(planted: Planted) -> None:
    await plant_some_of_everything(planted)
    async with planted.database.begin() as uow:
        await uow.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        assert await planted.sweep() == Swept()
    assert (await planted.sweep()).messages == 1


async def test_the_worker_sweeps_as_it_starts_and_stops_when_told(planted: Planted) -> None:
    contact = await planted.person()
    await planted.message(contact, ago(days=9))
    stop, clock = asyncio.Event(), MovableClock()
    clock.move(NOW - clock.now())
    running = asyncio.create_task(retention.run(planted.database, planted.store, SETTINGS, clock, stop))
    async with asyncio.timeout(10):
        while await planted.left(messages):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        stop.set()
        await running


async def test_what_is_still_being_tried_ends_with_its_talk_or_with_its_case(planted: Planted) -> None:
    """As in an outage of days: due again in a moment, however old it is."""
    contact, complaint = await planted.person(), await planted.complaint()
    reply = await planted.delivery(contact, ago(hours=80), "queued", due_at=ago(minutes=1))
    answer = await planted.delivery(contact, ago(days=91), "queued", complaint, due_at=ago(minutes=1))
    assert (await planted.sweep()).given_up == 1
    states = {row.id: row.state for row in await planted.rows(select(deliveries))}
    assert states == {reply: "failed", answer: "queued"}
    async with planted.database.begin() as uow:
        await uow.execute(text("UPDATE complaints SET state = 'resolved'"))
        await uow.commit()
    assert (await planted.sweep()).unasked == 1
