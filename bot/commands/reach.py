"""How a command reaches the database: the configured one, that of a running `ntd serve`, or its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.settings import Settings


@asynccontextmanager
async def database_url(settings: Settings) -> AsyncIterator[str]:
    """The database's address, for as long as the command needs it. Raises EmbeddedError."""
    from bot.storage.embedded import EmbeddedPostgres

    if settings.database_url:
        yield settings.database_url
        return
    folder = settings.data_dir / "postgres"
    running = await EmbeddedPostgres(folder).attached()
    if running is not None:
        yield running
        return
    async with EmbeddedPostgres(folder) as url:
        yield url
