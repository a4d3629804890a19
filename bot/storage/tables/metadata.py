"""The metadata that all tables share, with names for constraints, so that migrations can name them too."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def row_id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def moment(name: str, *, nullable: bool = False) -> Column[Any]:
    """A point in time, with its zone. Always written from the product's clock, never by the server."""
    return Column(name, DateTime(timezone=True), nullable=nullable)
