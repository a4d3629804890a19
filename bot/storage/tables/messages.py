"""The masked transcript: what was said by whom. Rows of a complaint live with it, the others 72 hours."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table

from bot.storage.tables.metadata import metadata, moment, row_id

messages = Table(
    "messages",
    metadata,
    row_id(),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE")),
    Column("complaint_id", BigInteger, ForeignKey("complaints.id", ondelete="CASCADE")),
    Column("author", String(10), nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("event_id", String(200)),
    moment("at"),
    Index(None, "contact_id", "id"),
    Index(None, "complaint_id", "id"),
    Index(None, "at"),
)
"""`author`: consumer, bot or officer. `body_sealed`: `bot.delivery.transcript.Line`. `event_id` is the
channel's id of an inbound message."""
