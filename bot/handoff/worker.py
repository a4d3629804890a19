"""The worker's share of hand-offs: claims what is due on each way, sends it, and tells a person where it does
not get through.

A row is claimed in one short transaction and ended in another; the send stands between them, outside of any.
Each way has room of its own, and each target within it: a mail server that hangs delays no webhook, and an
agency whose system hangs delays no other agency (P8).
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec
import structlog
from cryptography.fernet import InvalidToken
from sqlalchemy import Row, select

from actions.routing import Responsibility
from bot.cases import ways
from bot.cases.directory import Reach
from bot.cases.filing import Registry
from bot.cases.parties import focal, responsibility
from bot.cases.records import record
from bot.clock import Clock
from bot.delivery.ledger import CONSOLE
from bot.handoff import ledger, news, parcel
from bot.handoff.ledger import Claimed
from bot.handoff.news import EventType
from bot.handoff.parcel import Mask, News
from bot.handoff.send import Carrier, NotTakenError, Parcel
from bot.rounds import Rounds
from bot.storage.database import Database, UnitOfWork
from bot.storage.listen import Listener
from bot.storage.tables import complaints, handoffs

SEND_SECONDS = 30.0
"""Well within the lease, so that nobody else sends it meanwhile."""

_MOST_DEATHS = 3
"""Tries of which nobody lived to say how they ended, before the row waits as after a failure."""

_ROOM = 16
_IDLE_SECONDS = 5.0
_OVER = ("resolved", "withdrawn")
_GONE = ("returned", "transferred", "done")

log = structlog.get_logger(__name__)


class _NobodyLivedError(NotTakenError):
    """Too many tries of which no process lived to say how they ended: they count as failures."""

    def __init__(self) -> None:
        super().__init__("no process that tried it lived to say why")


class HandoffWorker:
    def __init__(
        self,
        database: Database,
        registry: Registry,
        clock: Clock,
        carriers: Mapping[str, Carrier],
        mask: Mask,
    ) -> None:
        """`carriers` by way."""
        self._database, self._registry, self._clock = database, registry, clock
        self._carriers, self._mask = carriers, mask
        self._rounds = Rounds("handoff_interrupted")
        self._under_way: Counter[str] = Counter()
        """By way."""

    async def run_due(self) -> int:
        """Sends everything that is due now and tells who must be told; returns how many tries that were."""
        tries = 0
        while claimed := [one for way in self._carriers for one in await self._claim(way, _ROOM)]:
            tries += len(claimed)
            await asyncio.gather(*(self._deliver(one) for one in claimed))
        await self.tell()
        return tries

    async def run_forever(self, stop: asyncio.Event, listener: Listener | None = None) -> None:
        """Until `stop` is set; then finishes what it has begun. Looks every five seconds, and at once when
        `listener` tells it of new rows."""
        await self._rounds.run(self._round, stop, lambda _: _IDLE_SECONDS, listener, ways.WAITING)

    async def drain(self) -> None:
        await self._rounds.drain()

    async def close(self) -> None:
        for carrier in self._carriers.values():
            await carrier.close()

    async def _round(self) -> int:
        """Begins as many of the due rows as each way has room for."""
        self._registry.directory.look()
        begun = 0
        for way in self._carriers:
            if room := _ROOM - self._under_way[way]:
                for claimed in await self._claim(way, room):
                    begun += 1
                    self._under_way[way] += 1
                    self._rounds.start(self._rounds.quietly(self._one(claimed)))
        await self.tell()
        await self._count()
        return begun

    async def _one(self, claimed: Claimed) -> None:
        try:
            await self._deliver(claimed)
        finally:
            self._under_way[claimed.way] -= 1

    async def _claim(self, way: str, limit: int) -> list[Claimed]:
        async with self._database.begin() as uow:
            claimed = await ledger.claim(uow, way, now=self._clock.now(), limit=limit)
            await uow.commit()
        return claimed

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            stop = await self._send(claimed)
        except NotTakenError as failure:
            await self._failed(claimed, failure)
            return
        now = self._clock.now()
        if stop is not None:
            await self._record(lambda uow: ledger.stopped(uow, claimed.id, stop, now))
            return
        await self._record(lambda uow: ledger.sent(uow, claimed.id, now))
        log.info("handoff_sent", way=claimed.way, target=claimed.target, attempts=claimed.attempts)

    async def _send(self, claimed: Claimed) -> str | None:
        """Why there was nothing to be sent; None once it is sent. Whatever goes wrong is a NotTakenError."""
        if claimed.attempts - claimed.failures > _MOST_DEATHS:
            raise _NobodyLivedError
        try:
            async with asyncio.timeout(SEND_SECONDS):
                packed = await self._packed(claimed)
                if isinstance(packed, str):
                    return packed
                await self._carriers[claimed.way].send(packed)
        except NotTakenError:
            raise
        except (InvalidToken, msgspec.MsgspecError) as error:
            raise NotTakenError("the case cannot be decrypted (NTD_KEYS)") from error
        except TimeoutError as error:
            raise NotTakenError("it took too long") from error
        except Exception as error:
            log.exception("handoff_broke", way=claimed.way, id=claimed.id)
            raise NotTakenError(f"an error of our own: {type(error).__name__}") from error
        return None

    async def _packed(self, claimed: Claimed) -> Parcel | str:
        """What to send now, with the address as it is now; or why nothing is sent any more."""
        async with self._database.begin() as uow:
            part, complaint = await _rows(uow, claimed.handoff_id)
            if claimed.history_id is None and (why := _no_longer(part, complaint)):
                return why
            reach = self._reach(responsibility(self._registry.catalog, part))
            if claimed.way not in reach.ways:
                return ways.NO_ADDRESS
            case = await parcel.of(
                uow, self._registry, complaint, part, mask=self._mask, agreement=reach.agreement
            )
            event = news.CREATED
            if claimed.history_id is not None:
                event, told = await self._news(uow, claimed.history_id, reach)
                case = msgspec.structs.replace(case, news=told)
        return Parcel(claimed.key, case, reach, claimed.created_at, self._clock.now(), event)

    async def _news(self, uow: UnitOfWork, history_id: int, reach: Reach) -> tuple[EventType, News]:
        mask = None if reach.agreement else self._mask
        return await news.of_line(uow, self._registry.catalog, self._registry.vault, history_id, mask)

    def _reach(self, who: Responsibility) -> Reach:
        registry = self._registry
        return ways.reach_of(registry.directory, registry.catalog, registry.settings, who)

    async def _failed(self, claimed: Claimed, failure: NotTakenError) -> None:
        now = self._clock.now()
        log.warning(
            "handoff_failed",
            way=claimed.way,
            target=claimed.target,
            reason=failure.reason,
            failures=claimed.failures + 1,
        )

        async def write(uow: UnitOfWork) -> None:
            deaths = isinstance(failure, _NobodyLivedError)
            failures = claimed.attempts if deaths else claimed.failures + 1
            await ledger.failed(uow, claimed, failure.reason, now, failures, retry_after=failure.retry_after)

        await self._record(write)
        await self.tell()

    async def tell(self) -> int:
        """Tells a person of what did not get through three times, or for an hour (P7): a line in the case's
        history, and the pages of the agency and of the focal agency show it until it got through. Returns of
        how many."""
        now = self._clock.now()
        async with self._database.begin() as uow:
            rows = await ledger.to_be_told(uow, now)
            for row in rows:
                await self._tell_of(uow, row, now)
            if rows:
                await uow.commit()
        return len(rows)

    async def _tell_of(self, uow: UnitOfWork, row: Row[Any], now: dt.datetime) -> None:
        part, complaint = await _rows(uow, row.handoff_id)
        await record(
            uow,
            self._registry.vault,
            complaint_id=complaint.id,
            actor="system",
            action="stuck",
            at=now,
            province=part.province,
            agency=part.agency,
            note=row.way,
        )
        first = focal(self._registry.catalog, part.province)
        for agency in {part.agency, first.agency}:
            await uow.notify(CONSOLE, f"{part.province}/{agency}")
        log.error(
            "handoff_stuck",
            code=complaint.code,
            target=row.target,
            way=row.way,
            failures=row.failures,
            reason=row.reason,
        )

    async def _count(self) -> None:
        async with self._database.begin() as uow:
            await ways.counts(uow)

    async def _record(self, write: Callable[[UnitOfWork], Awaitable[None]]) -> None:
        """A lost note of a send means a second one: so it is tried once more."""
        with suppress(Exception):
            await self._write(write)
            return
        await asyncio.sleep(1.0)
        await self._write(write)

    async def _write(self, write: Callable[[UnitOfWork], Awaitable[None]]) -> None:
        async with self._database.begin() as uow:
            await write(uow)
            await uow.commit()


def _no_longer(part: Row[Any], complaint: Row[Any]) -> str | None:
    """Why a hand-off is not sent any more."""
    if complaint.state in _OVER:
        return ways.ENDED
    return ways.PASSED_ON if part.state in _GONE else None


async def _rows(uow: UnitOfWork, handoff_id: int) -> tuple[Row[Any], Row[Any]]:
    """The hand-off and its complaint."""
    part = (await uow.execute(select(handoffs).where(handoffs.c.id == handoff_id))).one()
    query = select(complaints).where(complaints.c.id == part.complaint_id)
    return part, (await uow.execute(query)).one()
