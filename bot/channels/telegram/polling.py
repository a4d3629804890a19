"""Asking for updates, where there is no address at which they could be sent to us.

The platform forgets an update when a later one is asked for, so the next one is asked for only when every
update before it is committed. Whoever dies in between has lost nothing: the next process is given them again,
and what was kept already is recognised by its number.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import msgspec
import structlog
from aiogram.methods import DeleteWebhook, GetUpdates

from bot.channels.telegram.client import Client
from bot.channels.telegram.errors import CallFailed, rule_for
from bot.channels.telegram.holding import hold
from bot.channels.telegram.parse import NAME, BadBody, Event, InGroup, Press, parse
from bot.channels.telegram.profile import Profile
from bot.channels.telegram.receive import Receiver
from bot.channels.telegram.schema import ALLOWED_UPDATES
from bot.clock import Clock
from bot.delivery import counted
from bot.delivery.ports import Inbound, Intake, Notice, Unavailable
from bot.storage.database import Database, out_of_reach
from bot.storage.leases import Lease

POLL_SECONDS = 25
"""How long the platform waits for something to tell."""
LEASE_SECONDS = 60.0
"""Longer than one question and its answer. After that time another process takes over from a dead one."""

_ANSWER_SECONDS = POLL_SECONDS + 10.0
_LOOK_SECONDS = 5.0
"""Between two looks whether the lease is free."""
_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
_CHATS_AT_ONCE = 4
_TRIES = 3
"""Of an update at which the intake breaks by an error of our own: then it is passed over, or it would hold up
everybody's."""

log = structlog.get_logger(__name__)


class _Numbered(msgspec.Struct):
    update_id: int


class Poller:
    def __init__(
        self,
        client: Client,
        receiver: Receiver,
        profile: Profile,
        database: Database,
        clock: Clock,
        intake: Intake,
    ) -> None:
        self._client = client
        self._receiver = receiver
        self._profile = profile
        self._clock = clock
        self._intake = intake
        self._lease = Lease(database, clock, "telegram_polling", LEASE_SECONDS)
        self._offset: int | None = None
        """None: begin anew. 0: nothing waits to be confirmed. Not kept any longer than that: after a week
        without updates the platform counts from a random number, which may be a lower one."""
        self._troubles = 0
        self._broke: Counter[int] = Counter()

    async def run(self, stop: asyncio.Event) -> None:
        """One process at a time asks; the others wait until it gives up or dies. Raises nothing."""
        await hold(self._lease, self._forever(), stop)

    async def _forever(self) -> None:
        pause = 0.0
        while True:
            await asyncio.sleep(pause)
            pause = await self._step()

    async def _step(self) -> float:
        """Seconds until the next one."""
        try:
            if not await self._lease.take():
                self._offset = None
                return _LOOK_SECONDS
            if self._offset is None:
                await self._client.do(DeleteWebhook())
                self._offset = 0
            await self._profile.show()
            return await self._ask()
        except CallFailed as failed:
            return self._pause_after(failed)
        except Exception as error:
            log.warning("telegram_polling_interrupted", exc_info=not out_of_reach(error))
            return self._pause()

    async def _ask(self) -> float:
        asked = GetUpdates(offset=self._offset or None, timeout=POLL_SECONDS, allowed_updates=ALLOWED_UPDATES)
        batch = await self._client.call(asked, list[msgspec.Raw], seconds=_ANSWER_SECONDS)
        if not await self._lease.take():  # it took too long: another process has them too by now
            return _LOOK_SECONDS
        if not await self._keep(batch):
            return self._pause()
        self._troubles = 0
        numbers = [number for number in map(_number, batch) if number is not None]
        self._offset = max(numbers, default=-1) + 1
        return 0.0 if numbers or not batch else self._pause()

    async def _keep(self, batch: list[msgspec.Raw]) -> bool:
        """True if every update is committed. In order within a chat, a few chats side by side."""
        chats: dict[str, list[tuple[int, Event]]] = {}
        for raw in batch:
            event = self._read(raw)
            if event is not None:
                chats.setdefault(_chat(event), []).append((_number(raw) or 0, event))
        slots = asyncio.Semaphore(_CHATS_AT_ONCE)
        done = await asyncio.gather(*(self._keep_chat(events, slots) for events in chats.values()))
        return all(done)

    def _read(self, raw: msgspec.Raw) -> Event | None:
        try:
            return parse(bytes(raw), self._clock.now())
        except BadBody:
            counted.refused(NAME, "body")
            log.error("telegram_update_unreadable", update_id=_number(raw))
            return None

    async def _keep_chat(self, events: list[tuple[int, Event]], slots: asyncio.Semaphore) -> bool:
        """Ends at the first update that could not be kept: none overtakes another."""
        async with slots:
            for number, event in events:
                if not await self._keep_one(number, event):
                    return False
        return True

    async def _keep_one(self, number: int, event: Event) -> bool:
        try:
            await self._receiver.take(event, self._intake)
        except Unavailable:
            return False
        except Exception:
            self._broke[number] += 1
            log.exception("telegram_update_failed", update_id=number, tries=self._broke[number])
            if self._broke[number] < _TRIES:
                return False
        del self._broke[number]
        return True

    def _pause_after(self, failed: CallFailed) -> float:
        rule = rule_for(failed)
        log.warning("telegram_polling_failed", code=failed.code, means=rule.means)
        if failed.code == "409":
            self._offset = None  # whoever set a webhook, or asked too: begin anew
        return max(self._pause(), failed.retry_after or 0.0)

    def _pause(self) -> float:
        self._troubles += 1
        return _PAUSES[min(self._troubles, len(_PAUSES)) - 1]


def _number(raw: msgspec.Raw) -> int | None:
    try:
        return msgspec.json.decode(raw, type=_Numbered).update_id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _chat(event: Event) -> str:
    """Within which order counts."""
    said: Any = event.inbound if isinstance(event, Press) else event
    if isinstance(said, Inbound | Notice):
        return said.address
    return str(event.chat_id) if isinstance(event, InGroup) else ""
