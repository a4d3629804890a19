"""What a turn asks of the database. Each way there and back costs more than what is done on the way, and it
is counted here, not timed: fifty messages a second have to fit."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

from sqlalchemy import Connection, event

from bot.app import Product, opened
from bot.delivery.ports import Inbound
from bot.settings import Settings
from tests.support.knowledge import shared_knowledge

A_TURN = 15
"""Ways of a question with one answer, its sending included: it was 46 when each of its five transactions
began with a look at its connection."""


def counted(product: Product) -> Counter[str]:
    ways: Counter[str] = Counter()
    engine = product.database.engine.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def statement(_connection: object, _cursor: object, text: str, *_more: object) -> None:
        ways[text] += 1

    @event.listens_for(engine, "begin")
    @event.listens_for(engine, "commit")
    def bound(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            ways["begin or commit"] += 1

    return ways


async def test_a_plain_question_and_its_answer(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    async with opened(settings, knowledge=shared_knowledge()) as product:

        async def ask(number: int) -> None:
            message = Inbound(
                channel="web",
                event_id=f"cost-{number}",
                address="one",
                at=dt.datetime.now(dt.UTC),
                text="hàng mua online không vừa có được đổi trả không",
            )
            await product.engine.accept(message)
            await product.dispatcher.drain()

        await ask(1)
        ways = counted(product)
        await ask(2)
    assert 0 < ways["begin or commit"] <= 2, ways
    assert ways.total() <= A_TURN, ways
