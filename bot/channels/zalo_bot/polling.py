"""Asking for events, for pilots without a public address.

The platform hands out one event a call, knows no offset and forgets an event with the answer that holds it.
Between that answer and our commit the event lies in this process only: whoever dies there loses it. One
process polls, one event at a time, so it is one event at most.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import structlog

from bot.channels.zalo_bot.client import Client
from bot.channels.zalo_bot.errors import ApiError
from bot.channels.zalo_bot.parse import NAME, BadBody, Unsupported, read
from bot.clock import Clock
from bot.delivery import counted
from bot.delivery.ports import Intake, Unavailable
from bot.storage.database import Database, out_of_reach
from bot.storage.leases import Lease

RISK = (
    "ZALO_BOT_POLLING is on: when the process dies, the one event that it is just taking in is lost, for the "
    "platform knows no offset. For pilots only; with PUBLIC_URL and without ZALO_BOT_POLLING nothing is lost."
)

WAIT_SECONDS = 10
"""The platform holds a call that long while nothing happens. A stop waits for it: breaking it off could lose
the event of its answer."""

_LEASE_SECONDS = 60.0
_OTHERS_TURN, _AFTER_ERROR, _AFTER_REFUSAL = 20.0, 5.0, 30.0
_LAST_TRIES = 5

log = structlog.get_logger(__name__)


class Poller:
    def __init__(
        self, client: Client, database: Database, clock: Clock, intake: Intake, *, wait: float = WAIT_SECONDS
    ) -> None:
        self._client = client
        self._clock = clock
        self._intake = intake
        self._lease = Lease(database, clock, f"{NAME}.poll", _LEASE_SECONDS)
        self._wait = wait
        self._ready = False

    async def run(self, stop: asyncio.Event) -> None:
        log.warning("zalo_bot_polling", risk=RISK)
        while not stop.is_set():
            pause = await self._safely(stop)
            if pause:
                await _rest(stop, pause)
        with suppress(Exception):
            await self._lease.give_up()

    async def _safely(self, stop: asyncio.Event) -> float:
        """Seconds to wait until the next round."""
        try:
            return await self.round(stop)
        except ApiError as error:
            self._ready = False
            log.warning("zalo_bot_poll_refused", code=error.code)
            return _AFTER_REFUSAL if error.code.isdigit() else _AFTER_ERROR
        except Exception as error:
            log.warning(
                "zalo_bot_poll_interrupted", error=type(error).__name__, exc_info=not out_of_reach(error)
            )
            return _AFTER_ERROR

    async def round(self, stop: asyncio.Event) -> float:
        """Takes in one event, if there is one. Raises ApiError, and what the database raises."""
        if not await self._lease.take():
            self._ready = False
            return _OTHERS_TURN
        if not self._ready:
            await self._end_webhook()
            self._ready = True
        try:
            event = await self._client.call("getUpdates", seconds=self._wait + 10, timeout=self._wait)
        except ApiError as error:
            if error.code == "408":  # nothing happened: the rule, not an error
                return 0.0
            raise
        await self._hand_in(event, stop)
        return 0.0

    async def _end_webhook(self) -> None:
        """With a webhook set nothing can be polled."""
        try:
            await self._client.call("deleteWebhook")
        except ApiError as error:
            if error.code != "404":  # there was none
                raise

    async def _hand_in(self, event: Any, stop: asyncio.Event) -> None:
        """Holds the event until it is kept, however long the database is away; a stop ends that."""
        try:
            found = read(event, self._clock.now())
        except BadBody:
            counted.refused(NAME, "body")
            return
        if isinstance(found, Unsupported):
            counted.unsupported(NAME, found.event)
            return
        tries = 0
        while True:
            try:
                await self._intake.accept(found)
            except Unavailable:
                tries += stop.is_set()
            else:
                return
            if tries >= _LAST_TRIES:
                log.error("zalo_bot_event_lost", risk=RISK)
                return
            await asyncio.sleep(1.0)


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
