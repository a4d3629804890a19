"""The whole product on a real server and database, with the emulator of Zalo OA in place of the platform."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import uvicorn
from prometheus_client import REGISTRY
from sqlalchemy import func, select, text

from bot.app import Knowledge, Product, opened
from bot.channels.zalo_oa.channel import ZaloOaChannel
from bot.clock import MovableClock
from bot.delivery import ledger
from bot.delivery.pace import Pace
from bot.delivery.ports import Outgoing
from bot.running import application
from bot.settings import Settings
from bot.storage.tables import contacts, deliveries, inbound_events, messages
from tests.support.zalo_oa import Account, ZaloOA

FIXTURES = Path(__file__).parents[3] / "fixtures" / "zalo_oa"
KEY = "Zm9yLXRlc3RzLW9ubHktMzItYnl0ZXMtbG9uZy1rZXk="


@dataclass
class Stand:
    oa: ZaloOA
    product: Product
    clock: MovableClock
    url: str

    @property
    def channel(self) -> ZaloOaChannel:
        return cast(ZaloOaChannel, self.product.channels["zalo"])

    @property
    def hook(self) -> str:
        return f"{self.url}/channels/zalo-oa"

    async def counts(self) -> dict[str, int]:
        """Rows of every table that an event leaves something in."""
        async with self.product.database.begin() as uow:
            return {
                table.name: (await uow.execute(select(func.count()).select_from(table))).scalar_one()
                for table in (contacts, messages, inbound_events, deliveries)
            }

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with self.product.database.begin() as uow:
            return [tuple(row) for row in (await uow.execute(text(query))).all()]

    async def settle(self) -> None:
        """What this process is sending and fetching is sent and fetched. What others left in the shared
        database stays: it would go out into the next test's trouble."""
        await self.product.dispatcher.drain()
        await self.product.fetcher.drain()

    async def wait(self, span: dt.timedelta) -> None:
        """Lets time pass, once nothing is under way that would arrive stale."""
        await self.settle()
        await self.oa.webhook.settle()
        self.clock.move(span)

    async def tell(self, message: Outgoing) -> None:
        """An officer's answer to the newest contact, sent as a worker does."""
        registry = self.product.registry
        async with self.product.database.begin() as uow:
            newest = select(contacts.c.id).order_by(contacts.c.id.desc()).limit(1)
            contact = (await uow.execute(newest)).scalar_one()
            await ledger.to_contact(
                uow,
                registry.vault,
                contact_id=contact,
                channel="zalo",
                kind="answer",
                message=message,
                limits=registry.limits["zalo"],
                now=self.clock.now(),
            )
            await uow.commit()
        await self.product.dispatcher.run_due()

    async def post(self, raw: bytes, headers: dict[str, str]) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.post(self.hook, content=raw, headers=headers)

    def event(self, name: str) -> dict[str, Any]:
        """A fixture, of now."""
        found = fixture(name)
        now = int(self.clock.now().timestamp() * 1000)
        found["timestamp"] = now if isinstance(found["timestamp"], int) else str(now)
        return found


def fixture(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))
    return found


def counter(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"{name}_total", labels) or 0.0


def settings_for(oa: ZaloOA, folder: Path, **more: Any) -> Settings:
    account = oa.account
    values: dict[str, Any] = {
        "data_dir": folder,
        "keys": (KEY,),
        "zalo_app_id": account.app_id,
        "zalo_app_secret": account.app_secret,
        "zalo_oa_secret_key": account.oa_secret_key,
        "zalo_api_url": oa.url,
        "zalo_oauth_url": oa.url,
        "zalo_media_hosts": ("127.0.0.1",),
    }
    return Settings(**(values | more))


@asynccontextmanager
async def standing(
    database_url: str, folder: Path, knowledge: Knowledge, account: Account | None = None, **settings: Any
) -> AsyncIterator[Stand]:
    """Not connected unless `zalo_refresh_token` is among the settings; `connected` does that."""
    clock = MovableClock()
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with ZaloOA(account, clock, webhook_url=f"{url}/channels/zalo-oa") as oa:
        token = {"zalo_refresh_token": oa.oauth.issue().refresh}
        values = settings_for(oa, folder, database_url=database_url, public_url=url, **(token | settings))
        async with opened(values, clock=clock, knowledge=knowledge) as product:
            product.dispatcher.pace = Pace(clock)  # how fast the platform allows is the pace's own test
            server = _Server(uvicorn.Config(application(product), log_config=None, access_log=False))
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.01)
            try:
                yield Stand(oa, product, clock, url)
            finally:
                product.listener.end_streams()
                server.should_exit = True
                await asyncio.wait_for(serving, 10)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
