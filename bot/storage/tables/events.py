"""Which events of the platforms were taken in, and those whose turn failed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from bot.storage.tables.metadata import metadata, moment, row_id

inbound_events = Table(
    "inbound_events",
    metadata,
    Column("channel", String(20), primary_key=True),
    Column("event_id", String(200), primary_key=True),
    moment("received_at"),
    Column("became", String(12), nullable=False, server_default="answered"),
    Index(None, "received_at"),
)
"""`became`: `bot.dialogue.events.Became`."""

dead_letters = Table(
    "dead_letters",
    metadata,
    row_id(),
    Column("channel", String(20), nullable=False),
    Column("event_id", String(200), nullable=False),
    Column("address_hash", LargeBinary, index=True),
    Column("event_sealed", LargeBinary, nullable=False),
    Column("error", Text, nullable=False),
    moment("at"),
    moment("replayed_at", nullable=True),
    Column("tries", Integer, nullable=False, server_default="0"),
    moment("set_aside_at", nullable=True),
)
"""`address_hash` as in `contacts`: whose event it was, so that it goes when the person's data go. `error`: of
the last try, its name alone. `tries`: how often it was replayed and failed again."""

dead_letter_acts = Table(
    "dead_letter_acts",
    metadata,
    row_id(),
    Column("letter_id", BigInteger, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("act", String(10), nullable=False),
    Column("told", Text, nullable=False),
    Column("officer_id", BigInteger, ForeignKey("officers.id", ondelete="SET NULL")),
    Column("officer_name", String(120), nullable=False),
    moment("at"),
    Index(None, "letter_id", "id"),
)
"""What was done with dead letters: rows are only added, and outlive the letters. `act`: replayed, failed (the
replay; `told` names the error), set_aside (`told` is the reason)."""
