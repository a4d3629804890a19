"""A hand-off's notice wakes the open pages of that agency."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from bot.delivery import ledger
from bot.delivery.dispatch import Dispatcher
from bot.delivery.notices import ConsoleSender
from bot.delivery.ports import Outgoing, SendFailed
from bot.storage.database import Database
from bot.storage.listen import Listener
from bot.storage.tables import complaints, deliveries
from tests.bot.delivery.people import NOWHERE, People


async def complaint(people: People) -> int:
    now = people.clock.now()
    row = {
        "code": "HY-26-000001",
        "kind": "complaint",
        "secret_hash": b"x",
        "province": "hung-yen",
        "topic": "food_safety",
        "urgent": False,
        "vulnerable": False,
        "state": "open",
        "slots_sealed": b"x",
        "search": [],
        "due_at": now,
        "by_law": False,
        "source": "chat",
        "filed_at": now,
        "updated_at": now,
    }
    async with people.database.begin() as uow:
        made = await uow.execute(insert(complaints).returning(complaints.c.id), row)
        await uow.commit()
        return int(made.scalar_one())


async def test_a_notice_wakes_its_agency(people: People, database_url: str) -> None:
    complaint_id = await complaint(people)
    listener = Listener(database_url)
    listener.start()
    with listener.subscribe("console", "hung-yen/so_y_te") as mine:
        while await mine.wait(0.5) is not None:
            pass
        async with people.database.begin() as uow:
            await ledger.to_agency(
                uow,
                people.vault,
                province="hung-yen",
                agency="so_y_te",
                text="HY-26-000001",
                complaint_id=complaint_id,
                now=people.clock.now(),
            )
            await uow.commit()
        console = ConsoleSender(people.database)
        await Dispatcher(people.database, people.vault, people.clock, {"console": console}).run_due()
        assert await mine.wait(5) == "hung-yen/so_y_te"
    await listener.close()
    async with people.database.begin() as uow:
        assert (await uow.execute(select(deliveries.c.state))).scalar_one() == "sent"


async def test_without_a_database_the_notice_is_worth_another_try() -> None:
    with pytest.raises(SendFailed) as failure:
        await ConsoleSender(Database(NOWHERE)).send("hung-yen/so_y_te", Outgoing(""), 1)
    assert failure.value.retry
