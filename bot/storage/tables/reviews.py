"""Masked messages that were not understood, of people who allow it, until an officer has labelled them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from bot.storage.tables.metadata import metadata, moment, row_id

reviews = Table(
    "reviews",
    metadata,
    row_id(),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    Column("text_hash", LargeBinary, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("source", String(10), nullable=False),
    Column("province", String(40)),
    Column("about_agency", Boolean, nullable=False),
    Column("act", String(20), nullable=False),
    Column("topic", String(40)),
    Column("urgent", Boolean, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("state", String(10), nullable=False, server_default="waiting"),
    Column("label_act", String(20)),
    Column("label_topic", String(40)),
    Column("label_urgent", Boolean),
    Column("officer_id", BigInteger, ForeignKey("officers.id", ondelete="SET NULL")),
    moment("at"),
    moment("labelled_at", nullable=True),
    moment("exported_at", nullable=True),
    UniqueConstraint("contact_id", "text_hash"),
    Index(None, "state", "id"),
    Index(None, "at"),
)
"""`source`: unsure (the bot was not sure) or officer (marked on the case's page). `about_agency`: it may be
about an authority's conduct, and is then read at the focal agency alone. `state`: waiting, labelled or
skipped. `exported_at`: the sentence stands in the file that training reads."""
