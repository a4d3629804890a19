"""The console on a real server and database, and a browser's session as far as HTTP goes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import msgspec
import uvicorn
from litestar import Litestar

from actions import discover
from bot import console
from bot.cases.evidence import EvidenceStore
from bot.cases.filing import Registry
from bot.clock import MovableClock
from bot.dialogue.engine import Engine
from bot.dialogue.letters import Letters
from bot.health.alarms import Alarms
from bot.learning.model import LiveModel
from bot.listings.live import LiveListings
from bot.officers.accounts import Officer, Place
from bot.settings import Settings
from bot.storage.database import Database, UnitOfWork
from bot.storage.listen import Listener
from content.catalog import Catalog
from content.listings import own_copy
from nlu.pipeline import Pipeline, build
from tests.bot.cases.desk import CATALOG, Desk, account

PASSWORD = "mot-cau-ngan-de-nho"


@cache
def by_rules() -> Pipeline:
    """Understanding with no model file."""
    return build(CATALOG, None)


class Files:
    """Evidence files by id."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, bytes]] = {}

    async def read(self, uow: UnitOfWork, evidence_id: str) -> tuple[str, bytes] | None:
        return self.kept.get(evidence_id)


@dataclass
class Stand:
    """Satisfies `bot.console.build.Product`."""

    desk: Desk
    listener: Listener
    data_dir: Path = Path("no-data")
    catalog: Catalog = field(default_factory=lambda: own_copy(CATALOG))
    evidence: Files = field(default_factory=Files)
    secret_key: str = "only-for-tests"
    url: str = ""

    def __post_init__(self) -> None:
        self.live_listings = LiveListings(self.catalog, self.database, self.data_dir, self.clock)

    @property
    def registry(self) -> Registry:
        return msgspec.structs.replace(self.desk.registry, catalog=self.catalog)

    @property
    def database(self) -> Database:
        return self.desk.database

    @property
    def clock(self) -> MovableClock:
        return self.desk.clock

    @cached_property
    def engine(self) -> Engine:
        return Engine(
            database=self.database,
            registry=self.registry,
            pipeline=self.pipeline,
            actions=discover(),
            evidence=EvidenceStore(self.data_dir, self.desk.vault),
            clock=self.clock,
            send_now=lambda _: None,
        )

    @cached_property
    def letters(self) -> Letters:
        return Letters(self.database, self.desk.vault, self.clock, self.engine)

    @cached_property
    def alarms(self) -> Alarms:
        return Alarms(self.database, self.data_dir, self.clock)

    @property
    def pipeline(self) -> Pipeline:
        return by_rules()

    @property
    def live_model(self) -> LiveModel:
        return LiveModel(self.pipeline, (), None)

    async def account(
        self, login: str, agency: str = "so_y_te", province: str = "thai-nguyen", **more: Any
    ) -> Officer:
        return await account(self.desk, login, Place(province, agency, **more), password=PASSWORD)

    async def admin(self, login: str = "quan.tri") -> Officer:
        return await account(self.desk, login, None, password=PASSWORD, admin=True)

    @asynccontextmanager
    async def visitor(self) -> AsyncIterator[Visitor]:
        async with httpx.AsyncClient(base_url=self.url) as client:
            yield Visitor(client)

    @asynccontextmanager
    async def signed_in(self, login: str) -> AsyncIterator[Visitor]:
        async with self.visitor() as visitor:
            answer = await visitor.sign_in(login)
            assert answer.status_code == 303, answer.text
            yield visitor


class Visitor:
    """Opens pages and sends their forms, as a browser without scripts does."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def open(self, path: str) -> httpx.Response:
        return await self.client.get(path, follow_redirects=True)

    async def sign_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        page = await self.client.get("/console/login")
        return await self.send(page, "/console/login", login=login, password=password)

    async def send(self, page: httpx.Response, action: str, **fields: str) -> httpx.Response:
        """Sends the form of `page` whose address is `action`, with its hidden fields."""
        return await self.client.post(action, data=hidden_fields(page.text, action) | fields)


def hidden_fields(html: str, action: str) -> dict[str, str]:
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', html, re.DOTALL)
    assert form, f"the page has no form for {action}"
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0])
    return dict(found)


class _Server(uvicorn.Server):
    """Stops as the product does: first the open streams, then the wait for open requests."""

    def __init__(self, config: uvicorn.Config, listener: Listener) -> None:
        super().__init__(config)
        self._listener = listener

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self._listener.end_streams()
        await super().shutdown(sockets)


@asynccontextmanager
async def serving(database_url: str, **settings: Any) -> AsyncIterator[Stand]:
    database = Database(database_url, pool_size=4)
    folder = TemporaryDirectory()
    stand = Stand(
        Desk(database, settings=Settings(**settings)), Listener(database_url), data_dir=Path(folder.name)
    )
    app = Litestar(route_handlers=console.build(stand), openapi_config=None)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
    server = _Server(config, stand.listener)
    stand.listener.start()
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    stand.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield stand
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 10)
        await stand.listener.close()
        await database.close()
        folder.cleanup()
