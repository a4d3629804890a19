"""Where messengers hand in their events: a turn while the database is there, else the spool; one place for
all channels, so that a platform gets its 200 for what is kept, in time, and for nothing else.

An event goes to the spool when the database is known to be away, when its turn could not reach it or took
longer than a platform waits, and when an earlier event of the same chat still lies there: a chat's order is
kept.
A turn that was too slow is not broken off; when it commits after all, what was spooled is removed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from weakref import WeakValueDictionary

import structlog

from bot.clock import Clock
from bot.delivery.ports import Inbound, Notice, Receipt, Unavailable
from bot.dialogue.spooled import Event, Turns, encode
from bot.spool import counted
from bot.spool.names import Name
from bot.spool.store import Spool
from bot.storage.database import Database

PATIENCE_SECONDS = 1.2
"""How long a turn is waited for: Zalo allows 2 s, and the disk and a busy process take their share."""

_PROBE_SECONDS = 0.5
_CLOSING_SECONDS = 3.0

log = structlog.get_logger(__name__)


class SpoolingIntake:
    """Implements `bot.delivery.ports.Intake`."""

    def __init__(
        self, turns: Turns, spool: Spool, database: Database, clock: Clock, on_back: Callable[[], None]
    ) -> None:
        """`on_back` is called when the database is there again."""
        self._turns = turns
        self._spool = spool
        self._database = database
        self._clock = clock
        self._on_back = on_back
        self._chats: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._under_way: set[asyncio.Task[Receipt]] = set()
        self._watch: asyncio.Task[None] | None = None
        """Runs from the first doubt about the database until it answers."""
        self._away = False
        """It did not: nothing is tried until it does."""
        self._told = False

    async def accept(self, inbound: Inbound) -> Receipt:
        """Raises Unavailable when neither database nor spool took it: the platform repeats it."""
        return await self._take(Event(arrived=self._clock.now(), inbound=inbound))

    async def notice(self, notice: Notice) -> Receipt:
        """Raises Unavailable, as `accept` does."""
        return await self._take(Event(arrived=self._clock.now(), notice=notice))

    async def close(self) -> None:
        """Lets turns under way end, if they do soon; those that do not are in the spool."""
        if self._watch is not None:
            self._watch.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_CLOSING_SECONDS)
        for turn in self._under_way:
            turn.cancel()

    async def _take(self, event: Event) -> Receipt:
        lock = self._chats.setdefault(event.chat, asyncio.Lock())
        async with lock:
            if self._away or self._spool.holds(event.chat):
                return await self._keep(event)
            turn = self._begin(event)
            await asyncio.wait({turn}, timeout=PATIENCE_SECONDS)
            if turn.done():
                with suppress(Unavailable):
                    return turn.result()
            self._look()
            return await self._keep(event, turn)

    def _begin(self, event: Event) -> asyncio.Task[Receipt]:
        turn = asyncio.create_task(event.go(self._turns, waited=False))
        self._under_way.add(turn)
        turn.add_done_callback(self._ended)
        return turn

    def _ended(self, turn: asyncio.Task[Receipt]) -> None:
        """Also of turns that nobody waits for any more: what they raise is in the spool's hands then."""
        self._under_way.discard(turn)
        if not turn.cancelled() and turn.exception() is not None:
            log.debug("turn_ended_without_effect", error=type(turn.exception()).__name__)

    async def _keep(self, event: Event, late: asyncio.Task[Receipt] | None = None) -> Receipt:
        """`late`: its turn, which may still commit."""
        try:
            name = await asyncio.to_thread(self._spool.put, event.chat, encode(event), event.arrived)
        except OSError as error:
            counted.refused()
            if not self._told:
                self._told = True
                log.error("spool_not_written", error=type(error).__name__, number=error.errno)
            raise Unavailable("neither the database nor the spool takes it") from error
        self._told = False
        if late is not None:
            late.add_done_callback(lambda ended: self._done_after_all(ended, name))
        return Receipt.SPOOLED

    def _done_after_all(self, turn: asyncio.Task[Receipt], name: Name) -> None:
        if not turn.cancelled() and turn.exception() is None:
            with suppress(OSError):  # else it is taken up, as a repeat
                self._spool.remove(name)

    def _look(self) -> None:
        if self._watch is None:
            self._watch = asyncio.create_task(self._until_back())

    async def _until_back(self) -> None:
        """A turn that was late for another reason costs one look, and only its own chat waits for that."""
        try:
            while not await self._database.answers():
                if not self._away:
                    log.error("database_away", events="go to the spool")
                    self._away = True
                await asyncio.sleep(_PROBE_SECONDS)
            if self._away:
                await self._database.renew()
                log.warning("database_back")
        finally:
            self._watch, self._away = None, False
        self._on_back()
