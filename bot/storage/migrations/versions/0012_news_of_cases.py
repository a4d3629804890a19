"""What agencies' systems are told of a case after it was handed to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_KEY, _INDEX = "fk_handoff_ways_history_id", "ix_handoff_ways_history_id"


def upgrade() -> None:
    op.add_column("handoff_ways", sa.Column("history_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f(_KEY), "handoff_ways", "history", ["history_id"], ["id"], ondelete="CASCADE")
    op.create_index(
        _INDEX, "handoff_ways", ["history_id"], postgresql_where=sa.text("history_id IS NOT NULL")
    )


def downgrade() -> None:
    op.execute("DELETE FROM handoff_ways WHERE history_id IS NOT NULL")
    op.drop_index(_INDEX, table_name="handoff_ways")
    op.drop_constraint(op.f(_KEY), "handoff_ways", type_="foreignkey")
    op.drop_column("handoff_ways", "history_id")
