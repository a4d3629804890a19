"""How each hand-off goes out besides the console: one row for every way, with a state of its own."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, text

from bot.storage.tables.metadata import metadata, moment, row_id

handoff_ways = Table(
    "handoff_ways",
    metadata,
    row_id(),
    Column("handoff_id", BigInteger, ForeignKey("handoffs.id", ondelete="CASCADE"), nullable=False),
    Column("way", String(10), nullable=False),
    Column("target", String(140), nullable=False),
    Column("key", String(40), nullable=False, unique=True),
    Column("state", String(10), nullable=False, server_default="queued"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("reason", Text),
    Column("history_id", BigInteger, ForeignKey("history.id", ondelete="CASCADE")),
    moment("created_at"),
    moment("due_at"),
    moment("leased_until", nullable=True),
    moment("told_at", nullable=True),
    moment("ended_at", nullable=True),
    Index(None, "handoff_id"),
    Index("ix_handoff_ways_history_id", "history_id", postgresql_where=text("history_id IS NOT NULL")),
    Index("ix_handoff_ways_queued", "due_at", postgresql_where=text("state = 'queued'")),
)
"""`way`: email or webhook. `target`: `province/agency`, with a unit or a commune's code behind it. `key`: by
which the receiver knows a repeat. `state`: queued, sent, stopped. `attempts`: times that it was claimed,
`failures`: those that are known to have failed. `history_id`: what the agency's system is told of the case;
without one it is the hand-off itself. `told_at`: since when a person has been told that it does not
get through."""
