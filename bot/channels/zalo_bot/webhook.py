"""The address to which the platform sends its events, and telling it that address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from litestar import Request, Response, post
from litestar.types import ControllerRouterHandler

from bot.channels.zalo_bot.client import Client
from bot.channels.zalo_bot.errors import ApiError
from bot.channels.zalo_bot.parse import MAX_BODY, NAME, BadBody, Unsupported, parse
from bot.channels.zalo_bot.verify import HEADER, is_genuine
from bot.clock import Clock
from bot.delivery import counted
from bot.delivery.ports import Intake, Unavailable

PATH = "/channels/zalo-bot"

_PAUSES = (5.0, 30.0, 120.0, 600.0)
"""Seconds before the address is told again; the last one repeats."""

Answer = Response[dict[str, str]]

log = structlog.get_logger(__name__)


def route(secret: str, clock: Clock, intake: Callable[[], Intake | None]) -> ControllerRouterHandler:
    """Answers 200 only when the event is committed; 503 makes the platform send it again."""

    @post(
        PATH,
        status_code=200,
        request_max_body_size=MAX_BODY,
        opt={"exclude_from_csrf": True},
        include_in_schema=False,
    )
    async def receive(request: Request[Any, Any, Any]) -> Answer:
        if not is_genuine(request.headers.get(HEADER), secret):
            counted.refused(NAME, "secret")
            return _answer(401, "the secret token is missing or wrong")
        taker = intake()
        if taker is None:
            return _answer(503, "starting")
        return await _take(await request.body(), clock, taker)

    return receive


async def _take(raw: bytes, clock: Clock, intake: Intake) -> Answer:
    try:
        event = parse(raw, clock.now())
    except BadBody:
        counted.refused(NAME, "body")
        return _answer(400, "no event of the Zalo Bot Platform")
    if isinstance(event, Unsupported):
        counted.unsupported(NAME, event.event)
        return _answer(200, "not acted upon")
    try:
        await intake.accept(event)
    except Unavailable:
        return _answer(503, "send it again")
    return _answer(200, "kept")


def _answer(status: int, said: str) -> Answer:
    return Response({"status": said}, status_code=status)


async def announce(client: Client, public_url: str, secret: str, stop: asyncio.Event) -> None:
    """Tells the platform our address, until it has taken it."""
    tries = 0
    while not stop.is_set():
        try:
            await client.call("setWebhook", url=address(public_url), secret_token=secret)
        except ApiError as error:
            log.warning("zalo_bot_webhook_not_set", code=error.code)
        else:
            log.info("zalo_bot_webhook_set")
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _PAUSES[min(tries, len(_PAUSES) - 1)])
        tries += 1


def address(public_url: str) -> str:
    return public_url.rstrip("/") + PATH
