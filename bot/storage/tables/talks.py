"""What is remembered between the turns of a contact."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table

from bot.storage.tables.metadata import metadata, moment

talks = Table(
    "talks",
    metadata,
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    Column("talk_sealed", LargeBinary, nullable=False),
    moment("updated_at"),
    moment("expires_at"),
    Index(None, "expires_at"),
)
