"""How the last canary of each channel came through."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from bot.storage.tables.metadata import metadata, moment

canaries = Table(
    "canaries",
    metadata,
    Column("channel", String(20), primary_key=True),
    moment("at"),
    Column("took_ms", Integer),
    Column("fault", Text),
    Column("failures", Integer, nullable=False, server_default="0"),
)
"""`at`: when it was sent. `took_ms`: until the platform had taken the answer. `failures`: in a row."""
