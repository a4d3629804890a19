"""The Zalo Bot as a channel like any other."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

import structlog
from litestar.types import ControllerRouterHandler

from bot.channels.zalo_bot import canary, live, webhook
from bot.channels.zalo_bot.client import Client
from bot.channels.zalo_bot.limits import LIMITS
from bot.channels.zalo_bot.parse import NAME
from bot.channels.zalo_bot.polling import RISK, Poller
from bot.channels.zalo_bot.quota import Quota
from bot.channels.zalo_bot.send import send
from bot.channels.zalo_bot.verify import secret
from bot.delivery.media_hosts import MediaHosts
from bot.delivery.ports import Finding, Intake, Outgoing, Post
from bot.delivery.world import World

log = structlog.get_logger(__name__)


class ZaloBotChannel:
    name = NAME
    limits = LIMITS

    def __init__(self, world: World) -> None:
        """With ZALO_BOT_TOKEN set. Polling, where it is on, counts before the webhook: the platform takes
        only one of the two."""
        settings = world.settings
        self._world = world
        self._client = Client(settings.zalo_bot_api_url, settings.zalo_bot_token or "")
        self._links = MediaHosts(settings.zalo_media_hosts)
        self._quota = Quota(world)
        self._secret = secret(settings, world.vault)
        self._intake: Intake | None = None

    def connect(self, intake: Intake) -> None:
        self._intake = intake

    def routes(self) -> Sequence[ControllerRouterHandler]:
        return [webhook.route(self._secret, self._world.clock, lambda: self._intake)]

    async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:  # noqa: ARG002
        return await send(self._client, self._quota, address, message)

    async def fetch(self, reference: str, limit: int) -> bytes:
        return await self._links.fetch(reference, limit)

    async def run(self, stop: asyncio.Event) -> None:
        await asyncio.gather(self._take_in(stop), self._quota.watch(stop))

    async def _take_in(self, stop: asyncio.Event) -> None:
        settings = self._world.settings
        if settings.zalo_bot_polling and self._intake is not None:
            await Poller(self._client, self._world.database, self._world.clock, self._intake).run(stop)
        elif settings.public_url:
            await webhook.announce(self._client, settings.public_url, self._secret, stop)
        else:
            log.warning("zalo_bot_not_connected", mend="set PUBLIC_URL, or ZALO_BOT_POLLING for a pilot")

    def canary_address(self) -> str | None:
        return self._world.settings.zalo_bot_canary

    def canary(self, address: str, text: str, now: dt.datetime) -> Post:
        return canary.post(self._secret, address, text, now)

    async def check(self) -> list[Finding]:
        """What the platform says of this bot, for `ntd doctor --live`."""
        return await live.check(self._world.settings, self._client, self._quota)

    async def figures(self) -> dict[str, object]:
        """For `/health/ready`."""
        use = await self._quota.used()
        risk = {"risk": RISK} if self._world.settings.zalo_bot_polling else {}
        return {
            "users": use.users,
            "max_users": use.max_users,
            "messages_this_month": use.messages,
            "max_messages": use.max_messages,
            "nearly_used": list(use.near),
            **risk,
        }

    async def close(self) -> None:
        await self._client.close()
        await self._links.close()
