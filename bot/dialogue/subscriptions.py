"""News for a contact, on and off (implements `actions.ports.Subscriptions`)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from bot.storage.database import UnitOfWork
from bot.storage.tables import subscriptions


class ContactSubscriptions:
    def __init__(self, uow: UnitOfWork, contact_id: int, now: dt.datetime) -> None:
        self._uow = uow
        self._contact_id = contact_id
        self._now = now

    async def subscribe(self) -> bool:
        statement = insert(subscriptions).on_conflict_do_nothing().returning(subscriptions.c.contact_id)
        row = {"contact_id": self._contact_id, "since": self._now}
        return (await self._uow.execute(statement, row)).first() is not None

    async def unsubscribe(self) -> bool:
        statement = delete(subscriptions).where(subscriptions.c.contact_id == self._contact_id)
        return (await self._uow.execute(statement)).rowcount > 0

    async def subscribed(self) -> bool:
        query = select(subscriptions.c.since).where(subscriptions.c.contact_id == self._contact_id)
        return (await self._uow.execute(query)).first() is not None
