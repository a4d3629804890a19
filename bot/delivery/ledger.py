"""The delivery ledger: one row for every message that leaves, claimed with a lease, in order within a chat.

States: queued -> sent | uncertain | refused | failed | stopped. A row is claimed by pushing its lease into
the future; whoever dies while holding it loses it when the lease runs out, so recovery depends on the row
alone and never on the age of a job.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from cryptography.fernet import InvalidToken
from sqlalchemy import Row, TextClause, insert, literal, text, update

from bot.delivery.fit import fit
from bot.delivery.ports import Limits, Outgoing
from bot.storage.database import UnitOfWork
from bot.storage.tables import contacts, deliveries
from bot.storage.vault import Vault

Kind = Literal["reply", "answer", "notice", "broadcast"]
Lane = Literal["talk", "bulk"]
"""`bulk` holds broadcasts, `talk` everything else: talk overtakes bulk, also within a chat."""

State = Literal["sent", "uncertain", "refused", "failed", "stopped"]

LEASE = dt.timedelta(seconds=45)
"""Longer than any send may take, shorter than the minute within which lost work must come back (P6)."""

CONSOLE = "console"
"""The channel of notices to agencies."""

WAITING = "deliveries"
"""The topic by which workers hear of rows that the process that queued them does not send itself."""

UNREADABLE = "the message or its address cannot be decrypted"


class Delivery(msgspec.Struct, frozen=True):
    """A claimed row. `address` is a contact's address on its channel, or `province/agency` for a notice."""

    id: int
    channel: str
    contact_id: int | None
    address: str
    kind: Kind
    message: Outgoing
    attempts: int
    """Times that it was claimed, this one included."""
    maybe_sent: bool
    """An earlier try may have reached the person."""
    cut_off: bool = False
    """Whoever claimed it last died, or could not write down what came of it."""
    last_seen_at: dt.datetime | None = None
    """When the contact last wrote."""


async def to_contact(
    uow: UnitOfWork,
    vault: Vault,
    *,
    contact_id: int,
    channel: str,
    kind: Kind,
    message: Outgoing,
    limits: Limits,
    now: dt.datetime,
    complaint_id: int | None = None,
) -> list[int]:
    """Queues a message to a consumer, in the transaction of its cause: one row for each piece that the
    channel can carry.

    Whoever commits a reply sends it (`Dispatcher.send_soon`); of any other kind the workers are told.
    """
    if kind != "reply":
        await uow.notify(WAITING)
    return [
        await _queue(
            uow,
            channel=channel,
            contact_id=contact_id,
            complaint_id=complaint_id,
            kind=kind,
            body_sealed=vault.seal(piece),
            now=now,
        )
        for piece in fit(message, limits)
    ]


async def to_agency(
    uow: UnitOfWork,
    vault: Vault,
    *,
    province: str,
    agency: str,
    text: str,
    complaint_id: int | None,
    now: dt.datetime,
) -> int:
    """Queues a notice to an agency's officers: a hand-off, an answer, evidence, or (of no one case) its list
    of the morning."""
    await uow.notify(WAITING)
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
    result = await uow.execute(_QUEUE, row | {"created_at": now, "due_at": now})
    return int(result.scalar_one())


_QUEUE = insert(deliveries).returning(deliveries.c.id)


_CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT d.id, d.leased_until IS NOT NULL AS cut_off FROM deliveries d
        WHERE d.state = 'queued' AND d.due_at <= :now AND (d.leased_until IS NULL OR d.leased_until <= :now)
          AND {lane}
          AND (CAST(:contact_id AS bigint) IS NULL OR d.contact_id = :contact_id)
          AND d.channel = ANY(:channels)
          AND NOT d.held
          AND (d.contact_id IS NULL OR NOT EXISTS (
              SELECT 1 FROM deliveries other
              WHERE other.contact_id = d.contact_id AND other.state = 'queued' AND NOT other.held
                AND {goes_first}))
        ORDER BY d.due_at, d.id
        LIMIT :limit
        FOR UPDATE OF d SKIP LOCKED)
    UPDATE deliveries d SET leased_until = :lease, attempts = attempts + 1
    FROM due WHERE d.id = due.id
    RETURNING d.id, channel, contact_id, agency, kind, body_sealed, attempts, maybe_sent, cut_off,
              (SELECT c.address_sealed FROM contacts c WHERE c.id = d.contact_id),
              (SELECT c.last_seen_at FROM contacts c WHERE c.id = d.contact_id)
    """
_TALK = {"goes_first": "other.kind <> 'broadcast' AND other.id < d.id"}
_BULK = {"goes_first": "(other.kind <> 'broadcast' OR other.id < d.id)"}
_CLAIMS: dict[Lane, tuple[TextClause, ...]] = {
    "talk": (
        text(_CLAIM.format(lane="d.kind <> 'broadcast' AND d.attempts = 0", **_TALK)),
        text(_CLAIM.format(lane="d.kind <> 'broadcast' AND d.attempts > 0", **_TALK)),
    ),
    "bulk": (text(_CLAIM.format(lane="d.kind = 'broadcast'", **_BULK)),),
}
"""Within a chat and a lane only the oldest queued row can be claimed: order holds whoever sends. A broadcast
also waits for what the person was answered; no answer waits for a broadcast, and none that is new for those
that are tried again. A held row waits for the person and delays nothing. Each lane has an index of its own,
so 100,000 waiting broadcasts cost a reply nothing. Materialized, or the planner may run the limited query
once per row."""


async def claim(
    uow: UnitOfWork,
    vault: Vault,
    *,
    channels: list[str],
    now: dt.datetime,
    limit: int = 20,
    contact_id: int | None = None,
    lane: Lane = "talk",
) -> list[Delivery]:
    """Takes up to `limit` rows that are due, at most one per chat, for the length of the lease. Empty only
    where nothing more is due: rows that cannot be read end here, however many they are."""
    values = {"lease": now + LEASE, "now": now, "contact_id": contact_id, "channels": channels}
    claimed: list[Delivery] = []
    for statement in _CLAIMS[lane]:
        found: list[Delivery] = []
        room = {"limit": limit - len(claimed)}
        while room["limit"] and not found and (rows := (await uow.execute(statement, values | room)).all()):
            if not (found := await _readable(uow, vault, rows, now)):
                await _clear(uow, vault, lane, now)
        claimed += found
    return claimed


async def _clear(uow: UnitOfWork, vault: Vault, lane: Lane, now: dt.datetime) -> None:
    """Where nothing that was claimed can be read, many more may lie behind it: they end together, so that
    whoever stands behind a thousand of them waits no longer than behind one (P8)."""
    rows = (await uow.execute(_DUE_ROWS[lane], {"now": now, "limit": _CLEARED})).all()
    await _readable(uow, vault, rows, now)


_CLEARED = 1_000
_DUE = """
    SELECT d.id, channel, contact_id, agency, kind, body_sealed, attempts, maybe_sent, false AS cut_off,
           (SELECT c.address_sealed FROM contacts c WHERE c.id = d.contact_id),
           (SELECT c.last_seen_at FROM contacts c WHERE c.id = d.contact_id)
    FROM deliveries d WHERE state = 'queued' AND due_at <= :now AND leased_until IS NULL AND {lane}
    ORDER BY due_at, d.id LIMIT :limit
    """
_DUE_ROWS: dict[Lane, TextClause] = {
    "talk": text(_DUE.format(lane="kind <> 'broadcast'")),
    "bulk": text(_DUE.format(lane="kind = 'broadcast'")),
}


async def _readable(
    uow: UnitOfWork, vault: Vault, rows: Sequence[Row[Any]], now: dt.datetime
) -> list[Delivery]:
    """Oldest first; what cannot be decrypted ends as failed."""
    claimed, unreadable = [], []
    for row in sorted(rows, key=lambda row: int(row.id)):
        try:
            claimed.append(_open(vault, row))
        except (InvalidToken, msgspec.MsgspecError):
            unreadable.append(row.id)
    if unreadable:
        await uow.execute(_END_UNREADABLE, {"ids": unreadable, "at": now, "reason_": UNREADABLE})
    return claimed


def _open(vault: Vault, row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        channel=row.channel,
        contact_id=row.contact_id,
        address=vault.open(row.address_sealed, str) if row.address_sealed is not None else row.agency,
        kind=row.kind,
        message=vault.open(row.body_sealed, Outgoing),
        attempts=row.attempts,
        maybe_sent=row.maybe_sent,
        cut_off=row.cut_off,
        last_seen_at=row.last_seen_at,
    )


_END = text(
    """
    UPDATE deliveries d
    SET state = :state_, reason = :reason_, platform_id = :platform_id_, ended_at = :at, leased_until = NULL
    WHERE d.id = :delivery_id AND d.state = 'queued'
    RETURNING EXISTS (
        SELECT 1 FROM deliveries other
        WHERE other.contact_id = d.contact_id AND other.state = 'queued' AND other.id <> d.id
          AND other.kind <> 'broadcast' AND NOT other.held)
    """
)
_END_UNREADABLE = text(
    """
    UPDATE deliveries SET state = 'failed', reason = :reason_, ended_at = :at, leased_until = NULL
    WHERE id = ANY(:ids)
    """
)


async def end(
    uow: UnitOfWork,
    delivery_id: int,
    state: State,
    now: dt.datetime,
    *,
    reason: str | None = None,
    platform_id: str | None = None,
) -> bool:
    """Ends a claimed row; returns whether more than broadcasts is queued for its contact."""
    row = {
        "delivery_id": delivery_id,
        "state_": state,
        "reason_": reason,
        "platform_id_": platform_id,
        "at": now,
    }
    return bool((await uow.execute(_END, row)).scalar())


async def again(
    uow: UnitOfWork,
    delivery_id: int,
    due_at: dt.datetime,
    reason: str,
    *,
    maybe_sent: bool = False,
    counts: bool = True,
) -> None:
    """Gives the row back, to be tried again at `due_at`. `counts`: as one of its tries."""
    await uow.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == "queued")
        .values(
            due_at=due_at,
            leased_until=None,
            reason=reason,
            maybe_sent=deliveries.c.maybe_sent | literal(maybe_sent),
            attempts=deliveries.c.attempts - (0 if counts else 1),
        )
    )


async def postpone(uow: UnitOfWork, delivery_id: int, due_at: dt.datetime) -> None:
    """Gives the row back untried: the rate of its channel is used up until then."""
    await uow.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == "queued")
        .values(due_at=due_at, leased_until=None, attempts=deliveries.c.attempts - 1)
    )


_HOLD = text(
    """
    UPDATE deliveries d SET leased_until = NULL, reason = :reason, held = NOT EXISTS (
        SELECT 1 FROM contacts c
        WHERE c.id = d.contact_id AND c.last_seen_at > d.leased_until - CAST(:lease AS interval))
    WHERE d.id = :delivery_id AND d.state = 'queued'
    """
)
"""Who wrote while it was refused has opened the platform's window again: it is tried at once."""


