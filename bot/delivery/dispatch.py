"""Sends what the ledger holds: at once by the process that committed it, otherwise by any worker.

A row is claimed in one short transaction and ended in another; the send itself stands between them, outside
of any. Whoever dies between the two leaves a row whose lease runs out and which is then sent again: for a
reply that is harmless. A row that cannot be sent delays its own chat only. Before a send the pace is asked; a
row that has to wait for it goes back into the ledger, so that nothing is held while it waits.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import Protocol, TypeVar

import structlog

from bot.clock import Clock
from bot.delivery import ledger
from bot.delivery.ledger import Delivery, Lane
from bot.delivery.pace import Pace
from bot.delivery.ports import Outgoing, SendFailed, TellsRate
from bot.delivery.verdict import MAX_ATTEMPTS, Again, Held, judge
from bot.rounds import Rounds
from bot.storage.database import Database, UnitOfWork
from bot.storage.listen import Listener
from bot.storage.vault import Vault

SEND_SECONDS = 30.0
"""A send that takes longer counts as uncertain. Well within the lease: nobody else sends it meanwhile."""

_RECORD_PAUSES = (0.2, 1.0, 3.0)
_IDLE_SECONDS, _LONG_IDLE_SECONDS, _LONG_IDLE_AFTER = 1.0, 5.0, 60
_MENDED_BY_HAND = 300.0
"""Seconds: no platform asks for so long a rest for a fault of ours; a token or a package has to be mended."""
_SOON_SECONDS, _LATER_SECONDS = 30.0, 0.01
"""What waits longer for its turn is found by a worker's look; the alarm of the rest never rings too early."""

_T = TypeVar("_T")
_Unit = Callable[[], AbstractAsyncContextManager[UnitOfWork]]

log = structlog.get_logger(__name__)


class Sender(Protocol):
    """What the dispatcher needs of a channel."""

    async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:
        """Sends; returns the platform's message id where it gives one. Raises SendFailed."""
        ...


