"""How much of the plan is used: people, and messages of the month. The platform tells neither, so both are
counted here, and an operator hears of it before people do."""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import suppress

import msgspec
import structlog
from sqlalchemy import func, select

from bot.channels.zalo_bot.parse import NAME
from bot.clock import VIETNAM
from bot.delivery.world import World
from bot.storage import channel_state
from bot.storage.database import UnitOfWork, out_of_reach
from bot.storage.tables import contacts

WARN_FROM = 0.8
"""Of the plan."""

_KEY = "month"
_LOOK_SECONDS = 3600.0

log = structlog.get_logger(__name__)


class Month(msgspec.Struct, frozen=True):
    """`name`: year and month in Viet Nam, as 2026-11."""

    name: str
    messages: int = 0


class Use(msgspec.Struct, frozen=True):
    users: int
    max_users: int
    messages: int
    max_messages: int

    @property
    def month_used_up(self) -> bool:
        return self.messages >= self.max_messages

    @property
    def near(self) -> tuple[str, ...]:
        """What is used to four fifths or more, in words."""
        said = []
        if self.users >= self.max_users * WARN_FROM:
            said.append(f"{self.users} of {self.max_users} users")
        if self.messages >= self.max_messages * WARN_FROM:
            said.append(f"{self.messages} of {self.max_messages} messages this month")
        return tuple(said)


class Quota:
    def __init__(self, world: World) -> None:
        self._world = world

    async def count_message(self) -> None:
        """One message was taken by the platform. It has gone out: where the database is away it stays
        uncounted, for a failure here would send it a second time."""
        try:
            async with self._world.database.begin() as uow:
                await channel_state.lock(uow, NAME, _KEY)
                month = await self._month(uow)
                counted = msgspec.structs.replace(month, messages=month.messages + 1)
                await channel_state.write(
                    uow, self._world.vault, NAME, _KEY, counted, self._world.clock.now()
                )
                await uow.commit()
        except Exception as error:
            log.warning(
                "zalo_bot_message_not_counted", error=type(error).__name__, exc_info=not out_of_reach(error)
            )

    async def used(self) -> Use:
        settings = self._world.settings
        async with self._world.database.begin() as uow:
            month = await self._month(uow)
            query = select(func.count()).select_from(contacts).where(contacts.c.channel == NAME)
            users = int((await uow.execute(query)).scalar_one())
        return Use(users, settings.zalo_bot_max_users, month.messages, settings.zalo_bot_max_messages)

    async def _month(self, uow: UnitOfWork) -> Month:
        name = self._world.clock.now().astimezone(VIETNAM).strftime("%Y-%m")
        found = await channel_state.read(uow, self._world.vault, NAME, _KEY, Month)
        return found if found is not None and found.name == name else Month(name)

    def until_next_month(self) -> float:
        """Seconds until the first of the next month, one o'clock at night in Viet Nam."""
        now = self._world.clock.now().astimezone(VIETNAM)
        beyond = now.replace(day=28) + dt.timedelta(days=4)
        return (beyond.replace(day=1, hour=1, minute=0, second=0, microsecond=0) - now).total_seconds()

    async def warn(self) -> None:
        """Writes a warning into the log where the plan is nearly used."""
        use = await self.used()
        if use.near:
            log.warning("zalo_bot_plan_nearly_used", used=list(use.near))

    async def watch(self, stop: asyncio.Event) -> None:
        """Warns at the start and every hour."""
        while not stop.is_set():
            try:
                await self.warn()
            except Exception as error:
                log.warning(
                    "zalo_bot_plan_not_read", error=type(error).__name__, exc_info=not out_of_reach(error)
                )
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
