"""After a bad day of a platform: nothing lost, each chat in its order, twice only where an answer was
dropped, and every event one turn, however often, late or out of order it came."""

from __future__ import annotations

import datetime as dt
import unicodedata
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.app import Knowledge
from bot.delivery.ports import Outgoing
from bot.storage.addresses import address_hash
from bot.storage.tables import contacts, dead_letters, deliveries, messages
from tests.support.bad_day import USUAL, BadDay
from tests.support.phones import MESSENGERS, House, house

PEOPLE = 5
SAID = ("xin chào", "bạn làm được gì", "cảm ơn", "quyền của tôi là gì", "alo", "tạm biệt")


@pytest.mark.parametrize("channel", MESSENGERS)
async def test_a_bad_day_loses_nothing(
    channel: str, database_url: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    async with house(channel, database_url, tmp_path, knowledge) as home:
        day = BadDay(seed=8, share=0.5, slow_seconds=0.01)
        day.begin(home.emulators)
        phones = [home.phone(channel=channel) for _ in range(PEOPLE)]
        for said in SAID:
            for phone in phones:
                await phone.say(said)
            for _ in range(2):  # a minute in steps shorter than a lease: what is being sent keeps it
                await home.settle()
                home.clock.move(dt.timedelta(seconds=31))
        await day.end()
        await home.turned(PEOPLE * len(SAID) - 1)
        await all_ended(home)

        assert set(day.met) == USUAL, "with another seed, all of it is met"
        assert len(home.heard) == PEOPLE * len(SAID)
        assert await dead(home) == 0
        for phone in phones:
            seen = [plain(message.text) for message in phone.news()]
            rows = await told(home, channel, phone.address)
            assert seen == [text for text, doubted in rows for _ in range(2 if doubted else 1)]
            assert sum(doubted for _, doubted in rows) <= day.unanswered[channel, phone.address]
            assert await turns(home, channel, phone.address) == len(SAID)


async def all_ended(home: House) -> None:
    """Waits as long as pauses and rests last, by the clock."""
    for _ in range(100):
        await home.settle()
        async with home.product.database.begin() as uow:
            query = select(func.count()).select_from(deliveries).where(deliveries.c.state == "queued")
            if not (await uow.execute(query)).scalar_one():
                return
        home.clock.move(dt.timedelta(seconds=31))
    raise AssertionError("something is queued for ever")


async def told(home: House, channel: str, address: str) -> list[tuple[str, bool]]:
    """The rows of the ledger, in order, and whether each was in doubt and therefore sent again."""
    query = (
        select(deliveries.c.body_sealed, deliveries.c.maybe_sent, deliveries.c.state)
        .join(contacts, contacts.c.id == deliveries.c.contact_id)
        .where(contacts.c.address_hash == address_hash(home.product.vault, channel, address))
        .order_by(deliveries.c.id)
    )
    async with home.product.database.begin() as uow:
        rows = (await uow.execute(query)).all()
    assert {row.state for row in rows} <= {"sent", "uncertain"}
    assert all(row.maybe_sent for row in rows if row.state == "uncertain")
    return [(plain(home.product.vault.open(row.body_sealed, Outgoing).text), row.maybe_sent) for row in rows]


async def turns(home: House, channel: str, address: str) -> int:
    """Messages of the person in the transcript."""
    query = (
        select(func.count())
        .select_from(messages)
        .join(contacts, contacts.c.id == messages.c.contact_id)
        .where(contacts.c.address_hash == address_hash(home.product.vault, channel, address))
        .where(messages.c.author == "consumer")
    )
    async with home.product.database.begin() as uow:
        return int((await uow.execute(query)).scalar_one())


async def dead(home: House) -> int:
    async with home.product.database.begin() as uow:
        return int((await uow.execute(select(func.count()).select_from(dead_letters))).scalar_one())


def plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
