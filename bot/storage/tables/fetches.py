"""Files that still lie with a platform: one row each until they are fetched or given up."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from bot.storage.tables.metadata import metadata, moment

fetches = Table(
    "fetches",
    metadata,
    Column("evidence_id", String(32), ForeignKey("evidence.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column(
        "contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("reference_sealed", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
    moment("due_at"),
    moment("leased_until", nullable=True),
    Index(None, "due_at"),
)
"""The row goes with its end: the evidence is then `kept` or `lost`."""
