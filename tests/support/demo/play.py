"""Puts the pieces together: three emulators, the product that talks to them, the page."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.clock import SystemClock
from tests.support.demo.page import Page
from tests.support.demo.phones import Handset, TelegramHandset, ZaloBotHandset, ZaloOaHandset
from tests.support.demo.product import Product
from tests.support.processes import free_port
from tests.support.telegram import TelegramEmulator
from tests.support.zalo_bot import ZaloBot
from tests.support.zalo_oa import ZaloOA


@dataclass(frozen=True)
class Demo:
    product: Product
    phones: Mapping[str, Handset]
    page: Page

    @property
    def url(self) -> str:
        return self.page.url


@asynccontextmanager
async def playing(port: int | None = None, page_port: int = 0) -> AsyncIterator[Demo]:
    """`port`: of the product. Everything is gone afterwards. Raises DemoError."""
    port = port or free_port()
    address = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="ntd-demo-"))
        stack.push_async_callback(asyncio.to_thread, shutil.rmtree, folder, True)
        oa = await stack.enter_async_context(
            ZaloOA(clock=SystemClock(), webhook_url=f"{address}/channels/zalo-oa")
        )
        bot = await stack.enter_async_context(ZaloBot(clock=SystemClock()))
        telegram = await stack.enter_async_context(TelegramEmulator())
        settings = environment(folder, address, oa, bot) | telegram.settings
        product = Product(folder, port, settings)
        stack.push_async_callback(product.stop)
        await product.start()
        handsets = [ZaloOaHandset(oa), ZaloBotHandset(bot), TelegramHandset(telegram)]
        phones = {handset.key: handset for handset in handsets}
        page = Page(phones, about(product), page_port)
        await page.start()
        stack.push_async_callback(page.stop)
        yield Demo(product, phones, page)


def environment(folder: Path, address: str, oa: ZaloOA, bot: ZaloBot) -> dict[str, str]:
    """With a public address every platform sends its events; all secrets are made up."""
    return {
        "NTD_DATA_DIR": str(folder / "data"),
        "PUBLIC_URL": address,
        "ZALO_APP_ID": oa.account.app_id,
        "ZALO_APP_SECRET": oa.account.app_secret,
        "ZALO_OA_SECRET_KEY": oa.account.oa_secret_key,
        "ZALO_REFRESH_TOKEN": oa.oauth.issue().refresh,
        "ZALO_API_URL": oa.url,
        "ZALO_OAUTH_URL": oa.url,
        "ZALO_MEDIA_HOSTS": "127.0.0.1",
        "ZALO_BOT_TOKEN": bot.account.token,
        "ZALO_BOT_API_URL": bot.url,
    }


def about(product: Product) -> dict[str, str]:
    return {
        "chat": f"{product.url}/",
        "console": f"{product.url}/console",
        "login": product.login,
        "password": product.password,
    }
