"""Which events were taken in, and what became of each: a platform may send the same one ten times, it counts
once (P3), and every day's messages add up (P22)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import insert as plain_insert
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from bot.delivery.ports import Inbound
from bot.storage.addresses import address_hash
from bot.storage.database import UnitOfWork
from bot.storage.tables import dead_letters, inbound_events
from bot.storage.vault import Vault


class Became(StrEnum):
    ANSWERED = "answered"
    HANDED_OFF = "handed_off"
    """It went to an agency's officers too: a complaint, an answer to their question, evidence."""
    SILENT = "silent"
    """Its turn said nothing."""
    NOTICE = "notice"
    """No message: somebody left, came back, withdrew."""
    CANARY = "canary"
    """Our own, no person's (`bot.health.canary`)."""
    DEAD = "dead"
    """Its turn failed: a dead letter holds it."""

    @classmethod
    def of(cls, *, handed_off: bool, said: bool) -> Became:
        """Of a turn that went well."""
        if handed_off:
            return cls.HANDED_OFF
        return cls.ANSWERED if said else cls.SILENT


async def record(
    uow: UnitOfWork, channel: str, event_id: str, now: dt.datetime, became: Became = Became.ANSWERED
) -> bool:
    """False if the event was taken in before. Waits for another process that is at the same event."""
    row = {"channel": channel, "event_id": event_id, "received_at": now, "became": became}
    return (await uow.execute(_RECORD, row)).first() is not None


_RECORD = insert(inbound_events).on_conflict_do_nothing().returning(inbound_events.c.event_id)


async def correct(uow: UnitOfWork, inbound: Inbound, became: Became) -> None:
    """What a recorded event became after all."""
    table = inbound_events
    this = (table.c.channel == inbound.channel, table.c.event_id == inbound.event_id)
    await uow.execute(update(table).where(*this).values(became=became))


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
