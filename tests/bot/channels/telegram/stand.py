"""Telegram's channel before the emulator: alone with an intake that only listens, or in the whole product."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Any

import argon2
import httpx
import uvicorn
from litestar import Litestar
from litestar.types import ControllerRouterHandler
from sqlalchemy import insert, select

from bot.app import Knowledge, Product, opened
from bot.channels.telegram.channel import TelegramChannel
from bot.clock import MovableClock
from bot.delivery.pace import Pace
from bot.delivery.ports import Inbound, Notice, Receipt, Unavailable
from bot.delivery.world import World
from bot.player.officers import OfficersOnStage
from bot.running import work
from bot.settings import Settings
from bot.storage.addresses import address_hash
from bot.storage.database import Database
from bot.storage.tables import complaints, contacts, evidence, officers
from bot.storage.vault import Vault
from content import catalog
from tests.bot.console.stand import PASSWORD, Visitor
from tests.support.telegram import Phone, TelegramEmulator

KEY = "bm90LWEtc2VjcmV0LW9ubHktZm9yLXRlc3RzLW9rISE="
CATALOG = catalog.load()
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
SECRET = "only-for-tests"
_QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Ear:
    """An intake that keeps in memory what it gets. `away` of the next events are not taken."""

    def __init__(self) -> None:
        self.heard: list[Inbound] = []
        self.notices: list[Notice] = []
        self.away = 0
        self.breaks = 0
        self.news = asyncio.Event()

    async def accept(self, inbound: Inbound) -> Receipt:
        self._take(self.heard, inbound)
        return Receipt.DONE

    async def notice(self, notice: Notice) -> Receipt:
        self._take(self.notices, notice)
        return Receipt.DONE

    def _take(self, kept: list[Any], event: Any) -> None:
        if self.away:
            self.away -= 1
            raise Unavailable
        if self.breaks:
            self.breaks -= 1
            raise RuntimeError("an error of our own")
        if event.event_id not in [one.event_id for one in kept]:
            kept.append(event)
        self.news.set()

    async def hears(self, number: int = 1, within: float = 8.0) -> list[Inbound]:
        async with asyncio.timeout(within):
            while len(self.heard) < number:
                self.news.clear()
                await self.news.wait()
        return self.heard


def channel_for(
    telegram: TelegramEmulator, database: Database, *, clock: MovableClock | None = None, **settings: Any
) -> TelegramChannel:
    given = {"telegram_bot_token": telegram.token, "telegram_api_url": telegram.url} | settings
    return TelegramChannel(
        World(Settings(**given), database, Vault((KEY,)), clock or MovableClock(), CATALOG)
    )


@asynccontextmanager
async def alone(
    telegram: TelegramEmulator, database_url: str = NOWHERE, **settings: Any
) -> AsyncIterator[TelegramChannel]:
    """The channel without an intake: for sending and fetching, which need no database."""
    database = Database(database_url, pool_size=2)
    channel = channel_for(telegram, database, **settings)
    try:
        yield channel
    finally:
        await channel.close()
        await database.close()


@asynccontextmanager
async def running(channel: TelegramChannel) -> AsyncIterator[None]:
    """`run`, as every process with a worker does it."""
    stop = asyncio.Event()
    task = asyncio.create_task(channel.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def listening(
    app: Callable[..., Any] | Sequence[ControllerRouterHandler], at: socket | None = None
) -> AsyncIterator[str]:
    """Serves routes or a whole application; its address."""
    routes = isinstance(app, Sequence)
    served = Litestar(route_handlers=list(app), openapi_config=None) if routes else app
    config = uvicorn.Config(served, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    config.timeout_graceful_shutdown = 2
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[at] if at else None))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 10)


def own_port() -> tuple[socket, str]:
    """A listening socket, so that the address is known before the product is made."""
    taken = socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    return taken, f"http://127.0.0.1:{taken.getsockname()[1]}"


@asynccontextmanager
async def product(
    telegram: TelegramEmulator, database_url: str, folder: Path, knowledge: Knowledge, **settings: Any
) -> AsyncIterator[Product]:
    """The whole product with a worker, asking the emulator for updates; an officer sits at every agency."""
    configured = Settings(
        database_url=database_url,
        data_dir=folder,
        telegram_bot_token=telegram.token,
        telegram_api_url=telegram.url,
        **settings,
    )
    async with opened(configured, clock=MovableClock(), knowledge=knowledge) as made:
        made.dispatcher.pace = Pace(made.clock)  # how fast the platform allows is the pace's own test
        await OfficersOnStage(made).take_their_posts()
        stop = asyncio.Event()
        worker = asyncio.create_task(work(made, stop))
        try:
            yield made
        finally:
            stop.set()
            await asyncio.wait_for(worker, 20)


@dataclass
class Stage:
    """A running product, its emulator, and the address of its HTTP side."""

    telegram: TelegramEmulator
    product: Product
    address: str

    @asynccontextmanager
    async def officer(self, agency: str, province: str = "thai-nguyen") -> AsyncIterator[Visitor]:
        """An officer who has signed in to the console."""
        login = f"o.{uuid.uuid4().hex[:8]}"
        row = {
            "login": login,
            "name": "Nguyễn An",
            "password_hash": _QUICK.hash(PASSWORD),
            "must_change": False,
            "role": "officer",
            "province": province,
            "agency": agency,
            "created_at": self.product.clock.now(),
        }
        async with self.product.database.begin() as uow:
            await uow.execute(insert(officers), row)
            await uow.commit()
        async with httpx.AsyncClient(base_url=self.address) as client:
            visitor = Visitor(client)
            assert (await visitor.sign_in(login)).status_code == 303
            yield visitor

    async def files_of(self, code: str) -> list[tuple[str, str]]:
        """State and type of the files of a complaint."""
        async with self.product.database.begin() as uow:
            query = select(evidence).join(complaints, complaints.c.id == evidence.c.complaint_id)
            rows = (await uow.execute(query.where(complaints.c.code == code))).all()
        return [(row.state, row.content_type) for row in rows]

    async def files_from(self, phone: Phone) -> list[str]:
        """States of the files of a person."""
        address = address_hash(self.product.vault, "telegram", str(phone.user.id))
        query = select(evidence.c.state).join(contacts, contacts.c.id == evidence.c.contact_id)
        async with self.product.database.begin() as uow:
            return list((await uow.execute(query.where(contacts.c.address_hash == address))).scalars())

    async def stopped(self, phone: Phone) -> bool:
        """Whether the contact is known, and nothing more is sent to it."""
        address = address_hash(self.product.vault, "telegram", str(phone.user.id))
        query = select(contacts.c.stopped).where(contacts.c.address_hash == address)
        async with self.product.database.begin() as uow:
            return bool((await uow.execute(query)).scalar_one_or_none())


async def eventually(look: Callable[[], Awaitable[bool]], within: float = 8.0) -> None:
    async with asyncio.timeout(within):
        while not await look():  # noqa: ASYNC110 - it is asked of the database
            await asyncio.sleep(0.05)


async def forgotten(telegram: TelegramEmulator) -> None:
    """Waits until the platform has been told that everything is kept."""

    async def look() -> bool:
        return not telegram.updates.live()

    await eventually(look)


async def files_fake_medicine(
    lan: Phone, *, photos: int = 1, knows_province: bool = False, gives_phone: bool = True
) -> str:
    """The story of fake medicine up to its code; the code."""
    lan.say("toi mua phai thuoc gia o nha thuoc Minh Anh hom qua, hop in mo")
    await lan.hears("Ngừng dùng thuốc")
    await lan.hears("Tên thuốc")
    lan.say("panadol extra")
    await lan.hears("Số đăng ký")
    lan.press("Bỏ qua")
    if not knows_province:
        await lan.hears("tỉnh nào")
        lan.press("Thái Nguyên")
    await lan.hears("xã hoặc phường nào")
    lan.say("phuong phan dinh phung")
    await lan.hears("gọi lại cho bạn qua số nào")
    lan.press("Gửi số điện thoại của tôi" if gives_phone else "Bỏ qua")
    await lan.hears("Bạn có ảnh hộp thuốc")
    for _ in range(photos):
        lan.send_photo(album="hop" if photos > 1 else "")
    await lan.hears("Bạn xem lại giúp", "Phường Phan Đình Phùng", "1 tệp")
    if photos > 1:
        await lan.hears("Đã nhận thêm", f"{photos} tệp")
    lan.press("Đúng, tiếp tục")
    await lan.hears("Bạn đồng ý gửi chứ?", "Sở Y tế tỉnh Thái Nguyên")
    lan.press("Đồng ý gửi")
    said = await lan.hears("Mã bí mật", "PL.III.8")
    return said.text.partition("Mã phản ánh: ")[2][:12]
