from __future__ import annotations

import asyncio
import datetime as dt

from sqlalchemy import select

from bot.officers import accounts, sessions, throttle
from bot.officers.accounts import Place
from bot.officers.sign_in import Refused, SignedIn, sign_in
from bot.storage.database import Database
from bot.storage.tables import login_failures, officer_sessions
from tests.bot.cases.desk import Desk, account

PLACE = Place("hung-yen", "so_y_te")
PASSWORD = "mot cau de nho"


async def tries(desk: Desk, login: str, password: str, network: str = "192.0.2.1") -> SignedIn | Refused:
    return await sign_in(
        desk.database, desk.vault, desk.clock, login=login, password=password, network=network
    )


async def who(desk: Desk, value: str, *, touch: bool = True) -> str | None:
    async with desk.transaction() as uow:
        found = await sessions.officer_of(uow, value, desk.clock.now(), touch=touch)
    return found.login if found else None


async def test_the_right_password_opens_a_session(desk: Desk) -> None:
    await account(desk, "an.nguyen", PLACE, password=PASSWORD)
    done = await tries(desk, " An.Nguyen", PASSWORD)
    assert isinstance(done, SignedIn)
    assert not done.must_change
    assert await who(desk, done.session) == "an.nguyen"
    stored = (await desk.rows(select(officer_sessions)))[0]
    assert done.session.encode() not in stored.key


async def test_a_session_survives_a_restart_and_ends_when_idle(desk: Desk, database_url: str) -> None:
    await account(desk, "an.nguyen", PLACE, password=PASSWORD)
    done = await tries(desk, "an.nguyen", PASSWORD)
    assert isinstance(done, SignedIn)
    restarted = Desk(Database(database_url), desk.clock, desk.vault)
    desk.clock.move(dt.timedelta(hours=7, minutes=50))
    assert await who(restarted, done.session) == "an.nguyen"
    desk.clock.move(dt.timedelta(hours=7, minutes=50))
    assert await who(restarted, done.session, touch=False) == "an.nguyen"
    desk.clock.move(dt.timedelta(minutes=15))
    assert await who(restarted, done.session) is None, "what a page does by itself keeps nobody signed in"
    await restarted.database.close()


async def test_wrong_unknown_and_disabled_are_refused_alike(desk: Desk) -> None:
    await account(desk, "an.nguyen", PLACE, password=PASSWORD)
    gone = await account(desk, "da.nghi", PLACE, password=PASSWORD)
    async with desk.transaction() as uow:
        await accounts.set_active(uow, gone.id, False)
    assert await tries(desk, "an.nguyen", "sai") == Refused()
    assert await tries(desk, "khong.co", PASSWORD) == Refused()
    assert await tries(desk, "da.nghi", PASSWORD) == Refused()
    assert await tries(desk, "", "") == Refused()


async def test_guessing_rests_longer_each_time_and_tells_nothing(desk: Desk) -> None:
    await account(desk, "an.nguyen", PLACE, password=PASSWORD)
    rests = {}
    for login in ("an.nguyen", "khong.co"):
        for _ in range(throttle.FREE_LOGIN):
            assert await tries(desk, login, "sai") == Refused()
        refused = await tries(desk, login, PASSWORD)
        assert isinstance(refused, Refused)
        assert refused.until is not None
        rests[login] = refused.until
    assert abs(rests["an.nguyen"] - rests["khong.co"]) < dt.timedelta(seconds=30)
    desk.clock.move(throttle.FIRST_REST + dt.timedelta(seconds=30))
    assert await tries(desk, "an.nguyen", "sai") == Refused()
    longer = await tries(desk, "an.nguyen", PASSWORD)
    assert isinstance(longer, Refused)
    assert longer.until is not None
    assert longer.until - desk.clock.now() > throttle.FIRST_REST * 1.5
    desk.clock.move(throttle.FIRST_REST * 2 + dt.timedelta(seconds=5))
    assert isinstance(await tries(desk, "an.nguyen", PASSWORD), SignedIn)
    assert isinstance(await tries(desk, "an.nguyen", PASSWORD), SignedIn), "the count began anew"


async def test_many_guesses_at_once_count_too(desk: Desk) -> None:
    await account(desk, "an.nguyen", PLACE, password=PASSWORD)
    done = await asyncio.gather(*(tries(desk, "an.nguyen", f"sai {n}") for n in range(12)))
    assert sum(one.until is None for one in done if isinstance(one, Refused)) == throttle.FREE_LOGIN
    assert isinstance(await tries(desk, "an.nguyen", PASSWORD), Refused)


async def test_one_machine_that_tries_many_logins_rests(desk: Desk) -> None:
    await account(desk, "an.nguyen", PLACE, password=PASSWORD)
    async with desk.transaction() as uow:
        for n in range(throttle.FREE_NETWORK):
            await throttle.attempt(
                uow, desk.vault, login=f"ai.do.{n}", network="203.0.113.9", now=desk.clock.now()
            )
    refused = await tries(desk, "an.nguyen", PASSWORD, network="203.0.113.9")
    assert isinstance(refused, Refused)
    assert refused.until is not None
    assert isinstance(await tries(desk, "an.nguyen", PASSWORD, network="192.0.2.7"), SignedIn)


async def test_failures_are_forgotten_after_a_day_and_logins_are_not_kept_in_clear(desk: Desk) -> None:
    await account(desk, "an.nguyen", PLACE, password=PASSWORD)
    await tries(desk, "bi.mat", "sai")
    keys = [row.key for row in await desk.rows(select(login_failures))]
    assert keys
    assert not any(b"bi.mat" in key for key in keys)
    desk.clock.move(throttle.FORGOTTEN_AFTER + dt.timedelta(hours=1))
    assert isinstance(await tries(desk, "an.nguyen", PASSWORD, network="192.0.2.99"), SignedIn)
    left = await desk.rows(select(login_failures))
    assert len(left) == 1, "only the network address of today's sign-in"
