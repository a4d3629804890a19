"""What happened to a complaint, in order: every action of an officer, the consumer and the product itself."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table

from bot.storage.tables.metadata import metadata, moment, row_id

history = Table(
    "history",
    metadata,
    row_id(),
    Column("complaint_id", BigInteger, ForeignKey("complaints.id", ondelete="CASCADE"), nullable=False),
    Column("actor", String(10), nullable=False),
    Column("officer_id", BigInteger, ForeignKey("officers.id", ondelete="SET NULL")),
    Column("action", String(20), nullable=False),
    Column("province", String(40)),
    Column("agency", String(40)),
    Column("note_sealed", LargeBinary),
    moment("at"),
    Index(None, "complaint_id", "id"),
)
"""`actor`: consumer, officer or system. `action`: filed, accepted, noted, asked, answered, returned,
transferred, resolved, done, evidence, reply, rated, withdrawn, opened, mistaken."""
