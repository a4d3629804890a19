"""Nothing is kept for training without the person's own choice, and only what was not understood."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import Knowledge, Product, opened
from bot.clock import MovableClock
from bot.delivery import transcript
from bot.delivery.ports import Inbound
from bot.learning import reviews
from bot.settings import Settings
from bot.storage.tables import contacts
from bot.storage.tables import reviews as table
from tests.bot.cases.desk import CATALOG
from tests.bot.console.stand import by_rules

UNCLEAR = "zxqv kkpt lmnr ticket TN-26-000123"


@pytest.fixture
async def product(database_url: str, tmp_path: Path) -> AsyncIterator[Product]:
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    knowledge = Knowledge(CATALOG, by_rules())
    async with opened(settings, clock=MovableClock(), knowledge=knowledge) as product:
        yield product


async def say(product: Product, number: int, text: str = "", payload: str | None = None) -> None:
    await product.engine.accept(
        Inbound(
            channel="web",
            event_id=f"e{number}",
            address="lan",
            at=dt.datetime.now(dt.UTC),
            text=text,
            payload=payload,
        )
    )
    await product.dispatcher.drain()


async def kept(product: Product) -> list[str]:
    async with product.database.begin() as uow:
        rows = (await uow.execute(select(table.c.text_sealed).order_by(table.c.id))).scalars()
        return [product.vault.open(sealed, str) for sealed in rows]


async def offered(product: Product) -> list[str]:
    """The choices of the last reply."""
    async with product.database.begin() as uow:
        lines = await transcript.since(uow, product.vault, 1, 0)
    return [choice.payload for choice in lines[-1].line.choices]


async def test_what_is_kept_follows_the_choice(product: Product) -> None:
    await say(product, 1, UNCLEAR)
    assert await kept(product) == []
    assert "data:learn" in await offered(product)
    await say(product, 2, payload="data:learn")
    assert await kept(product) == [], "to be asked is no consent"
    assert await offered(product) == ["data:learn_yes", "data:learn_no"]
    await say(product, 3, payload="data:learn_yes")
    assert await kept(product) == ["zxqv kkpt lmnr ticket TN-00-000000"], "the message that it was asked for"
    await say(product, 4, "cảm ơn")
    await say(product, 5, "ghjk wrtp bnmz")
    assert len(await kept(product)) == 2, "thanks are understood"
    await say(product, 6, payload="data:learn_no")
    assert await kept(product) == []
    await say(product, 7, "bnmz wrtp ghjk")
    assert await kept(product) == []
    assert "data:learn" not in await offered(product), "who has chosen is not asked again"


async def test_deleting_ones_data_deletes_these_too_and_the_choice(product: Product) -> None:
    await say(product, 1, payload="data:learn_yes")
    await say(product, 2, UNCLEAR)
    assert len(await kept(product)) == 1
    await say(product, 3, payload="data:yes")
    assert await kept(product) == []
    async with product.database.begin() as uow:
        [row] = (await uow.execute(select(contacts.c.learning, contacts.c.learning_at))).all()
        assert tuple(row) == (None, None)
        assert not await reviews.allowed(uow, 1)


async def test_answers_of_a_form_are_no_puzzles(product: Product) -> None:
    await say(product, 1, payload="data:learn_yes")
    for number, text in enumerate(("mua phải thuốc giả", "báo", UNCLEAR, "rtp mnq"), 2):
        await say(product, number, text)
    assert await kept(product) == []
