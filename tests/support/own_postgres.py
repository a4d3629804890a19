"""A PostgreSQL of one's own, at one address: stopped and started again, paused and let go on.

async with OwnPostgres() as server:
    await server.stop(); await server.start()
    server.pause(); server.go_on()          # SIGSTOP: nothing refuses, nothing answers
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Self

import psutil

from bot.storage.embedded import EmbeddedPostgres


class OwnPostgres:
    url: str

    def __init__(self) -> None:
        self._above = Path(tempfile.mkdtemp(prefix="ntd-own-"))
        self._above.chmod(0o755)
        self._server = EmbeddedPostgres(self._above / "pg")
        self._paused: list[psutil.Process] = []

    async def __aenter__(self) -> Self:
        self.url = await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.go_on()
        await self._server.stop()
        shutil.rmtree(self._above, ignore_errors=True)

    async def start(self) -> None:
        assert await self._server.start() == self.url, "whoever knew the address has lost it"

    async def stop(self) -> None:
        """Breaks every connection."""
        await self._server.stop()

    def pause(self) -> None:
        pid = int((self._home() / "postmaster.pid").read_text().split("\n", 1)[0])
        head = psutil.Process(pid)
        self._paused = [head, *head.children(recursive=True)]
        for process in self._paused:
            process.suspend()

    def go_on(self) -> None:
        for process in self._paused:
            process.resume()
        self._paused = []

    def _home(self) -> Path:
        kept = self._above / "pg" / "location"
        return (Path(kept.read_text().strip()) if kept.exists() else self._above / "pg") / "cluster"
