"""What channels remember besides people: tokens, counters, and which process does what only one may do."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, String, Table

from bot.storage.tables.metadata import metadata, moment

channel_state = Table(
    "channel_state",
    metadata,
    Column("channel", String(20), primary_key=True),
    Column("key", String(40), primary_key=True),
    Column("value_sealed", LargeBinary, nullable=False),
    moment("updated_at"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("holder", String(60), nullable=False),
    moment("held_until"),
)
"""`holder`: a random name of one process."""
