"""From a message that nobody understood to a model that does, while the product runs."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest

from bot.app import Knowledge, opened
from bot.clock import MovableClock
from bot.delivery.ports import Inbound
from bot.learning import inbox, reviews
from bot.learning.reviews import Label, Reader
from bot.settings import Settings
from tests.bot.cases.desk import CATALOG
from tests.bot.commands.test_training import folder, run
from tests.bot.console.stand import by_rules

__all__ = ["folder"]

PUZZLES = ("zxqv kkpt lmnr", "zxqv kkpt roi ad", "kkpt lmnr zxqv nha")


@pytest.mark.long
async def test_what_was_not_understood_is_learnt(
    folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = folder / "var"
    settings = Settings(database_url=database_url, data_dir=data)
    rules = by_rules()
    monkeypatch.setattr(rules, "engine", rules.engine)  # put back afterwards
    async with opened(settings, clock=MovableClock(), knowledge=Knowledge(CATALOG, rules)) as product:
        events = [("", "data:learn_yes"), *((text, None) for text in PUZZLES)]
        for number, (text, payload) in enumerate(events):
            await product.engine.accept(
                Inbound(
                    channel="web", event_id=f"e{number}", address="lan", at=dt.datetime.now(dt.UTC),
                    text=text, payload=payload,
                )
            )  # fmt: skip
        async with product.database.begin() as uow:
            reader = Reader("hung-yen", focal=False)
            waiting = (await reviews.page(uow, product.vault, reader, "waiting", 1)).items
            for one in waiting:
                label = Label("report", "medicine", False)
                await reviews.label(uow, reader, one.id, label, officer_id=None, now=product.clock.now())
            await uow.commit()
        assert [one.text for one in waiting] == list(PUZZLES)
        file = inbox.file_of(data)
        assert await inbox.export(product.database, product.vault, file, product.clock.now()) == len(PUZZLES)
        assert product.pipeline.parse(PUZZLES[0]).topic != "medicine"
        into = str(data / "nlu" / "model.npz")
        done = await asyncio.to_thread(run, "train", "--data", "good", "--inbox", str(file), "--out", into)
        assert done.exit_code == 0, done.stderr
        assert await product.live_model.look()
        assert product.pipeline.parse(PUZZLES[0]).topic == "medicine"
