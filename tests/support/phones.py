"""One interface over the phones of all emulators, with the real product behind its real HTTP address.

    async with house("zalo", database_url, folder, knowledge) as home:
        lan = home.phone("Lan")
        await lan.say("mua phai thuoc gia")
        await home.settle()                 # the turn is done, files are fetched, everything is sent
        lan.news()                          # [Received(text, labels), ...]: what came since the last look
        await lan.choose("Thái Nguyên")     # a button where there is one, else its number is typed

What a platform cannot do is done as its people do it: without buttons the number is typed, a place or a
phone number is written, a forwarded message is pasted, a paper that cannot be sent as a file is photographed.
"""

from __future__ import annotations

import asyncio
import io
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import httpx
import uvicorn
from PIL import Image, UnidentifiedImageError

from actions.contract import Outcome
from bot.app import Knowledge, Product, opened
from bot.channels.zalo_oa.kept import KEY as TOKENS
from bot.channels.zalo_oa.kept import Kept
from bot.clock import MovableClock
from bot.delivery.pace import Pace
from bot.running import application
from bot.settings import Settings
from bot.storage import channel_state
from bot.storage.listen import Listener
from tests.support import telegram, zalo_bot, zalo_oa
from tests.support.settled import settled
from tests.support.telegram.methods import photo_sizes
from tests.support.zalo_bot.account import BotAccount

MANY = 1_000_000
MESSENGERS = ("telegram", "zalo", "zalo_bot")
_NUMBERED = re.compile(r"^(\d{1,2})\. (.+)$", re.MULTILINE)


class Received(NamedTuple):
    """A message as it stands on the phone; `labels` of its buttons, and of the keyboard that came with it."""

    text: str
    labels: tuple[str, ...] = ()


class CannotChoose(LookupError):
    """The phone shows no such choice."""


class Phone(Protocol):
    address: str
    """By which the product knows the person."""

    async def start(self) -> None:
        """Opens the chat for the first time: presses Start, follows, or says hello where there is neither."""

    async def say(self, text: str) -> None: ...

    async def choose(self, label: str) -> None:
        """Presses the button, or types the number that stands before the label. Raises CannotChoose."""

    async def photo(self, data: bytes, name: str = "photo.jpg") -> None: ...

    async def location(self, latitude: float, longitude: float) -> None: ...

    async def contact(self, number: str) -> None: ...

    async def forward(self, text: str) -> None: ...

    async def leave(self) -> None:
        """Blocks or unfollows. Raises NotImplementedError where the platform tells nobody."""

    def news(self) -> list[Received]: ...


class TelegramPhone:
    def __init__(self, emulator: telegram.TelegramEmulator, name: str, language: str) -> None:
        self._phone = emulator.phone(name, language_code=language)
        self._emulator = emulator
        self._seen = 0
        self.address = str(self._phone.user.id)

    async def start(self) -> None:
        self._phone.start()

    async def say(self, text: str) -> None:
        self._phone.say(text)

    async def choose(self, label: str) -> None:
        try:
            self._phone.press(label)
        except AssertionError as error:
            raise CannotChoose(str(error)) from None

    async def photo(self, data: bytes, name: str = "photo.jpg") -> None:
        """A picture as a photo; what the app cannot read as one, as a file."""
        try:
            kept = self._emulator.chats.store("photos", data, name, "image/jpeg")
            self._phone.send({"photo": photo_sizes(self._emulator, kept)})
        except UnidentifiedImageError:
            self._phone.send_document(data, name=name)

    async def location(self, latitude: float, longitude: float) -> None:
        self._phone.share_location(latitude, longitude)

    async def contact(self, number: str) -> None:
        self._phone.share_contact(f"84{number.removeprefix('0')}")

    async def forward(self, text: str) -> None:
        self._phone.forward(text)

    async def leave(self) -> None:
        self._phone.block()

    def news(self) -> list[Received]:
        said = self._phone.chat.said[self._seen :]
        self._seen += len(said)
        found = [telegram.Received(message) for message in said]
        return [Received(one.text, self._labels(one)) for one in found if not one.edited]

    def _labels(self, message: telegram.Received) -> tuple[str, ...]:
        came_with_it = self._phone.chat.keyboard_from == message.message["message_id"]
        return (*message.labels, *(self._phone.keyboard if came_with_it else ()))


