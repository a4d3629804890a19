"""Whoever deletes their data leaves nothing behind but what an open case needs; others lose nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.app import Product, opened
from bot.clock import MovableClock
from bot.delivery.ports import Inbound
from bot.dialogue import events
from bot.settings import Settings
from bot.storage.tables import complaints, contacts, dead_letters, deliveries

STORY = (
    "cây xăng bơm thiếu",
    "xăng",
    "cây xăng số 9",
    "bỏ qua",
    "bỏ qua",
    "xã văn giang",
    "bỏ qua",
    "bỏ qua",
)


@pytest.fixture
async def product(database_url: str, tmp_path: Path) -> AsyncIterator[Product]:
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    async with opened(settings, clock=MovableClock()) as product:
        yield product


class Somebody:
    def __init__(self, product: Product, name: str) -> None:
        self.product, self.name, self.said = product, name, 0

    def event(self, text: str = "", payload: str | None = None) -> Inbound:
        self.said += 1
        return Inbound(
            channel="web",
            event_id=f"{self.name}-{self.said}",
            address=self.name,
            at=dt.datetime.now(dt.UTC),
            text=text,
            payload=payload,
        )

    async def does(self, text: str = "", payload: str | None = None) -> None:
        await self.product.engine.accept(self.event(text, payload))
        await self.product.dispatcher.drain()

    async def fails(self) -> None:
        """A turn of theirs that could not be handled."""
        async with self.product.database.begin() as uow:
            await events.bury(
                uow, self.product.vault, self.event("hỏng"), "ValueError", self.product.clock.now()
            )
            await uow.commit()

    async def files(self) -> None:
        for text in STORY:
            await self.does(text)
        await self.does(payload="ok")
        await self.does(payload="consent:yes")

    async def deletes(self) -> None:
        await self.does(payload="data:delete")
        await self.does(payload="data:yes")


async def left(product: Product, *columns: Any) -> list[Any]:
    async with product.database.begin() as uow:
        return list((await uow.execute(select(*columns))).all())


async def test_ended_deliveries_and_dead_letters_go_at_once(product: Product) -> None:
    lan, nam = Somebody(product, "lan"), Somebody(product, "nam")
    for person in (lan, nam):
        await person.does("xin chào")
        await person.fails()
    before = len(await left(product, deliveries.c.id))
    assert before == 2
    await lan.deletes()
    owners = [row.contact_id for row in await left(product, deliveries.c.contact_id, deliveries.c.id)]
    people = {row.id for row in await left(product, contacts.c.id)}
    assert len(people) == 2
    assert sorted(owners.count(person) for person in people) == [1, 1], (
        "the receipt, and the other's greeting"
    )
    assert [row.event_id for row in await left(product, dead_letters.c.event_id)] == ["nam-2"]


async def test_an_open_case_keeps_the_fate_of_its_messages_without_their_words(product: Product) -> None:
    lan = Somebody(product, "lan")
    await lan.files()
    [case] = await left(product, complaints.c.id)
    async with product.database.begin() as uow:
        newest = select(deliveries.c.id).where(deliveries.c.channel == "web").order_by(deliveries.c.id.desc())
        answer = (await uow.execute(newest.limit(1))).scalar_one()
        await uow.execute(
            update(deliveries).where(deliveries.c.id == answer).values(complaint_id=case.id, kind="answer")
        )
        await uow.commit()
    await lan.deletes()
    rows = await left(
        product, deliveries.c.id, deliveries.c.kind, deliveries.c.body_sealed, deliveries.c.channel
    )
    kept = {row.id: row.body_sealed for row in rows if row.channel == "web" and row.kind == "answer"}
    assert kept == {answer: b""}
    assert len([row for row in rows if row.channel == "web" and row.kind == "reply"]) == 1, (
        "the receipt alone"
    )
    assert [row.kind for row in rows if row.channel == "console"], "what the agencies were told stands"


async def test_when_the_case_has_ended_its_messages_go_too(product: Product) -> None:
    lan = Somebody(product, "lan")
    await lan.files()
    [case] = await left(product, complaints.c.code)
    await lan.does(payload=f"withdraw:{case.code}")
    async with product.database.begin() as uow:
        await uow.execute(update(deliveries).where(deliveries.c.channel == "web").values(complaint_id=1))
        await uow.commit()
    await lan.deletes()
    rows = await left(product, deliveries.c.channel)
    assert [row.channel for row in rows].count("web") == 1
