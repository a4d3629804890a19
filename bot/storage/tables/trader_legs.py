"""Negotiation with the trader that an agency supports: how far it is."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table

from bot.storage.tables.metadata import metadata, moment

trader_legs = Table(
    "trader_legs",
    metadata,
    Column("complaint_id", BigInteger, ForeignKey("complaints.id", ondelete="CASCADE"), primary_key=True),
    Column("state", String(12), nullable=False),
    moment("due_at", nullable=True),
    moment("updated_at"),
)
"""No row: the request was not forwarded yet. `state`: `bot.cases.trader.State`. `due_at`: the end of the
present step's time limit; None where the leg is over. What happened when stands in `history`."""
