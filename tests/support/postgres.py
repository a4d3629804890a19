"""Fresh databases from one throw-away cluster per test process: copies of a migrated template, emptied and
given out again where nothing but rows came in. To copy takes ten times as long as to empty."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from itertools import count
from typing import Any, TypeVar

import asyncpg

from bot.storage.embedded import EmbeddedPostgres

T = TypeVar("T")

_OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_SHAPE = """
    SELECT md5(string_agg(what, E'\\n' ORDER BY what)) FROM (
        SELECT format('%s %s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod),
                      attnotnull, pg_get_expr(adbin, adrelid)) AS what
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid >= 16384
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT format('%s %s', conrelid::regclass, conname) FROM pg_constraint WHERE oid >= 16384
        UNION ALL SELECT format('%s %s', tgrelid::regclass, tgname) FROM pg_trigger WHERE oid >= 16384
        UNION ALL SELECT format('%s %s', proname, prosrc) FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT format('%s %s', setrole, setconfig) FROM pg_db_role_setting
        UNION ALL SELECT version_num FROM alembic_version) AS parts
"""
"""What a test may change besides rows: such a database is not given out again."""
_EMPTIED = """
    DO $$
    DECLARE it regclass;
    BEGIN
        SET LOCAL session_replication_role = replica;
        FOR it IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                  AND relname <> 'alembic_version' LOOP
            EXECUTE format(CASE WHEN pg_relation_size(it) > 2000000 THEN 'TRUNCATE %s CASCADE'
                           ELSE 'DELETE FROM %s' END, it);
        END LOOP;
        FOR it IN SELECT oid FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
                  LOOP EXECUTE format('ALTER SEQUENCE %s RESTART', it); END LOOP;
    END $$
"""


class LoopThread:
    """A loop of its own: fixtures then serve sync tests, async tests and Playwright's sync API alike."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="test-databases", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class Databases:
    """`fresh()` and `empty()` give URLs; `drop` is done in the background."""

    _shape: str

    def __init__(self) -> None:
        self._thread = LoopThread()
        self._server = EmbeddedPostgres.temporary()
        self._numbers = count(1)
        self._has_template = False
        self._emptied: list[str] = []
        self._thread.run(self._open())

    async def _open(self) -> None:
        await self._server.start()
        self._admin = await self._connected(self._server.url("postgres"))
        self._one_at_a_time = asyncio.Lock()

    def fresh(self) -> str:
        """A database with all migrations."""
        if not self._has_template:
            self._thread.run(self._migrate_template())
            self._has_template = True
        return self._emptied.pop() if self._emptied else self._thread.run(self._create("migrated"))

    def empty(self) -> str:
        return self._thread.run(self._create("template1"))

    def drop(self, url: str) -> None:
        """Whoever is still connected is thrown out."""
        asyncio.run_coroutine_threadsafe(self._drop(url), self._thread.loop)

    async def _drop(self, url: str) -> None:
        if self._has_template and await self._could_empty(url):
            self._emptied.append(url)
            return
        name = url.partition("?")[0].rpartition("/")[2]
        await self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _could_empty(self, url: str) -> bool:
        try:
            connection = await self._connected(url)
        except (OSError, asyncpg.PostgresError):
            return False
        try:
            if await connection.fetchval(_OPEN) or await connection.fetchval(_SHAPE) != self._shape:
                return False
            await connection.execute(_EMPTIED)
        except asyncpg.PostgresError:
            return False
        else:
            return True
        finally:
            await connection.close()

    @staticmethod
    async def _connected(url: str) -> asyncpg.Connection[asyncpg.Record]:
        return await asyncpg.connect(url.replace("+asyncpg", "", 1))

    def close(self) -> None:
        self._thread.run(self._close())
        self._thread.close()

    async def _migrate_template(self) -> None:
        from bot.storage.migrate import upgrade

        await self._execute('CREATE DATABASE "migrated"')
        await upgrade(self._server.url("migrated"))
        connection = await self._connected(self._server.url("migrated"))
        self._shape = await connection.fetchval(_SHAPE)
        await connection.close()

    async def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        await self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self._server.url(name)

    async def _execute(self, statement: str) -> None:
        async with self._one_at_a_time:
            await self._admin.execute(statement)

    async def _close(self) -> None:
        async with self._one_at_a_time:
            await self._admin.close()
        await self._server.stop()
