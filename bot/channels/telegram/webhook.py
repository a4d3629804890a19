"""The address to which the platform sends updates, and telling it that address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from aiogram.methods import GetWebhookInfo, SetWebhook
from litestar import Request, Response, post
from litestar.types import ControllerRouterHandler

from bot.channels.telegram.client import Client
from bot.channels.telegram.errors import CallFailed, rule_for
from bot.channels.telegram.holding import hold
from bot.channels.telegram.parse import MAX_BODY, NAME, BadBody, parse
from bot.channels.telegram.profile import Profile
from bot.channels.telegram.receive import Receiver
from bot.channels.telegram.schema import ALLOWED_UPDATES
from bot.channels.telegram.verify import HEADER, is_genuine
from bot.clock import Clock
from bot.delivery import counted
from bot.delivery.ports import Intake, Unavailable
from bot.storage.database import Database, out_of_reach
from bot.storage.leases import Lease

PATH = "/channels/telegram"
LEASE_SECONDS = 60.0
_RENEW_SECONDS = 20.0
_LOOK_EVERY = 15
"""Renewals of the lease between two looks whether the webhook still stands: five minutes."""
_AGAIN_SECONDS = "5"
"""What the platform is asked to wait before it repeats; left alone, it doubles its pauses up to a minute."""

Answer = Response[dict[str, str]]

log = structlog.get_logger(__name__)


class WebhookInfo(msgspec.Struct):
    url: str
    pending_update_count: int = 0
    last_error_message: str | None = None


def route(
    receiver: Receiver, secret: str, clock: Clock, intake: Callable[[], Intake | None]
) -> ControllerRouterHandler:
    """Answers 200 only when the update is committed; anything else makes the platform repeat it."""

    @post(
        PATH,
        status_code=200,
        request_max_body_size=MAX_BODY,
        opt={"exclude_from_csrf": True},
        include_in_schema=False,
    )
    async def receive_telegram(request: Request[Any, Any, Any]) -> Answer:
        if not is_genuine(request.headers.get(HEADER), secret):
            counted.refused(NAME, "secret")
            return _answer(401, "the secret token is missing or wrong")
        taker = intake()
        if taker is None:
            return _answer(503, "starting")
        return await _take(await request.body(), receiver, clock, taker)

    return receive_telegram


async def _take(raw: bytes, receiver: Receiver, clock: Clock, intake: Intake) -> Answer:
    try:
        event = parse(raw, clock.now())
    except BadBody:
        counted.refused(NAME, "body")
        return _answer(400, "no update of Telegram")
    try:
        await receiver.take(event, intake)
    except Unavailable:
        return _answer(503, "send it again")
    return _answer(200, "taken")


def _answer(status: int, said: str) -> Answer:
    headers = {"Retry-After": _AGAIN_SECONDS} if status == 503 else {}
    return Response({"status": said}, status_code=status, headers=headers)


def address(public_url: str) -> str:
    return public_url.rstrip("/") + PATH


class Announcer:
    """Tells the platform our address at the start, and again when it has lost it. One process does it."""

    def __init__(
        self,
        client: Client,
        profile: Profile,
        database: Database,
        clock: Clock,
        *,
        public_url: str,
        secret: str,
    ) -> None:
        self._client = client
        self._profile = profile
        self._lease = Lease(database, clock, "telegram_webhook", LEASE_SECONDS)
        self._url = address(public_url)
        self._secret = secret

    async def run(self, stop: asyncio.Event) -> None:
        """Raises nothing."""
        await hold(self._lease, self._forever(), stop)

    async def _forever(self) -> None:
        rounds = 0
        while True:
            told = await self._round(rounds)
            rounds = (rounds + 1) % _LOOK_EVERY if told else 0
            await asyncio.sleep(_RENEW_SECONDS)

    async def _round(self, rounds: int) -> bool:
        """True while this process holds the lease and the webhook stands."""
        try:
            if not await self._lease.take():
                return False
            if rounds == 0:
                await self._tell()
                await self._profile.show()
        except CallFailed as failed:
            log.error("telegram_webhook_not_set", code=failed.code, means=rule_for(failed).means)
            return False
        except Exception as error:
            log.warning("telegram_webhook_interrupted", exc_info=not out_of_reach(error))
            return False
        return True

    async def _tell(self) -> None:
        """The secret may have changed while the address has not: the first time it is told anyway."""
        info = await self._client.call(GetWebhookInfo(), WebhookInfo)
        if info.last_error_message:
            log.warning("telegram_webhook_troubled", pending=info.pending_update_count)
        await self._client.do(
            SetWebhook(url=self._url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES)
        )
        log.info("telegram_webhook_set", before=info.url == self._url, pending=info.pending_update_count)
