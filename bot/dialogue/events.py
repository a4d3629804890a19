"""Which events were taken in: a platform may send the same one ten times, it counts once (P3)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from bot.delivery.ports import Inbound
from bot.storage.addresses import address_hash
from bot.storage.database import UnitOfWork
from bot.storage.tables import dead_letters, inbound_events
from bot.storage.vault import Vault


async def record(uow: UnitOfWork, channel: str, event_id: str, now: dt.datetime) -> bool:
    """False if the event was taken in before. Waits for another process that is at the same event."""
    statement = insert(inbound_events).on_conflict_do_nothing().returning(inbound_events.c.event_id)
    row = {"channel": channel, "event_id": event_id, "received_at": now}
    return (await uow.execute(statement, row)).first() is not None


async def bury(uow: UnitOfWork, vault: Vault, inbound: Inbound, error: str, now: dt.datetime) -> None:
    """Keeps an event whose turn failed, encrypted, for an administrator to see masked and to replay."""
    row = {
        "channel": inbound.channel,
        "event_id": inbound.event_id,
        "address_hash": address_hash(vault, inbound.channel, inbound.address),
        "event_sealed": vault.seal(inbound),
        "error": error,
        "at": now,
    }
    await uow.execute(plain_insert(dead_letters), row)
