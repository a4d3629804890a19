"""Reads the database for the judge, and plants what has to lie there. Takes no part in the product."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from bot.delivery.ports import Outgoing
from bot.storage.addresses import address_hash
from bot.storage.vault import Vault
from scripts.faults.evidence import Case, Row
from scripts.faults.plan import Event

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""The database is not there; a statement that it refuses is raised."""
POISONED_ROWS = 1000
WAITS_SECONDS = 6.0
"""A row for somebody who is about to leave is due after this time."""


class Witness:
    def __init__(self, dsn: str, vault: Vault) -> None:
        self._dsn = dsn
        self._vault = vault

    async def query(self, statement: str, *values: Any) -> list[Any]:
        """However long the database is away."""
        while True:
            try:
                connection = await asyncpg.connect(self._dsn, timeout=10)
                try:
                    return list(await connection.fetch(statement, *values, timeout=120))
                finally:
                    connection.terminate()
            except AWAY:
                await asyncio.sleep(0.1)

    async def claimed(self) -> tuple[int, ...]:
        found = await self.query(
            "SELECT id FROM deliveries WHERE state = 'queued' AND leased_until IS NOT NULL"
        )
        return tuple(row["id"] for row in found)

    async def unsettled(self) -> int:
        found = await self.query(
            "SELECT count(*) AS n FROM deliveries WHERE state = 'queued' AND NOT held AND kind <> 'broadcast'"
        )
        return int(found[0]["n"])

    async def move_leases(self, rows: list[int]) -> None:
        """As if the length of a lease had passed for these rows, which dead processes had claimed."""
        await self.query(
            "UPDATE deliveries SET leased_until = now() - interval '1 hour'"
            " WHERE state = 'queued' AND leased_until IS NOT NULL AND id = ANY($1)",
            rows,
        )

    async def age_events(self, ids: list[str]) -> None:
        """As if these had come 29 days ago."""
        await self.query(
            "UPDATE inbound_events SET received_at = received_at - interval '29 days'"
            " WHERE event_id = ANY($1)",
            ids,
        )

    async def forget_zalo_tokens(self) -> None:
        """The emulator of this run knows nothing of an earlier run's."""
        await self.query("DELETE FROM channel_state WHERE channel = 'zalo'")

    async def plant_for(self, event: Event) -> int | None:
        """A message that waits for somebody who will leave now: it must never go out."""
        found = await self.query(
            "INSERT INTO deliveries (channel, contact_id, kind, body_sealed, created_at, due_at)"
            " SELECT channel, id, 'answer', $2, now(), now() + $3 FROM contacts"
            " WHERE channel = $4 AND address_hash = $1 RETURNING id",
            address_hash(self._vault, event.channel, event.address),
            self._vault.seal(Outgoing("planted by the fault harness")),
            dt.timedelta(seconds=WAITS_SECONDS),
            event.channel,
        )
        return int(found[0]["id"]) if found else None

    async def broadcast(self, addresses: Sequence[str]) -> None:
        """One row for each, as a campaign would leave them."""
        await self.query(
            "WITH people AS (INSERT INTO contacts"
            " (channel, address_hash, address_sealed, language, created_at, last_seen_at)"
            " SELECT 'telegram', h, s, 'vi', now(), now() FROM unnest($1::bytea[], $2::bytea[]) AS t (h, s)"
            " RETURNING id)"
            " INSERT INTO deliveries (channel, contact_id, kind, body_sealed, created_at, due_at)"
            " SELECT 'telegram', id, 'broadcast', $3, now(), now() FROM people",
            [address_hash(self._vault, "telegram", address) for address in addresses],
            [self._vault.seal(address) for address in addresses],
            self._vault.seal(Outgoing("a broadcast of the fault harness")),
        )

    async def end_broadcast(self) -> None:
        """What is still queued of it would go out into the next act."""
        await self.query(
            "UPDATE deliveries SET state = 'stopped', ended_at = now(), leased_until = NULL"
            " WHERE state = 'queued' AND kind = 'broadcast'"
        )

    async def audience(self, addresses: Sequence[str]) -> dict[str, Row]:
        hashes = {address_hash(self._vault, "telegram", address): address for address in addresses}
        contacts = await self.query(
            "SELECT id, address_hash FROM contacts WHERE channel = 'telegram' AND address_hash = ANY($1)",
            list(hashes),
        )
        found = {row["id"]: f"telegram {hashes[row['address_hash']]}" for row in contacts}
        return {found[row.contact]: row for row in await self.rows(list(found), []) if row.contact}

    async def poison(self) -> tuple[int, ...]:
        """Ledger rows that nobody can decrypt, due before all others."""
        found = await self.query(
            "INSERT INTO deliveries (channel, agency, kind, body_sealed, created_at, due_at)"
            " SELECT 'console', 'nowhere/nobody', 'notice', 'poison', now(), now() - interval '1 hour'"
            " FROM generate_series(1, $1) RETURNING id",
            POISONED_ROWS,
        )
        return tuple(row["id"] for row in found)

    async def people(self, events: Iterable[Event]) -> dict[str, int]:
        hashes = {
            (event.channel, address_hash(self._vault, event.channel, event.address)): event.address
            for event in events
        }
        found = await self.query(
            "SELECT id, channel, address_hash FROM contacts WHERE address_hash = ANY($1)",
            [hashed for _, hashed in hashes],
        )
        return {f"{row['channel']} {hashes[row['channel'], row['address_hash']]}": row["id"] for row in found}

    async def stopped(self, contacts: list[int]) -> set[int]:
        found = await self.query("SELECT id FROM contacts WHERE stopped AND id = ANY($1)", contacts)
        return {row["id"] for row in found}

    async def commits(self, ids: list[str]) -> dict[str, float]:
        found = await self.query(
            "SELECT channel, event_id, extract(epoch FROM pg_xact_commit_timestamp(xmin)) AS at"
            " FROM inbound_events WHERE event_id = ANY($1)",
            ids,
        )
        return {f"{row['channel']} {row['event_id']}": float(row["at"]) for row in found}

    async def lines(self, contacts: list[int]) -> dict[str, int]:
        found = await self.query(
            "SELECT c.channel, m.event_id, count(*) AS n FROM messages m"
            " JOIN contacts c ON c.id = m.contact_id"
            " WHERE m.author = 'consumer' AND m.contact_id = ANY($1) GROUP BY 1, 2",
            contacts,
        )
        return {f"{row['channel']} {row['event_id']}": row["n"] for row in found}

    async def letters(self, ids: list[str]) -> dict[str, int]:
        found = await self.query(
            "SELECT channel, event_id, count(*) AS n FROM dead_letters"
            " WHERE event_id = ANY($1) GROUP BY 1, 2",
            ids,
        )
        return {f"{row['channel']} {row['event_id']}": row["n"] for row in found}

    async def cases(self, contacts: list[int]) -> list[Case]:
        found = await self.query(
            "SELECT c.id, c.contact_id, c.code, extract(epoch FROM c.filed_at) AS filed_at,"
            " count(*) FILTER (WHERE h.lead) AS leads, count(h.id) AS agencies"
            " FROM complaints c LEFT JOIN handoffs h ON h.complaint_id = c.id"
            " WHERE c.contact_id = ANY($1) GROUP BY c.id",
            contacts,
        )
        return [
            Case(r["id"], r["contact_id"], r["code"], float(r["filed_at"]), r["leads"], r["agencies"])
            for r in found
        ]

    async def rows(self, contacts: list[int], cases: list[int]) -> list[Row]:
        found = await self.query(
            "SELECT id, contact_id, channel, kind, state, attempts, platform_id, complaint_id, held,"
            " extract(epoch FROM created_at) AS created_at, extract(epoch FROM ended_at) AS ended_at"
            " FROM deliveries WHERE contact_id = ANY($1) OR complaint_id = ANY($2) ORDER BY id",
            contacts,
            cases,
        )
        return [
            Row(
                id=r["id"],
                contact=r["contact_id"],
                channel=r["channel"],
                kind=r["kind"],
                state=r["state"],
                attempts=r["attempts"],
                platform_id=r["platform_id"],
                case=r["complaint_id"],
                created_at=float(r["created_at"]),
                ended_at=None if r["ended_at"] is None else float(r["ended_at"]),
                held=r["held"],
            )
            for r in found
        ]
