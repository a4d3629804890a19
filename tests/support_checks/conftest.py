"""A Zalo OA with a bare client on the product's side, and a clock that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.zalo_oa import Phone, ZaloOA
from tests.support.zalo_oa.bare_client import BareClient
from tests.support.zalo_wire.listener import Listener
from tests.support.zalo_wire.standing_clock import StandingClock


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with Listener() as listening:
        yield listening


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def oa(clock: StandingClock, listener: Listener) -> AsyncIterator[ZaloOA]:
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
