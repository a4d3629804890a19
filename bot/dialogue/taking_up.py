"""Takes up what waits in the spool once the database is there: by arrival, each chat's events one after the
other, every turn the one that it would have been then.

One process of a data folder does it at a time (a lease). Should two, the paused one that wakes up after its
lease for instance, nothing is doubled and nothing overtakes: an event ends as a repeat by its id, and the
next of a chat is begun only when the one before is committed, by whomever.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import suppress

import msgspec
import structlog

from bot.clock import Clock
from bot.delivery.ports import Receipt, Unavailable
from bot.dialogue.spooled import Event, Turns, decode
from bot.spool import counted
from bot.spool.names import InOrder, Name
from bot.spool.store import Spool, Unreadable
from bot.storage.database import Database, out_of_reach
from bot.storage.leases import Lease

LEASE_SECONDS = 30.0
_RENEW_SECONDS = 10.0
_PARALLEL = 4
_TURN_SECONDS = 5.0
"""A turn that takes longer holds up its own chat only."""
_IDLE_SECONDS, _TIDY_SECONDS, _STOP_SECONDS = 1.0, 3600.0, 5.0
_TRIES = 3
"""Of an event that neither its turn nor a dead letter could take while the database was there."""
_TROUBLES = 5
"""One after the other: then it is the database after all (its disk is full, say), and it is left alone."""

log = structlog.get_logger(__name__)


class TakingUp:
    def __init__(
        self, spool: Spool, turns: Turns, database: Database, clock: Clock, keep_aside: dt.timedelta
    ) -> None:
        """`keep_aside`: how long an event is kept that cannot be taken up."""
        self._spool = spool
        self._turns = turns
        self._database = database
        self._clock = clock
        self._keep_aside = keep_aside
        self._lease = Lease(database, clock, f"spool {spool.id}", LEASE_SECONDS)
        self._renewed: float | None = None
        self._slow: dict[str, asyncio.Task[Receipt]] = {}
        """Turns that are still under way, by chat."""
        self._tries: dict[Name, int] = {}
        self._troubles = 0
        self._halt = False
        """Ends the pass: the database is away, or another process is at it."""
        self._stopping = False
        self._news = asyncio.Event()

    def wake(self) -> None:
        """The database is back."""
        self._news.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Looks every second until `stop`, then ends what it has begun. Raises nothing."""
        task = asyncio.create_task(self._forever(stop))
        await stop.wait()
        self._stopping = True
        self._news.set()
        await asyncio.wait({task}, timeout=_STOP_SECONDS)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await self.close()

    async def close(self) -> None:
        """Breaks off what hangs: it waits in the spool."""
        for turn in tuple(self._slow.values()):
            turn.cancel()

    async def run_due(self) -> int:
        """Takes up all that waits and can be; returns how many events are done."""
        done = 0
        while names := await self._due():
            taken = await self._pass(names)
            done += taken
            if not taken or self._halt or self._stopping:
                break
        return done

    async def _forever(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        tidied = None
        while not stop.is_set():
            if tidied is None or loop.time() - tidied > _TIDY_SECONDS:
                await self._tidy(first=tidied is None)
                tidied = loop.time()
            self._news.clear()
            await self._safely()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), _IDLE_SECONDS)

    async def _safely(self) -> None:
        try:
            taken = await self.run_due()
            if taken:
                log.info("spool_taken_up", events=taken)
        except Exception as error:
            log.warning("spool_interrupted", error=type(error).__name__, exc_info=not out_of_reach(error))

    async def _tidy(self, *, first: bool) -> None:
        """At the start what was set aside gets another chance: a key may be back, an error mended."""
        now = self._clock.now()
        try:
            gone = await asyncio.to_thread(self._spool.tidy, now, self._keep_aside)
            again = await asyncio.to_thread(self._spool.restore) if first else 0
        except OSError as error:
            log.warning("spool_not_tidied", error=type(error).__name__)
            return
        if gone or again:
            log.warning("spool_tidied", given_up=gone, tried_again=again)

    async def _due(self) -> list[Name]:
        """What may be taken up now; nothing while the database is away or another process is at it."""
        names = [name for name in await asyncio.to_thread(self._spool.waiting) if name.chat not in self._slow]
        self._halt = False
        if not names or not await self._database.answers():
            return []
        return names if await self._hold() else []

    async def _hold(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._renewed is not None and now - self._renewed < _RENEW_SECONDS:
            return True
        try:
            held = await self._lease.take()
        except Exception as error:
            if not out_of_reach(error):
                raise
            held = False
        self._renewed = now if held else None
        return held

    async def _pass(self, names: list[Name]) -> int:
        order, self._troubles = InOrder(names), 0
        done = 0
        for worked in await asyncio.gather(
            *(self._work(order) for _ in range(_PARALLEL)), return_exceptions=True
        ):
            if isinstance(worked, BaseException):
                raise worked
            done += worked
        return done

    async def _work(self, order: InOrder) -> int:
        done = 0
        while not (self._halt or self._stopping) and (name := order.next()) is not None:
            if not await self._hold():
                self._halt = True
            elif await self._take(name):
                order.done(name)
                done += 1
        return done

    async def _take(self, name: Name) -> bool:
        """Whether the chat may go on: the event has its effect, or is out of the way."""
        try:
            event = decode(await asyncio.to_thread(self._spool.read, name))
        except FileNotFoundError:
            return True
        except (Unreadable, msgspec.MsgspecError) as error:
            return await self._set_aside(name, error)
        try:
            finished = await self._turn(name, event)
        except Exception as error:
            return await self._trouble(name, event, error)
        if finished:
            self._troubles = 0
            self._tries.pop(name, None)
            await asyncio.to_thread(self._spool.remove, name)
            counted.taken_up()
        return finished

    async def _turn(self, name: Name, event: Event) -> bool:
        """False while it is still under way. Raises what the turn raises."""
        arrived = min(event.arrived, self._clock.now())
        turn = asyncio.create_task(
            msgspec.structs.replace(event, arrived=arrived).go(self._turns, waited=True)
        )
        self._slow[name.chat] = turn
        turn.add_done_callback(lambda ended: self._ended(name, ended))
        done, _ = await asyncio.wait({turn}, timeout=_TURN_SECONDS)
        if done:
            turn.result()
        return bool(done)

    def _ended(self, name: Name, turn: asyncio.Task[Receipt]) -> None:
        """What it brought, the next look finds out: done before, or to be tried again."""
        self._slow.pop(name.chat, None)
        if not turn.cancelled():
            turn.exception()

    async def _trouble(self, name: Name, event: Event, error: Exception) -> bool:
        """Of the database, and all wait; or of this event, and the others do not."""
        cause = error.__cause__ if isinstance(error, Unavailable) else error
        if cause is not None and out_of_reach(cause):
            self._troubles += 1
            self._halt = self._troubles >= _TROUBLES or not await self._database.answers()
            return False
        self._tries[name] = self._tries.get(name, 0) + 1
        if self._tries[name] < _TRIES:
            return False
        return await self._set_aside(name, error, event)

    async def _set_aside(self, name: Name, error: Exception, event: Event | None = None) -> bool:
        came = event and (event.inbound or event.notice)
        log.error(
            "spooled_event_set_aside",
            file=name.unique,
            error=type(error.__cause__ or error).__name__,
            channel=came.channel if came else None,
            event_id=came.event_id if came else None,
        )
        try:
            await asyncio.to_thread(self._spool.set_aside, name)
        except OSError:
            return False
        self._tries.pop(name, None)
        return True
