"""Who is signed in to the console, whose sign-ins failed, and which forms were sent already."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table

from bot.storage.tables.metadata import metadata, moment

officer_sessions = Table(
    "officer_sessions",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("officer_id", BigInteger, ForeignKey("officers.id", ondelete="CASCADE"), nullable=False),
    moment("created_at"),
    moment("last_seen_at"),
    Index(None, "officer_id"),
)
"""`key`: SHA-256 of the random value in the cookie, so that a copy of the table opens no session."""

login_failures = Table(
    "login_failures",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("failed", Integer, nullable=False),
    moment("last_at"),
    moment("locked_until", nullable=True),
)
"""`key`: keyed hash of a login, whether there is such an account or not, or of a network address."""

officer_forms = Table(
    "officer_forms",
    metadata,
    Column("token", LargeBinary, primary_key=True),
    Column("officer_id", BigInteger, ForeignKey("officers.id", ondelete="CASCADE"), nullable=False),
    Column("result_sealed", LargeBinary),
    moment("at"),
    Index(None, "at"),
)
"""One row per form that had an effect: sent a second time it has none. `result_sealed` holds what is shown
once, such as a one-time password, and is emptied soon after."""
