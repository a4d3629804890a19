"""Messages that were not understood, kept masked for training by those who allow it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("learning", sa.Boolean(), nullable=True))
    op.add_column("contacts", sa.Column("learning_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("province", sa.String(length=40), nullable=True),
        sa.Column("about_agency", sa.Boolean(), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="waiting", nullable=False),
        sa.Column("label_act", sa.String(length=20), nullable=True),
        sa.Column("label_topic", sa.String(length=40), nullable=True),
        sa.Column("label_urgent", sa.Boolean(), nullable=True),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("labelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_reviews_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.id"], name=op.f("fk_reviews_officer_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("contact_id", "text_hash", name=op.f("uq_reviews_contact_id_text_hash")),
    )
    op.create_index(op.f("ix_reviews_state_id"), "reviews", ["state", "id"])
    op.create_index(op.f("ix_reviews_at"), "reviews", ["at"])
