"""The delivery ledger: one row for every message that leaves, claimed with a lease, in order within a chat.

States: queued -> sent | uncertain | refused | failed | stopped. A row is claimed by pushing its lease into the
future; whoever dies while holding it loses it when the lease runs out, so recovery never depends on the age of a
job but on the row alone.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import msgspec
from sqlalchemy import bindparam, insert, text, update

from bot.delivery.ports import Outgoing
from bot.storage.database import UnitOfWork
from bot.storage.tables import contacts, deliveries
from bot.storage.vault import Vault

Kind = Literal["reply", "answer", "notice"]
State = Literal["sent", "uncertain", "refused", "failed", "stopped"]

LEASE = dt.timedelta(seconds=45)
"""Longer than any channel's send may take, shorter than the minute within which lost work must come back (P6)."""

CONSOLE = "console"
"""The channel of notices to agencies."""


class Delivery(msgspec.Struct, frozen=True):
    """A claimed row. `address` is a contact's address on its channel, or `province/agency` for a notice."""

    id: int
    channel: str
    address: str
    kind: Kind
    message: Outgoing
    attempts: int


async def to_contact(
    uow: UnitOfWork,
    vault: Vault,
    *,
    contact_id: int,
    channel: str,
    kind: Kind,
    message: Outgoing,
    now: dt.datetime,
    complaint_id: int | None = None,
) -> int:
    """Queues a message to a consumer, in the transaction of its cause."""
    return await _queue(
        uow,
        channel=channel,
        contact_id=contact_id,
        complaint_id=complaint_id,
        kind=kind,
        body_sealed=vault.seal(message),
        now=now,
    )


async def to_agency(
    uow: UnitOfWork, vault: Vault, *, province: str, agency: str, text: str, complaint_id: int, now: dt.datetime
) -> int:
    """Queues a notice to an agency's officers: a hand-off, an answer, evidence."""
    return await _queue(
        uow,
        channel=CONSOLE,
        agency=f"{province}/{agency}",
        complaint_id=complaint_id,
        kind="notice",
        body_sealed=vault.seal(Outgoing(text)),
        now=now,
    )


async def _queue(uow: UnitOfWork, *, now: dt.datetime, **row: Any) -> int:
    result = await uow.execute(
        insert(deliveries).returning(deliveries.c.id), row | {"created_at": now, "due_at": now}
    )
    return int(result.scalar_one())


_CLAIM = text(
    """
    UPDATE deliveries SET leased_until = :lease, attempts = attempts + 1
    WHERE id IN (
        SELECT d.id FROM deliveries d
        WHERE d.state = 'queued' AND d.due_at <= :now AND (d.leased_until IS NULL OR d.leased_until <= :now)
          AND (CAST(:contact_id AS bigint) IS NULL OR d.contact_id = :contact_id)
          AND d.channel = ANY(:channels)
          AND (d.contact_id IS NULL OR NOT EXISTS (
              SELECT 1 FROM deliveries earlier
              WHERE earlier.contact_id = d.contact_id AND earlier.state = 'queued' AND earlier.id < d.id))
        ORDER BY d.due_at, d.id
        LIMIT :limit
        FOR UPDATE OF d SKIP LOCKED)
    RETURNING id, channel, contact_id, agency, kind, body_sealed, attempts
    """
)
"""Within a chat only the oldest queued row can be claimed: order holds whoever sends."""


async def claim(
    uow: UnitOfWork,
    vault: Vault,
    *,
    channels: list[str],
    now: dt.datetime,
    limit: int = 20,
    contact_id: int | None = None,
) -> list[Delivery]:
    """Takes up to `limit` rows that are due, at most one per chat, for the length of the lease."""
    values = {"lease": now + LEASE, "now": now, "limit": limit, "contact_id": contact_id, "channels": channels}
    rows = (await uow.execute(_CLAIM, values)).all()
    addresses = await _addresses(uow, vault, [row.contact_id for row in rows if row.contact_id is not None])
    return [
        Delivery(
            id=row.id,
            channel=row.channel,
            address=addresses[row.contact_id] if row.contact_id is not None else row.agency,
            kind=row.kind,
            message=vault.open(row.body_sealed, Outgoing),
            attempts=row.attempts,
        )
        for row in sorted(rows, key=lambda row: int(row.id))
    ]


async def _addresses(uow: UnitOfWork, vault: Vault, ids: list[int]) -> dict[int, str]:
    if not ids:
        return {}
    query = contacts.select().with_only_columns(contacts.c.id, contacts.c.address_sealed)
    rows = (await uow.execute(query.where(contacts.c.id.in_(ids)))).all()
    return {row.id: vault.open(row.address_sealed, str) for row in rows}


_END = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery_id"), deliveries.c.state == "queued")
    .values(
        state=bindparam("state_"),
        reason=bindparam("reason_"),
        platform_id=bindparam("platform_id_"),
        ended_at=bindparam("at"),
        leased_until=None,
    )
)


async def end(
    uow: UnitOfWork,
    delivery_id: int,
    state: State,
    now: dt.datetime,
    reason: str | None = None,
    platform_id: str | None = None,
) -> None:
    values = {
        "delivery_id": delivery_id,
        "state_": state,
        "reason_": reason,
        "platform_id_": platform_id,
        "at": now,
    }
    await uow.execute(_END, values)


async def again(uow: UnitOfWork, delivery_id: int, due_at: dt.datetime, reason: str) -> None:
    """Gives the row back, to be tried again at `due_at`."""
    await uow.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == "queued")
        .values(due_at=due_at, leased_until=None, reason=reason)
    )


async def stop_contact(uow: UnitOfWork, contact_id: int, now: dt.datetime, reason: str) -> None:
    """The person has gone (blocked us, left): nothing more is sent, and what is queued ends as stopped."""
    await uow.execute(update(contacts).where(contacts.c.id == contact_id).values(stopped=True))
    await uow.execute(
        update(deliveries)
        .where(deliveries.c.contact_id == contact_id, deliveries.c.state == "queued")
        .values(state="stopped", reason=reason, ended_at=now, leased_until=None)
    )
