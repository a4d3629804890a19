"""Zalo OA as a channel like any other."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from actions import discover
from bot.channels.zalo_oa import canary, live
from bot.channels.zalo_oa.api import Api
from bot.channels.zalo_oa.limits import CHANNEL, LIMITS
from bot.channels.zalo_oa.oauth import OAuth
from bot.channels.zalo_oa.routes import Webhook, routes
from bot.channels.zalo_oa.seen import Seen
from bot.channels.zalo_oa.send import Sending
from bot.channels.zalo_oa.tokens import Tokens
from bot.delivery.media_hosts import MediaHosts
from bot.delivery.ports import Intake, Outgoing, Post, SendFailed
from bot.delivery.world import World
from bot.storage.database import out_of_reach


class ZaloOaChannel:
    name = CHANNEL
    limits = LIMITS

    def __init__(self, world: World) -> None:
        self._world = world
        self._oauth = OAuth(world.settings)
        self._tokens = Tokens(world, self._oauth)
        self._api = Api(world.settings, self._tokens)
        self._media = MediaHosts(world.settings.zalo_media_hosts)
        self._seen = Seen(world)
        self._sending = Sending(world, self._api)
        heads = frozenset(word for action in discover().values() for word in action.payloads)
        self._webhook = Webhook(world, self._seen, heads)

    def connect(self, intake: Intake) -> None:
        self._webhook.intake = intake

    def routes(self) -> Sequence[ControllerRouterHandler]:
        return routes(self._webhook, self._world.settings.zalo_site_verification)

    async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:  # noqa: ARG002
        try:
            return await self._sending.send(address, message)
        except Exception as error:
            if out_of_reach(error):
                raise SendFailed("the database cannot be reached", retry=True, our_fault=True) from error
            raise

    def rate_told(self) -> tuple[int, int] | None:
        return self._api.rate_told

    async def fetch(self, reference: str, limit: int) -> bytes:
        return await self._media.fetch(reference, limit)

    async def run(self, stop: asyncio.Event) -> None:
        """Renews the tokens in time."""
        await self._tokens.run(stop)

    def canary_address(self) -> str | None:
        return self._world.settings.zalo_canary

    def canary(self, address: str, text: str, now: dt.datetime) -> Post:
        settings = self._world.settings
        return canary.post(settings.zalo_app_id or "", settings.zalo_oa_secret_key or "", address, text, now)

    async def check(self) -> list[live.Finding]:
        """What `ntd doctor --live` says of it."""
        return await live.check(self._world, self._tokens, self._api, self._seen)

    async def close(self) -> None:
        await self._tokens.close()
        for part in (self._oauth, self._api, self._media):
            await part.close()
