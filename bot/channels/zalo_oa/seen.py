"""That the webhook's key was seen to fit: kept for `ntd doctor --live`, logged once per process."""

from __future__ import annotations

import asyncio
import datetime as dt

import msgspec
import structlog

from bot.channels.zalo_oa.limits import CHANNEL
from bot.channels.zalo_oa.verify import Source
from bot.delivery.world import World
from bot.storage import channel_state

_KEY = "webhook"
_NOTE_EVERY = dt.timedelta(hours=1)
_WAIT_SECONDS = 0.3
"""Zalo wants its answer within two, also while the database hangs."""

log = structlog.get_logger(__name__)


class Webhook(msgspec.Struct, frozen=True):
    seen_at: dt.datetime
    """When the last signature fitted, to the hour."""
    timestamp: Source
    """Which of the two timestamps it was made with."""


class Seen:
    def __init__(self, world: World) -> None:
        self._world = world
        self._noted: Webhook | None = None
        self._writing: set[asyncio.Task[None]] = set()

    async def note(self, source: Source) -> None:
        """Costs a write once an hour, and neither fails an event nor delays it for long."""
        now = self._world.clock.now()
        if self._noted is None:
            log.info("zalo_webhook_signature", fits="ZALO_OA_SECRET_KEY", timestamp=source)
        elif now < self._noted.seen_at + _NOTE_EVERY:
            return
        self._noted = Webhook(now, source)
        writing = asyncio.create_task(self._write(self._noted, now))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        await asyncio.wait({writing}, timeout=_WAIT_SECONDS)

    async def _write(self, noted: Webhook, now: dt.datetime) -> None:
        try:
            async with self._world.database.begin() as uow:
                await channel_state.write(uow, self._world.vault, CHANNEL, _KEY, noted, now)
                await uow.commit()
        except Exception as error:
            log.warning("zalo_webhook_not_noted", error=type(error).__name__)

    async def last(self) -> Webhook | None:
        async with self._world.database.begin() as uow:
            return await channel_state.read(uow, self._world.vault, CHANNEL, _KEY, Webhook)
