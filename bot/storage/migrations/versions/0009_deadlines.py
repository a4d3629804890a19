"""A deadline's clock that stands still, who has seen a case, reminders, and the trader's leg."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.add_column("complaints", _moment("first_due_at"))
    op.add_column("complaints", _moment("paused_at"))
    op.execute("UPDATE complaints SET paused_at = updated_at, first_due_at = due_at WHERE state = 'asked'")
    op.create_index(
        "ix_complaints_live_due",
        "complaints",
        ["due_at"],
        postgresql_where=sa.text("state IN ('open', 'accepted', 'asked')"),
    )
    op.add_column("handoffs", _moment("seen_at"))
    op.execute("UPDATE handoffs SET seen_at = updated_at WHERE state <> 'new'")
    _reminders()
    op.create_table(
        "trader_legs",
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        _moment("due_at"),
        _moment("updated_at", nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_trader_legs_complaint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_trader_legs")),
    )


def _reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("occasion", sa.String(length=120), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=True),
        sa.Column("province", sa.String(length=40), nullable=False),
        sa.Column("agency", sa.String(length=40), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=True),
        _moment("at", nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_reminders_complaint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("kind", "occasion", name=op.f("uq_reminders_kind_occasion")),
    )
    op.create_index(op.f("ix_reminders_complaint_id"), "reminders", ["complaint_id"])
    op.create_index(op.f("ix_reminders_province_agency_at"), "reminders", ["province", "agency", "at"])
