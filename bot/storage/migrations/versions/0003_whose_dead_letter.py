"""Whose event a dead letter holds, so that it can be deleted at that person's wish."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dead_letters", sa.Column("address_hash", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_dead_letters_address_hash"), "dead_letters", ["address_hash"])
