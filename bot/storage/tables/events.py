"""Which events of the platforms were taken in, and those whose turn failed."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, String, Table, Text

from bot.storage.tables.metadata import metadata, moment, row_id

inbound_events = Table(
    "inbound_events",
    metadata,
    Column("channel", String(20), primary_key=True),
    Column("event_id", String(200), primary_key=True),
    moment("received_at"),
    Index(None, "received_at"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    row_id(),
    Column("channel", String(20), nullable=False),
    Column("event_id", String(200), nullable=False),
    Column("address_hash", LargeBinary, index=True),
    Column("event_sealed", LargeBinary, nullable=False),
    Column("error", Text, nullable=False),
    moment("at"),
    moment("replayed_at", nullable=True),
)
"""`address_hash` as in `contacts`: whose event it was, so that it goes when the person's data go."""
