"""The whole product with the Zalo Bot on, over a real database, and the platform's emulator beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar
from sqlalchemy import func, select

from bot.app import Knowledge, Product, opened
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.clock import MovableClock
from bot.delivery.pace import Pace
from bot.settings import Settings
from bot.storage.tables import contacts, deliveries, evidence, inbound_events
from tests.support.zalo_bot import ZaloBot

SECRET = "made-up-webhook-secret"


class Stand:
    def __init__(self, product: Product, bot: ZaloBot, clock: MovableClock) -> None:
        self.product = product
        self.bot = bot
        self.clock = clock
        self.url = ""

    @property
    def channel(self) -> ZaloBotChannel:
        found = self.product.channels["zalo_bot"]
        assert isinstance(found, ZaloBotChannel)
        return found

    async def settle(self) -> None:
        """What this process is sending and fetching is sent and fetched. What others left in the shared
        database stays: it would go out into the next test's trouble."""
        await self.product.dispatcher.drain()
        await self.product.fetcher.drain()

    async def deliveries(self) -> list[Any]:
        async with self.product.database.begin() as uow:
            query = select(deliveries).where(deliveries.c.channel == "zalo_bot").order_by(deliveries.c.id)
            return list((await uow.execute(query)).all())

    async def count(self) -> dict[str, int]:
        async with self.product.database.begin() as uow:
            return {
                table.name: int((await uow.execute(select(func.count()).select_from(table))).scalar_one())
                for table in (inbound_events, contacts, evidence, deliveries)
            }


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def standing(
    database_url: str, folder: Path, knowledge: Knowledge, *, serve: bool = True, **more: Any
) -> AsyncIterator[Stand]:
    """With its route served and known to the platform, unless not to be served."""
    clock = MovableClock()
    async with ZaloBot(clock=clock) as bot:
        values: dict[str, Any] = {
            "database_url": database_url,
            "data_dir": folder,
            "zalo_bot_token": bot.account.token,
            "zalo_bot_webhook_secret": SECRET,
            "zalo_bot_api_url": bot.url,
            "zalo_media_hosts": ("127.0.0.1",),
        }
        settings = Settings(**(values | more))
        async with opened(settings, clock=clock, knowledge=knowledge) as product:
            product.dispatcher.pace = Pace(clock)  # how fast the platform allows is the pace's own test
            stand = Stand(product, bot, clock)
            if not serve:
                yield stand
                return
            async with serving(product) as url:
                stand.url = url
                bot.updates.set_webhook(f"{url}/channels/zalo-bot", SECRET)
                yield stand


@asynccontextmanager
async def serving(product: Product) -> AsyncIterator[str]:
    app = Litestar(
        route_handlers=product.channels["zalo_bot"].routes(), openapi_config=None, logging_config=None
    )
    server = _Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 10)


@asynccontextmanager
async def running(stand: Stand) -> AsyncIterator[None]:
    """What the channel does of itself: telling its address, polling, watching the plan."""
    stop = asyncio.Event()
    task = asyncio.create_task(stand.channel.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)


async def until(holds: Callable[[], bool], within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)
