"""Dead letters are replayed or set aside, with who did it; broadcasts wait in a lane of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_QUEUED = "state = 'queued' AND NOT held"


def upgrade() -> None:
    op.add_column("dead_letters", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    op.add_column("dead_letters", sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "dead_letter_acts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("letter_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("officer_name", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_dead_letter_acts_officer_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter_acts")),
    )
    op.create_index(op.f("ix_dead_letter_acts_letter_id_id"), "dead_letter_acts", ["letter_id", "id"])
    op.drop_index("ix_deliveries_queued", "deliveries")
    for lane, kind in (("talk", "kind <> 'broadcast'"), ("bulk", "kind = 'broadcast'")):
        op.create_index(
            f"ix_deliveries_{lane}",
            "deliveries",
            ["due_at", "id"],
            postgresql_where=sa.text(f"{_QUEUED} AND {kind}"),
        )
