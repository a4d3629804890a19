"""The engine, and the unit of work: the one place that commits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import CursorResult, Executable, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

CONNECT_SECONDS, STATEMENT_SECONDS = 10.0, 60.0


class UnitOfWork:
    """One transaction. Without `commit` it rolls back."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(self, statement: Executable, values: Any = None) -> CursorResult[Any]:
        result: CursorResult[Any] = await self._connection.execute(statement, values)
        return result

    async def notify(self, topic: str, payload: str = "") -> None:
        """Wakes whoever listens (PostgreSQL NOTIFY), once this transaction is committed."""
        await self._connection.execute(_NOTIFY, {"topic": topic, "payload": payload})

    async def commit(self) -> None:
        await self._connection.commit()


_NOTIFY = text("SELECT pg_notify(:topic, :payload)")


class Database:
    def __init__(
        self, url: str, pool_size: int = 10, statement_seconds: float | None = STATEMENT_SECONDS
    ) -> None:
        """`statement_seconds`: after that a statement is given up, so that a server that hangs is noticed."""
        self.url = url.replace("postgresql://", "postgresql+asyncpg://", 1)
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=5,
            hide_parameters=True,
            connect_args={"timeout": CONNECT_SECONDS, "command_timeout": statement_seconds},
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        self._at_once = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        async with self.engine.connect() as connection:
            yield UnitOfWork(connection)

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[UnitOfWork]:
        """Each statement is a transaction of its own, committed when it returns: for work of one statement,
        which then costs one way to the server instead of three."""
        async with self._at_once.connect() as connection:
            yield UnitOfWork(connection)

    async def notify(self, topic: str, payload: str) -> None:
        """Wakes whoever listens, now."""
        async with self.at_once() as uow:
            await uow.notify(topic, payload)

    async def ready(self) -> bool:
        try:
            async with self.begin() as uow:
                await uow.execute(text("SELECT 1"))
        except Exception as error:
            if out_of_reach(error):
                return False
            raise
        return True

    async def answers(self, seconds: float = 3.0) -> bool:
        """Whether it answers a connection of its own within `seconds`. Other than `ready` it tells of a
        server that hangs, and does not wait behind statements that wait for it."""
        dsn = self.url.replace("postgresql+asyncpg://", "postgresql://", 1)
        try:
            async with asyncio.timeout(seconds):
                connection = await asyncpg.connect(dsn, timeout=seconds)
                try:
                    await connection.execute("SELECT 1")
                finally:
                    connection.terminate()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            return False  # TimeoutError is an OSError; asyncpg calls some broken connections its own error
        return True

    async def renew(self) -> None:
        """Forgets the connections that lie idle: after an outage they may be dead without saying so."""
        await self.engine.dispose(close=False)

    async def close(self) -> None:
        await self.engine.dispose()


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """The pool then opens another. SQLAlchemy's own look (`pool_pre_ping`) asks the server each time, three
    ways there and back, as many as a small transaction has; asyncpg knows by itself what was closed."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError("closed since it was last used")


def out_of_reach(error: BaseException) -> bool:
    """The database itself is away, starting or full; and not: it refused a statement.

    SQLSTATE classes 08 (connection), 53 (resources) and 57P (shutdown, start-up) come as plain DBAPIError.
    """
    if isinstance(error, DBAPIError) and not isinstance(error, InterfaceError | OperationalError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return error.connection_invalidated or state.startswith(("08", "53", "57P"))
    return isinstance(error, OUT_OF_REACH)


OUT_OF_REACH = (OSError, InterfaceError, OperationalError, PoolTimeout)
