"""What became of each inbound event, so that every day's messages add up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "inbound_events",
        sa.Column("became", sa.String(length=12), server_default="answered", nullable=False),
    )
    op.execute(
        "UPDATE inbound_events SET became = 'dead' FROM dead_letters d"
        " WHERE d.channel = inbound_events.channel AND d.event_id = inbound_events.event_id"
        " AND d.replayed_at IS NULL"
    )


def downgrade() -> None:
    op.drop_column("inbound_events", "became")
