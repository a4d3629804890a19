"""Files that consumers sent. The bytes lie encrypted under the data folder, outside every web root."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from bot.storage.tables.metadata import metadata, moment

evidence = Table(
    "evidence",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="SET NULL")),
    Column("complaint_id", BigInteger, ForeignKey("complaints.id", ondelete="CASCADE")),
    Column("state", String(8), nullable=False, server_default="kept"),
    Column("content_type", String(60), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    moment("at"),
    Index(None, "complaint_id"),
    Index(None, "contact_id"),
)
"""`state`: kept; awaited (it still lies with the platform: type, size and hash are empty); lost."""
