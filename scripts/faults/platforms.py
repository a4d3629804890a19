"""The three messengers, emulated over real HTTP: their people, and what reached them."""

from __future__ import annotations

import collections
import contextlib
from collections.abc import AsyncIterator, Iterable

import msgspec

from bot.clock import SystemClock
from scripts.faults.bodies import Keys
from scripts.faults.plan import Event, Plan
from tests.support.bad_day import OF_CALLS, BadDay, Kind
from tests.support.telegram.chats import Callback, Chat, User
from tests.support.telegram.server import TelegramEmulator
from tests.support.zalo_bot import BotAccount, ZaloBot
from tests.support.zalo_bot.account import Person as ZaloBotPerson
from tests.support.zalo_oa import Account, ZaloOA
from tests.support.zalo_oa.account import Person as ZaloPerson

PACKAGE = "Toàn diện"
"""The larger package of Zalo OA: 2,000 calls a minute."""
PLENTY = 10**9


class Arrival(msgspec.Struct, frozen=True):
    """A message of the product that a person's phone shows."""

    channel: str
    address: str
    message_id: str
    text: str
    at: float


class Platforms:
    def __init__(self) -> None:
        clock = SystemClock()
        self._clock = clock
        self.telegram = TelegramEmulator()
        self.zalo = ZaloOA(Account(package=PACKAGE), clock)
        self.zalo_bot = ZaloBot(BotAccount(most_users=PLENTY, messages_a_month=PLENTY), clock)
        self._stack = contextlib.AsyncExitStack()
        self._days: list[BadDay] = []

    async def start(self) -> None:
        for each in (self.telegram, self.zalo, self.zalo_bot):
            await self._stack.enter_async_context(each)

    async def stop(self) -> None:
        await self._stack.aclose()

    def settings(self, secret: str) -> dict[str, str]:
        """What the product needs in its environment to talk to them."""
        account = self.zalo.account
        return {
            **self.telegram.settings,
            "TELEGRAM_WEBHOOK_SECRET": secret,
            "ZALO_APP_ID": account.app_id,
            "ZALO_PACKAGE": "comprehensive",
            "ZALO_APP_SECRET": account.app_secret,
            "ZALO_OA_SECRET_KEY": account.oa_secret_key,
            "ZALO_REFRESH_TOKEN": self.zalo.oauth.issue().refresh,
            "ZALO_API_URL": self.zalo.url,
            "ZALO_OAUTH_URL": self.zalo.url,
            "ZALO_BOT_TOKEN": self.zalo_bot.account.token,
            "ZALO_BOT_API_URL": self.zalo_bot.url,
            "ZALO_BOT_WEBHOOK_SECRET": secret,
            "ZALO_BOT_MAX_USERS": str(PLENTY),
            "ZALO_BOT_MAX_MESSAGES": str(PLENTY),
        }

    def keys(self, secret: str, secret_key: str) -> Keys:
        account = self.zalo.account
        return Keys(secret_key, secret, account.app_id, account.oa_secret_key, secret)

    def meet(self, plan: Plan) -> None:
        """Everybody of an act, known to the platforms from the beginning."""
        for address in plan.audience:
            self._meet_on_telegram(address)
        for said in plan.people().values():
            address = said[0].address
            if said[0].channel == "telegram":
                self._meet_on_telegram(address)
            elif said[0].channel == "zalo":
                self.zalo.people.by_id[address] = ZaloPerson(address, f"app-{address}", "Lan", follows=True)
            elif said[0].channel == "zalo_bot":
                self.zalo_bot.chats.by_id[address] = ZaloBotPerson(address, "Lan", admitted=True)

    def _meet_on_telegram(self, address: str) -> None:
        user = User(int(address), "Lan", started=True)
        self.telegram.chats.chats[user.id] = Chat(user.id, "private", user=user)

    def note(self, event: Event, unique: int, now: float) -> None:
        """The platform knows of an event before it tells the product."""
        if event.channel == "zalo":
            self.zalo.people.by_id[event.address].interact(self._clock.now())
        elif event.channel == "telegram" and event.kind == "press":
            query = f"q{unique}"
            chat = self.telegram.chats.chats[int(event.address)].as_json()
            message = {"message_id": 1, "date": int(now), "chat": chat}
            self.telegram.chats.callbacks[query] = Callback(query, event.payload or "", message, now)

    def arrivals(self) -> list[Arrival]:
        """What reached people, in order within each chat."""
        return [*self._telegram(), *self._zalo(), *self._zalo_bot()]

    @contextlib.asynccontextmanager
    async def bad_day(self, seed: int) -> AsyncIterator[None]:
        """Answers dropped or garbled or late, storms of 429, errors (`tests.support.bad_day`)."""
        day = BadDay(seed=seed, share=0.15, kinds=OF_CALLS - {Kind.BROKEN})
        self._days.append(day)
        day.begin({"telegram": self.telegram, "zalo": self.zalo, "zalo_bot": self.zalo_bot})
        try:
            yield
        finally:
            await day.end()

    def storms(self) -> int:
        """Refusals that were ordered."""
        return sum(day.met[Kind.STORM] for day in self._days)

    def unanswered(self) -> dict[str, int]:
        """`channel address` -> messages that were taken without a readable answer."""
        found: collections.Counter[str] = collections.Counter()
        for day in self._days:
            for (channel, address), count in day.unanswered.items():
                found[f"{channel} {address}"] += count
        return dict(found)

    def refusals(self) -> dict[str, int]:
        """Calls that were refused because too many came (429, -32)."""
        return {
            "telegram": sum(1 for call in self.telegram.calls if b'"error_code": 429' in call.answered),
            "zalo": sum(1 for call in self.zalo.calls if call.error == -32),
            "zalo_bot": sum(1 for call in self.zalo_bot.calls if call.error == 429),
        }

    def forget(self) -> None:
        """After an act: people of the next are others."""
        self._days.clear()
        self.telegram.calls.clear()
        self.telegram.chats.chats.clear()
        self.telegram.chats.callbacks.clear()
        self.zalo.calls.clear()
        self.zalo.people.by_id.clear()
        self.zalo.webhook.deliveries.clear()
        self.zalo_bot.calls.clear()
        self.zalo_bot.chats.by_id.clear()

    def _telegram(self) -> Iterable[Arrival]:
        for call in self.telegram.calls:
            if call.method.lower() != "sendmessage":
                continue
            answer = call.answer
            if answer["ok"]:
                sent = answer["result"]
                yield Arrival(
                    "telegram",
                    str(sent["chat"]["id"]),
                    str(sent["message_id"]),
                    str(sent.get("text", "")),
                    call.at,
                )

    def _zalo(self) -> Iterable[Arrival]:
        for zalo in self.zalo.people.by_id.values():
            for sent in zalo.inbox:
                yield Arrival("zalo", zalo.id, sent.message_id, sent.text, sent.at.timestamp())

    def _zalo_bot(self) -> Iterable[Arrival]:
        for person in self.zalo_bot.chats.by_id.values():
            for shown in person.inbox:
                yield Arrival("zalo_bot", person.id, shown.message_id, shown.text, shown.at.timestamp())
