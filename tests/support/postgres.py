"""Fresh databases from one throw-away cluster per test process; each is a copy of a migrated template."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from itertools import count
from typing import Any, TypeVar

import asyncpg

from bot.storage.embedded import EmbeddedPostgres

T = TypeVar("T")


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

    def __init__(self) -> None:
        self._thread = LoopThread()
        self._server = EmbeddedPostgres.temporary()
        self._numbers = count(1)
        self._has_template = False
        self._thread.run(self._open())

    async def _open(self) -> None:
        await self._server.start()
        self._admin = await asyncpg.connect(self._server.url("postgres").replace("+asyncpg", "", 1))
        self._one_at_a_time = asyncio.Lock()

    def fresh(self) -> str:
        """A database with all migrations."""
        if not self._has_template:
            self._thread.run(self._migrate_template())
            self._has_template = True
        return self._thread.run(self._create("migrated"))

    def empty(self) -> str:
        return self._thread.run(self._create("template1"))

    def drop(self, url: str) -> None:
        name = url.partition("?")[0].rpartition("/")[2]
        work = self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        asyncio.run_coroutine_threadsafe(work, self._thread.loop)

    def close(self) -> None:
        self._thread.run(self._close())
        self._thread.close()

    async def _migrate_template(self) -> None:
        from bot.storage.migrate import upgrade

        await self._execute('CREATE DATABASE "migrated"')
        await upgrade(self._server.url("migrated"))

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
