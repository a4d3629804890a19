"""The transcript comes back as it was written."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert

from bot.delivery import transcript
from bot.delivery.ports import OutgoingChoice
from bot.delivery.transcript import Line
from bot.storage.database import Database
from bot.storage.tables import contacts
from bot.storage.vault import Vault

NOW = dt.datetime(2026, 3, 15, 8, tzinfo=dt.UTC)
VAULT = Vault(("bm90LWEtc2VjcmV0LW9ubHktZm9yLXRlc3RzLW9rISE=",))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, pool_size=2)
    yield opened
    await opened.close()


async def test_lines_come_back_in_order_and_whole(database: Database) -> None:
    asked = Line("Bạn ở đâu?", (OutgoingChoice("Hưng Yên", "province hung-yen"),), sender="Sở Y tế")
    said = Line("ở đây", attachments=("a1",), chosen=True)
    async with database.begin() as uow:
        row = {
            "channel": "web",
            "address_hash": b"1",
            "address_sealed": b"1",
            "language": "vi",
            "created_at": NOW,
            "last_seen_at": NOW,
        }
        contact = (await uow.execute(insert(contacts).returning(contacts.c.id), row)).scalar_one()
        first = await transcript.add(uow, VAULT, contact_id=contact, author="officer", line=asked, at=NOW)
        second = await transcript.add(
            uow, VAULT, contact_id=contact, author="consumer", line=said, at=NOW, event_id="e1"
        )
        assert await transcript.since(uow, VAULT, contact, 0) == [
            (first, "officer", asked, NOW, None),
            (second, "consumer", said, NOW, "e1"),
        ]
        assert [one.id for one in await transcript.since(uow, VAULT, contact, first)] == [second]
        assert [one.id for one in await transcript.since(uow, VAULT, contact, 0, limit=1)] == [first]
        assert await transcript.since(uow, VAULT, contact + 1, 0) == []
