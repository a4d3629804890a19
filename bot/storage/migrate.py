"""Migrations: brings a database to the state that this version of the product needs.

To change a table, edit its module in `bot.storage.tables`, then `ntd db revision "What changed"` writes the
migration that is missing. Read it, mend it, commit it. Until the first release there is nothing to preserve:
the first migration itself may be deleted and written anew in the same way. No migration goes back: restore a
copy of the database instead.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.tables import metadata

FOLDER = Path(__file__).parent / "migrations"
LOCK = 0x6E74_6400_0001
"""The advisory lock of whoever migrates ("ntd" and a number); it ends with the connection."""

_LOCKED = "55P03"


class MigrationError(RuntimeError):
    """The database was left as it was; the message is one sentence for the operator."""


async def upgrade(url: str) -> None:
    """Applies what is missing. Any number of processes may start at once: one migrates, the others wait.

    Raises MigrationError when the database is newer than this version, or a table stays in use by others.
    """
    database = Database(url, pool_size=1, statement_seconds=None)
    try:
        async with database.engine.connect() as connection:
            await _upgrade(connection)
    finally:
        await database.close()


async def _upgrade(connection: AsyncConnection) -> None:
    if await connection.run_sync(pending) == []:
        return
    await connection.execute(text("SET lock_timeout = '5min'"))
    await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
    await connection.execute(text("SET lock_timeout = '4s'"))
    await connection.commit()
    try:
        await connection.run_sync(_run)
        await connection.commit()
    except DBAPIError as error:
        await connection.rollback()
        if getattr(error.orig, "sqlstate", None) == _LOCKED:
            raise MigrationError(
                "A table that has to change is in use by a long transaction: end it, then start again."
            ) from error
        raise


async def check(url: str) -> list[str]:
    """How the database differs from what the models and migrations say; empty when it does not."""
    database = Database(url, pool_size=1, statement_seconds=None)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(_differences)
    finally:
        await database.close()


async def revise(url: str, message: str) -> Path | None:
    """Writes the migration from the state of this (fully migrated) database to the models; None: no need."""
    database = Database(url, pool_size=1, statement_seconds=None)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(_revise, message)
    finally:
        await database.close()


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file."""
    made = Config(attributes={"connection": connection}, stdout=io.StringIO())
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    return made


def pending(connection: Connection) -> list[str]:
    """The migrations not applied yet, oldest first."""
    scripts = ScriptDirectory.from_config(config())
    current = MigrationContext.configure(connection).get_current_revision()
    known = [script.revision for script in scripts.walk_revisions()]
    if current is not None and current not in known:
        raise MigrationError(
            f"The database is at migration {current}, which this version does not know: start a newer one."
        )
    newer = known[: known.index(current)] if current is not None else known
    return newer[::-1]


def _run(connection: Connection) -> None:
    command.upgrade(config(connection), "head")


def _differences(connection: Connection) -> list[str]:
    found = [f"migration {revision} is not applied" for revision in pending(connection)]
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return found + [_describe(difference) for difference in compare_metadata(context, metadata)]


def _describe(difference: Any) -> str:
    """One line for one of Alembic's differences, which are tuples, or lists of them for a changed column."""
    if isinstance(difference, list):
        return "; ".join(_describe(each) for each in difference)
    operation, *parts = difference
    named = [part for part in parts if part is not None and not isinstance(part, dict)]
    return f"{operation}: {' '.join(str(getattr(part, 'name', part)) for part in named)}"


def _revise(connection: Connection, message: str) -> Path | None:
    if not _differences(connection):
        return None
    number = len(list(ScriptDirectory.from_config(config()).walk_revisions())) + 1
    made = command.revision(config(connection), message=message, autogenerate=True, rev_id=f"{number:04d}")
    return Path(made.path) if made is not None and not isinstance(made, list) else None
