"""A wire to PostgreSQL that can be cut: a socket of our own before the server's.

async with Cable(database_url, folder) as cable:
    Database(cable.url)
    await cable.cut()                   # every connection breaks, new ones are refused
    await cable.mend()
    cable.hang()                        # nothing breaks, and nothing is carried until `cable.go_on()`
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Self

from sqlalchemy import make_url


class Cable:
    def __init__(self, database_url: str, folder: Path) -> None:
        url = make_url(database_url)
        self._port = str(url.query.get("port", "5432"))
        self._behind = f"{url.query['host']}/.s.PGSQL.{self._port}"
        self._socket = folder / f".s.PGSQL.{self._port}"
        here = url.update_query_dict({"host": str(folder), "port": self._port})
        self.url = here.render_as_string(hide_password=False)
        self._server: asyncio.Server | None = None
        self._wires: set[asyncio.Task[None]] = set()
        self._carries = asyncio.Event()
        self._carries.set()

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def mend(self) -> None:
        self._server = await asyncio.start_unix_server(self._carry, self._socket)

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._socket.unlink(missing_ok=True)
        for wire in tuple(self._wires):
            wire.cancel()
        await asyncio.gather(*self._wires, return_exceptions=True)

    def hang(self) -> None:
        self._carries.clear()

    def go_on(self) -> None:
        self._carries.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_unix_connection(self._behind)
        both = [
            asyncio.create_task(self._pour(reader, behind_writer)),
            asyncio.create_task(self._pour(behind_reader, writer)),
        ]
        for wire in both:
            self._wires.add(wire)
            wire.add_done_callback(self._wires.discard)
        await asyncio.gather(*both, return_exceptions=True)

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self._carries.wait()
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()
