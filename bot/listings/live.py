"""What was entered, in force in a running process: read again when the table or the file has changed."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec
import structlog

from bot.clock import VIETNAM, Clock
from bot.listings import changes
from bot.listings.changes import NEWS
from bot.storage.database import Database, out_of_reach
from bot.storage.listen import Listener
from content import listing_checks, listings
from content.catalog import Catalog
from content.listing_checks import FileFaultError
from content.listings import Entry
from content.schema import Language

FILE = "listings.yml"
"""In the data folder."""

EVERY_SECONDS = 3.0

log = structlog.get_logger(__name__)

Stamp = tuple[int, int, int]


class InForce(msgspec.Struct, frozen=True):
    entry: Entry
    origin: Literal["console", "file"]


class LiveListings:
    """Lays entries over `live`, the catalog that everything in this process holds.

    The console goes before the file, the file before the repository, one listing at a time. A file that
    cannot be used changes nothing.
    """

    def __init__(self, live: Catalog, database: Database, data_dir: Path, clock: Clock) -> None:
        """`live` must be this process's own copy (`content.listings.own_copy`), as the repository has it."""
        self._live = live
        self.base = listings.own_copy(live)
        """The repository, untouched."""
        self._database, self._clock = database, clock
        self.file = data_dir / FILE
        self._one_at_a_time = asyncio.Lock()
        self._stamp: Stamp | None = None
        self._of_file: dict[str, Entry] = {}
        self._of_console: dict[str, Entry] = {}
        self.file_faults: Mapping[Language, list[str]] = {"vi": [], "en": []}
        """Why the file as it lies there is not in force; empty where it is, or where there is none."""
        self.in_force: dict[str, InForce] = {}

    @property
    def today(self) -> dt.date:
        return self._clock.now().astimezone(VIETNAM).date()

    async def look(self) -> None:
        """Reads table and file, and lays them over the catalog where they say something new."""
        async with self._one_at_a_time:
            async with self._database.begin() as uow:
                newest = await changes.in_force(uow)
            console = {key: entry for key, change in newest.items() if (entry := change.entry())}
            await self._read_file()
            self._of_console = self._usable(console)
            self._lay()

    async def _read_file(self) -> None:
        stamp = await asyncio.to_thread(_stamp, self.file)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._of_file = await asyncio.to_thread(
                listing_checks.read_file, self.file, self.base, self.today
            )
        except FileFaultError as error:
            self.file_faults = error.said
            log.error("listings_file_not_taken", file=str(self.file), faults=error.said["en"][:5])
        else:
            self.file_faults = {"vi": [], "en": []}
            log.info("listings_file_taken", file=str(self.file), entries=len(self._of_file))

    def _usable(self, entries: dict[str, Entry]) -> dict[str, Entry]:
        """An entry outlives the agency that it is about when content changes: then it is left aside."""
        known = {key: entry for key, entry in entries.items() if listings.kind_of(self.base, key)}
        if unknown := sorted(entries.keys() - known.keys()):
            log.warning("listings_of_nobody", keys=unknown)
        return known

    def _lay(self) -> None:
        in_force = {key: InForce(entry, "file") for key, entry in self._of_file.items()}
        in_force |= {key: InForce(entry, "console") for key, entry in self._of_console.items()}
        if in_force == self.in_force:
            return
        self.in_force = in_force
        entries = {key: one.entry for key, one in in_force.items()}
        listings.adopt(self._live, listings.overlaid(self.base, entries))
        log.info("listings_in_force", entries=len(entries))

    async def run(self, stop: asyncio.Event, listener: Listener) -> None:
        """Looks when the table tells of a change, and every few seconds whether the file is another one."""
        heard = asyncio.create_task(self._hear(listener))
        try:
            while not stop.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), EVERY_SECONDS)
                    return
                if await asyncio.to_thread(_stamp, self.file) != self._stamp:
                    await self._quietly()
        finally:
            heard.cancel()

    async def _hear(self, listener: Listener) -> None:
        with listener.subscribe(NEWS) as news:
            async for _ in news:
                await self._quietly()

    async def _quietly(self) -> None:
        try:
            await self.look()
        except Exception as error:
            log.warning("listings_not_read", error=type(error).__name__, exc_info=not out_of_reach(error))


def _stamp(file: Path) -> Stamp | None:
    try:
        told = file.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size, told.st_ino
