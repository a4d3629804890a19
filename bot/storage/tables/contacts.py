"""Consumers' accounts on channels, and who asked for news."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, LargeBinary, String, Table, UniqueConstraint

from bot.storage.tables.metadata import metadata, moment, row_id

contacts = Table(
    "contacts",
    metadata,
    row_id(),
    Column("channel", String(20), nullable=False),
    Column("address_hash", LargeBinary, nullable=False),
    Column("address_sealed", LargeBinary, nullable=False),
    Column("language", String(2), nullable=False),
    Column("province", String(40)),
    Column("commune", String(5)),
    Column("vulnerable", Boolean),
    Column("first_name_sealed", LargeBinary),
    Column("stopped", Boolean, nullable=False, server_default="false"),
    Column("learning", Boolean),
    moment("learning_at", nullable=True),
    moment("created_at"),
    moment("last_seen_at"),
    UniqueConstraint("channel", "address_hash"),
)
"""`learning`: whether the person lets messages that were not understood be kept, masked, for training; null
until they have chosen. `learning_at` is when they did."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
    moment("since"),
)