class ZaloPhone:
    def __init__(self, oa: zalo_oa.ZaloOA, name: str) -> None:
        self._phone = oa.phone(name)
        self._name = name
        self._seen = 0
        self.address = self._phone.id

    async def start(self) -> None:
        await self._phone.follow()

    async def say(self, text: str) -> None:
        await self._phone.say(text)

    async def choose(self, label: str) -> None:
        """The app has five buttons a message; for a choice beyond them the number is typed."""
        number = _number(label, [sent.text for sent in self._phone.inbox])
        if number <= len(self._phone.buttons) and self._phone.buttons[number - 1].title == label:
            await self._phone.press(number)
        else:
            await self._phone.type_number(number)

    async def photo(self, data: bytes, name: str = "photo.jpg") -> None:
        if Path(name).suffix in (".jpg", ".png"):
            await self._phone.send_photo(data, name=name)
        else:
            await self._phone.send_file(data, name)

    async def location(self, latitude: float, longitude: float) -> None:
        await self._phone.send_location(latitude, longitude)

    async def contact(self, number: str) -> None:
        await self._phone.submit_info(self._name, f"84{number.removeprefix('0')}")

    async def forward(self, text: str) -> None:
        await self._phone.say(text)

    async def leave(self) -> None:
        await self._phone.unfollow()

    def news(self) -> list[Received]:
        new = self._phone.inbox[self._seen :]
        self._seen += len(new)
        return [
            Received(
                sent.text or " ".join(str(element.get("subtitle", "")) for element in sent.elements),
                tuple(button.title for button in sent.buttons),
            )
            for sent in new
        ]


class ZaloBotPhone:
    def __init__(self, bot: zalo_bot.ZaloBot, name: str) -> None:
        self._phone = bot.phone(name)
        self._seen = 0
        self.address = self._phone.id

    async def start(self) -> None:
        await self._phone.say("xin chào")

    async def say(self, text: str) -> None:
        await self._phone.say(text)

    async def choose(self, label: str) -> None:
        await self._phone.type_number(_number(label, self._phone.texts))

    async def photo(self, data: bytes, name: str = "photo.jpg") -> None:
        """The platform lets photos through and no other file: a paper is photographed instead."""
        picture = name.endswith((".jpg", ".png"))
        await self._phone.send_photo(data if picture else paper())

    async def location(self, latitude: float, longitude: float) -> None:
        """It lets no place through: the bot learns only that there was something."""
        await self._phone.send_unsupported()

    async def contact(self, number: str) -> None:
        await self._phone.say(number)

    async def forward(self, text: str) -> None:
        await self._phone.say(text)

    async def leave(self) -> None:
        raise NotImplementedError("the platform tells nobody")

    def news(self) -> list[Received]:
        new = self._phone.inbox[self._seen :]
        self._seen += len(new)
        return [Received(sent.text) for sent in new]


def _number(label: str, texts: list[str]) -> int:
    """Of the choice in the newest message that numbers any."""
    for text in reversed(texts):
        offered = {said: int(number) for number, said in _NUMBERED.findall(text)}
        if label in offered:
            return offered[label]
        if offered:
            break
    raise CannotChoose(f"no choice {label!r}")


def paper() -> bytes:
    """A photo of a white sheet."""
    kept = io.BytesIO()
    Image.new("RGB", (320, 440), "white").save(kept, "JPEG")
    return kept.getvalue()


