"""Hand-offs: which agency has which complaint, why, and how far it is with it."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, String, Table

from bot.storage.tables.metadata import metadata, moment, row_id

handoffs = Table(
    "handoffs",
    metadata,
    row_id(),
    Column("complaint_id", BigInteger, ForeignKey("complaints.id", ondelete="CASCADE"), nullable=False),
    Column("province", String(40), nullable=False),
    Column("agency", String(40), nullable=False),
    Column("unit", String(40)),
    Column("commune", String(5)),
    Column("lead", Boolean, nullable=False),
    Column("clauses", ARRAY(String(20)), nullable=False),
    Column("basis", String(10), nullable=False),
    Column("state", String(12), nullable=False),
    Column("officer_id", BigInteger, ForeignKey("officers.id", ondelete="SET NULL")),
    Column("reason_sealed", LargeBinary),
    moment("created_at"),
    moment("updated_at"),
    moment("seen_at", nullable=True),
    Index(None, "province", "agency", "state"),
    Index(None, "complaint_id"),
)
"""`state`: new, accepted, returned, transferred, done. `reason_sealed`: why it was returned or passed on.
`seen_at`: when an officer of the agency last had the case's page open with something new on it."""
