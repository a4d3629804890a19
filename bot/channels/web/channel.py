"""The web chat as a channel like any other."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import uuid
from collections.abc import Sequence

import msgspec
from litestar.types import ControllerRouterHandler

from bot.channels.web.limits import LIMITS
from bot.channels.web.origin import PAGE_HEADER, Origins, Proxies
from bot.channels.web.page import Page
from bot.channels.web.parts import NEWS, Parts, ReadEvidence
from bot.channels.web.rates import Rates
from bot.channels.web.routes import router
from bot.channels.web.sessions import Sessions
from bot.clock import Clock
from bot.delivery.ports import FetchFailed, Finding, Intake, Outgoing, Post, SendFailed
from bot.settings import Settings
from bot.storage.database import Database, out_of_reach
from bot.storage.listen import Listener
from bot.storage.vault import Vault
from content.catalog import Catalog


class WebChannel:
    name = "web"
    limits = LIMITS

    def __init__(
        self,
        settings: Settings,
        *,
        secret_key: str,
        database: Database,
        vault: Vault,
        listener: Listener,
        clock: Clock,
        catalog: Catalog,
        read_evidence: ReadEvidence,
    ) -> None:
        """`secret_key` signs sessions: the setting, or what stands in for it in development."""
        self._public_url = settings.public_url
        secure = bool(settings.public_url and settings.public_url.startswith("https://"))
        self._parts = Parts(
            database=database,
            vault=vault,
            listener=listener,
            clock=clock,
            read_evidence=read_evidence,
            page=Page(catalog, settings.provinces, settings.upload_max_mb),
            sessions=Sessions(secret_key, clock, secure=secure),
            origins=Origins(settings.public_url),
            proxies=Proxies(settings.forwarded_allow_ips),
            rates=Rates(settings.redis_url, messages_per_minute=settings.web_messages_per_minute),
            upload_max_mb=settings.upload_max_mb,
        )

    def connect(self, intake: Intake) -> None:
        """Until then every message gets a 503."""
        self._parts.intake = intake

    def routes(self) -> Sequence[ControllerRouterHandler]:
        return [router(self._parts)]

    async def fetch(self, reference: str, limit: int) -> bytes:  # noqa: ARG002
        """Never called: files come with the message itself."""
        raise FetchFailed("the web chat keeps no files for later", retry=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Does nothing of itself."""

    def canary_address(self) -> str | None:
        """A session that no browser has; only where the page has an address of its own."""
        if self._public_url is None:
            return None
        return base64.urlsafe_b64encode(self._parts.vault.digest("canary", "web")).decode().rstrip("=")

    def canary(self, address: str, text: str, now: dt.datetime) -> Post:  # noqa: ARG002
        sessions = self._parts.sessions
        body = msgspec.json.encode({"id": str(uuid.uuid4()), "text": text})
        cookie = f"{sessions.cookie_name}={sessions.value(address)}"
        return Post("/chat/messages", body, {PAGE_HEADER: "1", "Cookie": cookie})

    async def check(self) -> list[Finding]:
        """There is no platform to ask."""
        return []

    async def close(self) -> None:
        """Holds nothing open."""

    async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:  # noqa: ARG002
        """The line already stands in the transcript, written with its ledger row: only wakes the open pages.

        Where no page is open the next one to open reads the transcript, so this counts as sent.
        """
        try:
            await self._parts.database.notify(NEWS, self._parts.news_payload(address))
        except Exception as error:
            if out_of_reach(error):
                raise SendFailed("the database cannot be reached", retry=True, our_fault=True) from error
            raise
        return None
