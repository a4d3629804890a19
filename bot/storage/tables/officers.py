"""Officers' accounts. An officer belongs to one agency of one province; an administrator to none."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, String, Table

from bot.storage.tables.metadata import metadata, moment, row_id

officers = Table(
    "officers",
    metadata,
    row_id(),
    Column("login", String(80), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("must_change", Boolean, nullable=False, server_default="true"),
    Column("role", String(20), nullable=False),
    Column("province", String(40)),
    Column("agency", String(40)),
    Column("unit", String(40)),
    Column("commune", String(5)),
    Column("active", Boolean, nullable=False, server_default="true"),
    moment("created_at"),
    moment("last_login_at", nullable=True),
)
"""`role`: officer or admin. `unit` narrows what is shown to the unit's own hand-offs; without it all of the
agency's are shown."""
