"""A Zalo OA with a bare client on the product's side, and a clock that stands still."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.clock import VIETNAM, MovableClock
from tests.support.zalo_oa import Phone, ZaloOA
from tests.support.zalo_oa.bare_client import BareClient
from tests.support.zalo_wire.listener import Listener


class FixedClock(MovableClock):
    """Stands still at ten in the morning in Viet Nam, until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self._at = dt.datetime(2026, 11, 20, 10, tzinfo=VIETNAM)

    def now(self) -> dt.datetime:
        return self._at.astimezone(dt.UTC)

    def move(self, by: dt.timedelta) -> None:
        self._at += by


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with Listener() as listening:
        yield listening


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def oa(clock: FixedClock, listener: Listener) -> AsyncIterator[ZaloOA]:
    async with ZaloOA(clock=clock, webhook_url=listener.url) as running:
        running.webhook.scale = 0.00001
        yield running


@pytest.fixture
async def api(oa: ZaloOA) -> AsyncIterator[BareClient]:
    async with httpx.AsyncClient(base_url=oa.url) as client:
        yield BareClient(oa, client)


@pytest.fixture
async def lan(oa: ZaloOA) -> Phone:
    phone = oa.phone("Lan")
    await phone.say("chào")
    return phone