class Dispatcher:
    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        senders: Mapping[str, Sender],
        pace: Pace | None = None,
        *,
        parallel: int = 16,
    ) -> None:
        """`senders` by channel, `console` among them; rows of other channels are left to other processes.
        `parallel`: chats that are sent to at the same time; broadcasts take half of them at most."""
        self._database = database
        self._vault = vault
        self._clock = clock
        self._senders = senders
        self.pace = pace or Pace(clock)
        self._parallel = parallel
        self._slots = asyncio.Semaphore(parallel)
        self._rounds = Rounds("delivery_interrupted")
        self._chats: dict[int, bool] = {}
        """Those that this process is sending to, and whether one of them has got more since."""
        self._broadcasts = 0
        """Those among the claimed that this process has not ended yet."""
        self._alarms: set[asyncio.TimerHandle] = set()

    def send_soon(self, contact_id: int) -> None:
        """`run_contact` in the background: for after a commit. `drain` waits for it."""
        self._rounds.start(self.run_contact(contact_id))

    async def run_contact(self, contact_id: int) -> None:
        """Sends what is queued for one contact, in order, until nothing is due. Raises nothing: what cannot
        be sent now is left to `run_forever`."""
        async with self._slots:
            await self._rounds.quietly(self._chat(contact_id))

    async def run_due(self) -> int:
        """Sends everything that is due now, whoever queued it; returns how many tries that were."""
        tries = 0
        while claimed := await self._claim(self._parallel):
            tries += len(claimed)
            await asyncio.gather(*(self._deliver(delivery) for delivery in claimed))
        return tries

    async def run_forever(self, stop: asyncio.Event, listener: Listener | None = None) -> None:
        """The worker: sends whatever is due until `stop` is set, then finishes what it has begun.

        It looks every second, every five when it has long been idle, and at once when `listener` tells it of
        new rows.
        """
        await self._rounds.run(self._round, stop, _pause, listener, ledger.WAITING)

    async def drain(self) -> None:
        """Waits until what this process is sending is sent."""
        await self._rounds.drain()

    async def close(self) -> None:
        """What waits for its turn is left to other processes, or to the next start."""
        for alarm in self._alarms:
            alarm.cancel()
        self._alarms.clear()
        await self.drain()
        await self.pace.close()

    async def _round(self) -> int:
        """Begins as many of the due deliveries as there is room for."""
        room = self._parallel - len(self._rounds)
        claimed = await self._claim(room) if room > 0 else []
        for delivery in claimed:
            self._rounds.start(self._rounds.quietly(self._deliver_and_follow(delivery)))
        return len(claimed)

    async def _deliver_and_follow(self, delivery: Delivery) -> None:
        await self._deliver(delivery)
        if delivery.contact_id is not None and delivery.kind != "broadcast":
            await self._chat(delivery.contact_id)

    async def _chat(self, contact_id: int) -> None:
        """One chat is sent to by one task of this process: who comes second leaves word."""
        if contact_id in self._chats:
            self._chats[contact_id] = True
            return
        self._chats[contact_id] = True
        try:
            while self._chats[contact_id]:
                self._chats[contact_id] = False
                await self._send_all(contact_id)
        finally:
            del self._chats[contact_id]

    async def _send_all(self, contact_id: int) -> None:
        more = True
        while more and (claimed := await self._claim(1, contact_id)):
            more = await self._deliver(claimed[0])

    async def _claim(self, limit: int, contact_id: int | None = None) -> list[Delivery]:
        find = partial(ledger.claim, vault=self._vault, now=self._clock.now())
        one_chat = contact_id is not None
        talk = [name for name in self._senders if self.pace.open(name, "talk", one_chat=one_chat)]
        bulk = [] if one_chat else [name for name in self._senders if self.pace.open(name, "bulk")]
        broadcasts: list[Delivery] = []
        async with self._database.at_once() as uow:
            claimed = await find(uow, channels=talk, limit=limit, contact_id=contact_id)
            room = min(limit - len(claimed), self._parallel // 2 - self._broadcasts)
            if bulk and room > 0:
                broadcasts = await find(uow, channels=bulk, limit=room, lane="bulk")
        self._broadcasts += len(broadcasts)
        return claimed + broadcasts

    async def _deliver(self, delivery: Delivery) -> bool:
        """Whether it is worth claiming more of the chat now."""
        try:
            return await self._try(delivery)
        finally:
            self._broadcasts -= delivery.kind == "broadcast"

    async def _try(self, delivery: Delivery) -> bool:
        if given_up := _given_up(delivery):  # before the pace: a row that it puts off is no longer cut off
            return await self._failed(delivery, given_up)
        lane: Lane = "bulk" if delivery.kind == "broadcast" else "talk"
        turn = await self.pace.ask(delivery.channel, delivery.contact_id, lane)
        if turn.wait > 0:
            return await self._postpone(delivery, turn.wait)
        try:
            platform_id = await self._send(delivery)
        except SendFailed as failure:
            return await self._failed(delivery, failure)
        finally:
            await self._heed(delivery.channel)
        sent = partial(
            ledger.end, delivery_id=delivery.id, state="sent", now=self._clock.now(), platform_id=platform_id
        )
        return await self._record(sent, self._database.at_once)

    async def _postpone(self, delivery: Delivery, wait: float) -> bool:
        """Nothing is held meanwhile: not the row, not a slot. This process comes back to it by itself where
        that is soon; any other may be first."""
        due_at = self._clock.now() + dt.timedelta(seconds=wait)
        await self._record(
            partial(ledger.postpone, delivery_id=delivery.id, due_at=due_at), self._database.at_once
        )
        self._come_back(wait, None if delivery.kind == "broadcast" else delivery.contact_id)
        return False

    def _come_back(self, seconds: float, contact_id: int | None = None) -> None:
        """To the contact, or to whatever is due then."""
        if seconds > _SOON_SECONDS:
            return

        def ring() -> None:
            self._alarms.discard(alarm)
            if contact_id is None:
                self._rounds.wake()
            else:
                self.send_soon(contact_id)

        alarm = asyncio.get_running_loop().call_later(seconds + _LATER_SECONDS, ring)
        self._alarms.add(alarm)

    async def _heed(self, channel: str) -> None:
        sender = self._senders[channel]
        if isinstance(sender, TellsRate) and (told := sender.rate_told()):
            await self.pace.heed(channel, *told)

    async def _send(self, delivery: Delivery) -> str | None:
        """Whatever goes wrong, and in whichever way, is a SendFailed."""
        if delivery.kind == "broadcast" and self.pace.too_late(delivery.channel, delivery.last_seen_at):
            raise SendFailed("outside of the time in which a broadcast is free", retry=False)
        sender = self._senders[delivery.channel]
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await sender.send(delivery.address, delivery.message, delivery.id)
        except SendFailed:
            raise
        except TimeoutError as error:
            raise SendFailed("no answer in time", retry=True, uncertain=True) from error
        except Exception as error:
            log.exception("send_broke", channel=delivery.channel, delivery=delivery.id)
            reason = f"an error of our own: {type(error).__name__}"
            raise SendFailed(reason, retry=True, our_fault=True, uncertain=True) from error

    async def _failed(self, delivery: Delivery, failure: SendFailed) -> bool:
        now = self._clock.now()
        verdict = judge(delivery, failure, now)
        if failure.retry_after:
            chat = None if failure.whole_channel else delivery.contact_id
            mend = failure.our_fault and failure.retry_after >= _MENDED_BY_HAND
            await self.pace.rest(delivery.channel, failure.retry_after, chat, only_here=mend)
            self._come_back(failure.retry_after)
        log.warning(
            "send_failed",
            channel=delivery.channel,
            delivery=delivery.id,
            reason=failure.reason,
            our_fault=failure.our_fault,
            attempts=delivery.attempts,
            again=isinstance(verdict, Again),
            held=isinstance(verdict, Held),
        )

        async def write(uow: UnitOfWork) -> None:
            if isinstance(verdict, Again):
                await ledger.again(
                    uow,
                    delivery.id,
                    verdict.due_at,
                    failure.reason,
                    maybe_sent=verdict.maybe_sent,
                    counts=verdict.counts,
                )
                return
            if isinstance(verdict, Held):
                await ledger.hold(uow, delivery.id, failure.reason)
                return
            await ledger.end(uow, delivery.id, verdict.state, now, reason=failure.reason)
            if verdict.stop_contact and delivery.contact_id is not None:
                await ledger.stop_contact(uow, delivery.contact_id, now, failure.reason)

        await self._record(write, self._database.begin)
        return not isinstance(verdict, Again)

    async def _record(self, write: Callable[[UnitOfWork], Awaitable[_T]], unit: _Unit) -> _T:
        """A lost note of a send means a second send: so it is tried again while the lease lasts."""
        for pause in _RECORD_PAUSES:
            with suppress(Exception):
                return await _written(write, unit)
            await asyncio.sleep(pause)
        return await _written(write, unit)


async def _written(write: Callable[[UnitOfWork], Awaitable[_T]], unit: _Unit) -> _T:
    async with unit() as uow:
        result = await write(uow)
        await uow.commit()
        return result


def _pause(idle: int) -> float:
    return _IDLE_SECONDS if idle < _LONG_IDLE_AFTER else _LONG_IDLE_SECONDS


def _given_up(delivery: Delivery) -> SendFailed | None:
    """Whoever held the row before died with it, and it is not tried again."""
    if delivery.attempts > MAX_ATTEMPTS:
        return SendFailed("no process that tried it lived to say why", retry=False, uncertain=True)
    if delivery.cut_off and delivery.kind == "broadcast":
        return SendFailed("its process was cut off while it was sending", retry=False, uncertain=True)
    return None
