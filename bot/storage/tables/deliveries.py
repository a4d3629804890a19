"""The ledger: every message that leaves, one row each, until it is sent or nobody can."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from bot.storage.tables.metadata import metadata, moment, row_id

_QUEUED = "state = 'queued' AND NOT held"

deliveries = Table(
    "deliveries",
    metadata,
    row_id(),
    Column("channel", String(20), nullable=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE")),
    Column("agency", String(90)),
    Column("complaint_id", BigInteger, ForeignKey("complaints.id", ondelete="CASCADE")),
    Column("kind", String(10), nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("state", String(10), nullable=False, server_default="queued"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("maybe_sent", Boolean, nullable=False, server_default="false"),
    Column("held", Boolean, nullable=False, server_default="false"),
    Column("platform_id", String(200)),
    Column("reason", Text),
    moment("created_at"),
    moment("due_at"),
    moment("leased_until", nullable=True),
    moment("ended_at", nullable=True),
    Index("ix_deliveries_talk", "due_at", "id", postgresql_where=text(_QUEUED + " AND kind <> 'broadcast'")),
    Index("ix_deliveries_bulk", "due_at", "id", postgresql_where=text(_QUEUED + " AND kind = 'broadcast'")),
    Index("ix_deliveries_case", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    Index("ix_deliveries_held", "contact_id", postgresql_where=text("held")),
    Index("ix_deliveries_chat", "contact_id", "id", postgresql_where=text("state = 'queued'")),
)
"""Goes to a contact, or (`channel` = console) to an agency, written `province/agency`. `kind`: reply (of the
bot), answer (an officer's), notice (of a hand-off), broadcast (to many at once). `state`: queued, sent,
uncertain, refused, failed, stopped. `maybe_sent`: a try went wrong in a way that leaves open whether the
person got it. `held`: queued, but the platform takes it only after the person has written again."""