@dataclass
class House:
    """The product on its address, messengers' emulators beside it. `heard`: what each turn led to."""

    channel: str
    product: Product
    clock: MovableClock
    emulators: dict[str, Any]
    url: str
    staff: dict[str, Phone] = field(default_factory=dict)
    heard: list[Outcome] = field(default_factory=list)

    @property
    def emulator(self) -> Any:
        """That of the first channel."""
        return self.emulators[self.channel]

    def phone(
        self, name: str | None = None, language: str | None = None, channel: str | None = None
    ) -> Phone:
        """A new person. Without a name they are called 🌸: nobody can be addressed by that."""
        channel = channel or self.channel
        return _phone(self.emulators[channel], channel, name or "🌸", language or "vi")

    async def settle(self) -> None:
        await settled(self.product)

    async def turned(self, before: int, within: float = 20.0) -> None:
        """Waits until more than `before` turns are done. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while len(self.heard) <= before:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def after(self, work: Awaitable[object]) -> None:
        """Does something that leads to a turn, and waits until everything that follows is done."""
        before = len(self.heard)
        await work
        await self.turned(before)
        await self.settle()


def _phone(emulator: Any, channel: str, name: str, language: str = "vi") -> Phone:
    if channel == "telegram":
        return TelegramPhone(emulator, name, language)
    make: Any = ZaloPhone if channel == "zalo" else ZaloBotPhone
    phone: Phone = make(emulator, name)
    return phone


@asynccontextmanager
async def house(
    channel: str,
    database_url: str,
    folder: Path,
    knowledge: Knowledge,
    *,
    beside: tuple[str, ...] = (),
    paced: bool = False,
    with_staff: bool = False,
    **settings: Any,
) -> AsyncIterator[House]:
    """`beside`: more channels. `paced`: no faster than the platforms allow. `with_staff`: a phone of each
    messenger is the canary's. `settings` stand over those that
    lead to the emulators."""
    clock, heard = MovableClock(), list[Outcome]()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with AsyncExitStack() as stack:
            chosen: dict[str, Any] = {"database_url": database_url, "data_dir": folder, "public_url": url}
            emulators, staff = {}, dict[str, Phone]()
            for name in (channel, *beside):
                emulators[name], to_emulator = await _emulated(stack, name, clock, url)
                chosen |= to_emulator
                if with_staff and name != "web":
                    staff[name] = _phone(emulators[name], name, "Trực")
                    chosen[f"{name}_canary"] = staff[name].address
            product: Product = await stack.enter_async_context(
                opened(
                    Settings(**(chosen | settings)),
                    clock=clock,
                    observe=heard.append,
                    knowledge=knowledge,
                )
            )
            if not paced:
                product.dispatcher.pace = Pace(clock)
            await stack.enter_async_context(_served(product, listening))
            for name, emulator in emulators.items():
                await stack.enter_async_context(_at_work(product, name, emulator))
            yield House(channel, product, clock, emulators, url, staff, heard)


async def _emulated(
    stack: AsyncExitStack, channel: str, clock: MovableClock, url: str
) -> tuple[Any, dict[str, Any]]:
    """The emulator, without the limits that a whole file of stories would reach, and the settings to it. The
    web chat has neither."""
    if channel == "web":
        return None, {"web_messages_per_minute": MANY}
    if channel == "telegram":
        bot = telegram.TelegramEmulator(webhook_pace=0.01, now=lambda: clock.now().timestamp())
        await stack.enter_async_context(bot)
        return bot, {"telegram_bot_token": bot.token, "telegram_api_url": bot.url}
    if channel == "zalo":
        account = zalo_oa.Account(per_minute=MANY)
        oa = await stack.enter_async_context(zalo_oa.ZaloOA(account, clock))
        oa.webhook.url = f"{url}/channels/zalo-oa"
        oa.webhook.answer_within, oa.webhook.scale = 30.0, 0.001
        return oa, {
            "zalo_app_id": account.app_id,
            "zalo_app_secret": account.app_secret,
            "zalo_oa_secret_key": account.oa_secret_key,
            "zalo_refresh_token": oa.oauth.issue().refresh,
            "zalo_api_url": oa.url,
            "zalo_oauth_url": oa.url,
            "zalo_media_hosts": ("127.0.0.1",),
        }
    limits = BotAccount(most_users=MANY, messages_a_month=MANY)
    bot_account = await stack.enter_async_context(zalo_bot.ZaloBot(limits, clock))
    bot_account.updates.answer_within, bot_account.updates.scale = 30.0, 0.001
    return bot_account, {
        "zalo_bot_token": limits.token,
        "zalo_bot_api_url": bot_account.url,
        "zalo_bot_max_users": MANY,
        "zalo_bot_max_messages": MANY,
        "zalo_media_hosts": ("127.0.0.1",),
    }


class _Server(uvicorn.Server):
    """Stops as the product does: first the open streams, then the wait for open requests."""

    def __init__(self, config: uvicorn.Config, listener: Listener) -> None:
        super().__init__(config)
        self._listener = listener

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._listener.end_streams()
        await super().shutdown(sockets)


@asynccontextmanager
async def _served(product: Product, listening: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(application(product), log_config=None, access_log=False, lifespan="off")
    server = _Server(config, product.listener)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 10)


@asynccontextmanager
async def _at_work(product: Product, channel: str, emulator: Any) -> AsyncIterator[None]:
    """What the channel does of itself goes on; entered when the platform knows where to send events."""
    stop = asyncio.Event()
    running = asyncio.create_task(product.channels[channel].run(stop))
    try:
        async with asyncio.timeout(20):
            while not await _connected(product, channel, emulator):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        yield
    finally:
        stop.set()
        await asyncio.wait_for(running, 20)


async def _connected(product: Product, channel: str, emulator: Any) -> bool:
    if channel == "telegram":
        return emulator.webhook.address is not None
    if channel == "zalo":
        async with product.database.begin() as uow:
            kept = await channel_state.read(uow, product.vault, "zalo", TOKENS, Kept)
        return kept is not None and bool(kept.access)
    return channel == "web" or emulator.updates.url is not None


async def figures(home: House) -> str:
    """What `/metrics` shows."""
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{home.url}/metrics")).text
