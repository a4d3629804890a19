"""What administrators entered about agencies, hotlines and banks: the newest row of a key is in force."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from bot.storage.tables.metadata import metadata, moment, row_id

listing_changes = Table(
    "listing_changes",
    metadata,
    row_id(),
    Column("key", String(120), nullable=False),
    Column("fields", JSONB),
    Column("reason", Text, nullable=False),
    Column("officer_id", BigInteger, ForeignKey("officers.id", ondelete="SET NULL")),
    Column("officer_name", String(120), nullable=False),
    moment("at"),
    Index(None, "key", "id"),
)
"""Rows are only ever added, so the table is its own audit trail. `fields`: the fields that were entered; null
where the listing was put back to what the repository says."""
