"""What agencies were reminded of, once each."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, UniqueConstraint

from bot.storage.tables.metadata import metadata, moment, row_id

reminders = Table(
    "reminders",
    metadata,
    row_id(),
    Column("kind", String(20), nullable=False),
    Column("occasion", String(120), nullable=False),
    Column("complaint_id", BigInteger, ForeignKey("complaints.id", ondelete="CASCADE")),
    Column("province", String(40), nullable=False),
    Column("agency", String(40), nullable=False),
    Column("part", String(40)),
    moment("at"),
    UniqueConstraint("kind", "occasion"),
    Index(None, "complaint_id"),
    Index(None, "province", "agency", "at"),
)
"""`kind`: `bot.cases.reminding.Kind`. `occasion`: what must not be said twice, such as a hand-off since a
moment. The row and its notice are one transaction, so of several workers one says it. `part`: the unit or the
commune's code, where the agency has it."""
