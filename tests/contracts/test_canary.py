"""The canary on every channel: our own event over HTTP, its answer at the platform, in no figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select

from bot.app import Knowledge
from bot.health import identity
from bot.health.alarms import alarms, pulse
from bot.health.canary import EVERY, SAYS, Came
from bot.storage.tables import messages, talks
from tests.support.phones import MESSENGERS, House, house
from tests.support.postgres import Databases


@pytest.fixture(scope="module")
async def home(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge
) -> AsyncIterator[House]:
    url = databases.fresh()
    folder = tmp_path_factory.mktemp("canary")
    async with house("web", url, folder, knowledge, beside=MESSENGERS, with_staff=True) as opened:
        for phone in opened.staff.values():
            await opened.after(phone.start())
            phone.news()
        yield opened
    databases.drop(url)


async def flown(home: House) -> dict[str, Came]:
    return {came.channel: came for came in await home.product.canary.run_due()}


async def traces(home: House) -> list[object]:
    """Talks, lines of transcripts, and the days' figures."""
    async with home.product.database.begin() as uow:
        counts = [
            (await uow.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (talks, messages)
        ]
        return [*counts, await identity.days(uow, home.clock.now())]


async def raised(home: House) -> set[str]:
    async with home.product.database.begin() as uow:
        found = await pulse(uow, home.product.settings.data_dir, home.clock.now())
    return {name for name, up in alarms(found).items() if up}


async def test_it_goes_the_whole_way_and_leaves_no_trace(home: House) -> None:
    before = await traces(home)
    came = await flown(home)
    assert {name: one.fault for name, one in came.items()} == dict.fromkeys(("web", *MESSENGERS))
    assert all(one.took_ms is not None for one in came.values())
    for phone in home.staff.values():
        assert ["Tự kiểm tra" in one.text for one in phone.news()] == [True]
    assert await traces(home) == before
    assert await raised(home) == set()


async def test_it_waits_its_time_and_two_failures_are_an_alarm(home: House) -> None:
    await flown(home)
    assert await flown(home) == {}
    await home.staff["telegram"].leave()
    await home.settle()
    for failures, alarm in ((1, set()), (2, {"canary_lost"})):
        home.clock.move(EVERY + dt.timedelta(seconds=1))
        came = await flown(home)
        assert (came["telegram"].failures, came["zalo_bot"].failures) == (failures, 0)
        assert came["telegram"].fault is not None
        assert await raised(home) == alarm


async def test_a_person_who_says_the_same_is_answered_as_a_person(home: House) -> None:
    lan = home.phone("Lan", channel="zalo")
    await home.after(lan.say(SAYS))
    told = lan.news()
    assert told
    assert not any("Tự kiểm tra" in one.text for one in told)