async def hold(uow: UnitOfWork, delivery_id: int, reason: str) -> None:
    """The platform takes it only after the person has written again: it goes with their next message."""
    await uow.execute(_HOLD, {"delivery_id": delivery_id, "reason": reason, "lease": LEASE})


async def release(uow: UnitOfWork, contact_id: int, now: dt.datetime) -> int:
    """Lets what was held go, behind what is queued already: the answer to what was just said comes first.
    Returns how many messages that were."""
    ids = list((await uow.execute(_HELD, {"contact_id": contact_id})).scalars())
    for each in ids:  # one by one: a new number each, in the old order
        await uow.execute(_RELEASE, {"delivery_id": each, "now": now})
    return len(ids)


_HELD = text(
    "SELECT id FROM deliveries WHERE contact_id = :contact_id AND held AND state = 'queued' ORDER BY id"
)
_RELEASE = text(
    "UPDATE deliveries SET held = false, id = DEFAULT, due_at = :now, attempts = 0 WHERE id = :delivery_id"
)


async def stop_contact(uow: UnitOfWork, contact_id: int, now: dt.datetime, reason: str) -> None:
    """The person has gone (blocked us, left): nothing more is sent, and what is queued ends as stopped."""
    await uow.execute(update(contacts).where(contacts.c.id == contact_id).values(stopped=True))
    await uow.execute(
        update(deliveries)
        .where(deliveries.c.contact_id == contact_id, deliveries.c.state == "queued")
        .values(state="stopped", reason=reason, ended_at=now, leased_until=None)
    )
