"""What became of a case's answers is looked up for its page and for the choices that stand last in a chat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_deliveries_case",
        "deliveries",
        ["complaint_id"],
        postgresql_where=sa.text("complaint_id IS NOT NULL"),
    )
