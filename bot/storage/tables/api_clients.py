"""Systems of agencies that read and write cases: their keys, and what they asked for once already."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, LargeBinary, String, Table, UniqueConstraint

from bot.storage.tables.metadata import metadata, moment, row_id

api_clients = Table(
    "api_clients",
    metadata,
    row_id(),
    Column("name", String(80), nullable=False, unique=True),
    Column("key_hash", LargeBinary, nullable=False, unique=True),
    Column("province", String(40), nullable=False),
    Column("agency", String(40)),
    Column("unit", String(40)),
    Column("commune", String(5)),
    Column("active", Boolean, nullable=False, server_default="true"),
    moment("created_at"),
    moment("used_at", nullable=True),
)
"""`agency`: whose hand-offs it takes and answers; without one it files cases and reads those it filed."""

client_calls = Table(
    "client_calls",
    metadata,
    row_id(),
    Column("client_id", BigInteger, ForeignKey("api_clients.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("key", String(80), nullable=False),
    Column("complaint_id", BigInteger, ForeignKey("complaints.id", ondelete="CASCADE"), nullable=False),
    moment("at"),
    UniqueConstraint("client_id", "kind", "key"),
)
"""`kind`: filed (the complaint is its own) or update. `key`: the client's own, so that a repeat has no second
effect."""
