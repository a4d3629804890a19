"""Complaints and their numbers."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from bot.storage.tables.metadata import metadata, moment, row_id

complaints = Table(
    "complaints",
    metadata,
    row_id(),
    Column("code", String(12), nullable=False, unique=True),
    Column("kind", String(10), nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("wrong_secrets", Integer, nullable=False, server_default="0"),
    moment("locked_until", nullable=True),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="SET NULL")),
    Column("province", String(40), nullable=False),
    Column("topic", String(40), nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("vulnerable", Boolean, nullable=False),
    Column("for_someone_else", Boolean, nullable=False, server_default="false"),
    Column("commune", String(5)),
    Column("state", String(12), nullable=False),
    Column("slots_sealed", LargeBinary, nullable=False),
    Column("search", ARRAY(BigInteger), nullable=False),
    moment("due_at"),
    Column("by_law", Boolean, nullable=False),
    moment("first_due_at", nullable=True),
    moment("paused_at", nullable=True),
    Column("outcome", String(20)),
    Column("helped", Boolean),
    Column("source", String(10), nullable=False),
    moment("filed_at"),
    moment("updated_at"),
    moment("resolved_at", nullable=True),
    Index("ix_complaints_search", "search", postgresql_using="gin"),
    Index(None, "contact_id"),
    Index(None, "filed_at"),
    Index(
        "ix_complaints_live_due",
        "due_at",
        postgresql_where=text("state IN ('open', 'accepted', 'asked')"),
    ),
)
"""`kind`: complaint or request (a wish to speak to an officer). `state`: open, accepted, asked, resolved,
withdrawn. `slots_sealed`: `bot.cases.records.Details`. `source`: chat, phone or counter. `paused_at`: the
deadline's clock stands since then, for the consumer was asked; `first_due_at`: the deadline before the first
such pause (`bot.cases.deadlines`)."""

case_followers = Table(
    "case_followers",
    metadata,
    Column("complaint_id", BigInteger, ForeignKey("complaints.id", ondelete="CASCADE"), primary_key=True),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    moment("since"),
    Index(None, "contact_id"),
)
"""Contacts that get a complaint's updates: who filed it, and who opened it with its secret."""

complaint_numbers = Table(
    "complaint_numbers",
    metadata,
    Column("province", String(40), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)
