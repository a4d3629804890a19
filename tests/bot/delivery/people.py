"""Contacts, queued messages and senders of the delivery tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlalchemy import Row, insert, select

from bot.app import LIMITS
from bot.clock import Clock
from bot.delivery import ledger
from bot.delivery.ports import Outgoing, SendFailed
from bot.storage.database import Database
from bot.storage.tables import contacts, deliveries
from bot.storage.vault import Vault

NOWHERE = "postgresql+asyncpg://ntd@/ntd?host=/nonexistent"
"""The address of a database that is away."""


class Recorder:
    """A channel that keeps what it was asked to send, and fails as it is told to."""

    def __init__(self, fail: Callable[[str], SendFailed | None] | None = None, seconds: float = 0) -> None:
        self.sent: list[tuple[str, str]] = []
        self.tries: list[str] = []
        self.fail = fail
        self.seconds = seconds

    async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:
        self.tries.append(message.text)
        await asyncio.sleep(self.seconds)
        failure = self.fail(message.text) if self.fail else None
        if failure:
            raise failure
        self.sent.append((address, message.text))
        return f"platform-{delivery_id}"

    def to(self, address: str) -> list[str]:
        return [text for sent_to, text in self.sent if sent_to == address]


class People:
    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self.database = database
        self.vault = vault
        self.clock = clock

    async def contact(self, address: str, channel: str = "web") -> int:
        now = self.clock.now()
        row = {
            "channel": channel,
            "address_hash": self.vault.digest("address", f"{channel} {address}"),
            "address_sealed": self.vault.seal(address),
            "language": "vi",
            "created_at": now,
            "last_seen_at": now,
        }
        async with self.database.begin() as uow:
            made = await uow.execute(insert(contacts).returning(contacts.c.id), row)
            await uow.commit()
            return int(made.scalar_one())

    async def queue(self, contact_id: int, *texts: str, channel: str = "web") -> list[int]:
        return [await self._queue(contact_id, text, channel, "reply") for text in texts]

    async def answer(self, contact_id: int, text: str) -> int:
        """An officer's answer: the process that commits it does not send it."""
        return await self._queue(contact_id, text, "web", "answer")

    async def broadcast(self, contact_id: int, text: str) -> int:
        return await self._queue(contact_id, text, "web", "broadcast")

    async def _queue(self, contact_id: int, text: str, channel: str, kind: ledger.Kind) -> int:
        async with self.database.begin() as uow:
            made = await ledger.to_contact(
                uow,
                self.vault,
                contact_id=contact_id,
                channel=channel,
                kind=kind,
                message=Outgoing(text),
                limits=LIMITS[channel],
                now=self.clock.now(),
            )
            await uow.commit()
        return made[0]

    async def row(self, delivery_id: int) -> Row[tuple[object, ...]]:
        async with self.database.begin() as uow:
            return (await uow.execute(select(deliveries).where(deliveries.c.id == delivery_id))).one()

    async def states(self) -> list[str]:
        async with self.database.begin() as uow:
            found = await uow.execute(select(deliveries.c.state).order_by(deliveries.c.id))
            return list(found.scalars())
