"""Telegram as a channel like any other."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

import structlog
from litestar.types import ControllerRouterHandler

from bot.channels.telegram import canary, live, webhook
from bot.channels.telegram.client import Client
from bot.channels.telegram.errors import CallFailed, fetch_failed
from bot.channels.telegram.limits import LIMITS
from bot.channels.telegram.parse import NAME
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.profile import Profile
from bot.channels.telegram.receive import Receiver
from bot.channels.telegram.send import send
from bot.channels.telegram.verify import secret
from bot.delivery.ports import FetchFailed, Intake, Outgoing, Post
from bot.delivery.world import World

log = structlog.get_logger(__name__)


class TelegramChannel:
    name = NAME
    limits = LIMITS

    def __init__(self, world: World) -> None:
        """With TELEGRAM_BOT_TOKEN set. With PUBLIC_URL updates are sent to us, without it we ask for them."""
        settings = world.settings
        self._world = world
        self._client = Client(
            settings.telegram_api_url, settings.telegram_bot_token or "", settings.http_proxy_url
        )
        self._receiver = Receiver(self._client, world.catalog)
        self._secret = secret(settings, world.vault)
        self._intake: Intake | None = None

    def connect(self, intake: Intake) -> None:
        self._intake = intake

    def routes(self) -> Sequence[ControllerRouterHandler]:
        return [webhook.route(self._receiver, self._secret, self._world.clock, lambda: self._intake)]

    async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:  # noqa: ARG002
        return await send(self._client, address, message, paid=self._world.settings.telegram_paid_broadcasts)

    async def fetch(self, reference: str, limit: int) -> bytes:
        failure: FetchFailed
        try:
            return await self._client.download(reference, limit)
        except CallFailed as failed:
            failure = fetch_failed(failed)
        raise failure

    async def run(self, stop: asyncio.Event) -> None:
        if self._intake is None:
            log.error("telegram_without_intake")
            return
        world, shown = self._world, Profile(self._client, self._world.catalog)
        if world.settings.public_url:
            announcer = webhook.Announcer(
                self._client,
                shown,
                world.database,
                world.clock,
                public_url=world.settings.public_url,
                secret=self._secret,
            )
            await announcer.run(stop)
        else:
            poller = Poller(self._client, self._receiver, shown, world.database, world.clock, self._intake)
            await poller.run(stop)

    def canary_address(self) -> str | None:
        return self._world.settings.telegram_canary

    def canary(self, address: str, text: str, now: dt.datetime) -> Post:
        return canary.post(self._secret, address, text, now)

    async def check(self) -> list[live.Finding]:
        """What the platform says of this bot, for `ntd doctor --live`."""
        return await live.check(self._world.settings, self._client)

    async def close(self) -> None:
        await self._receiver.close()
        await self._client.close()
