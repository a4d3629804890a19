"""Tokens that rotate: renewed in time, by one, stored before used, and never lost in silence."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, text

from bot.channels.zalo_oa.tokens import NoToken
from bot.delivery.ports import SendFailed
from bot.storage.tables import channel_state
from tests.bot.channels.zalo_oa.bench import Bench, bench, settings_of
from tests.support.zalo_oa import ZaloOA

HOUR = dt.timedelta(hours=1)
TOKEN_PATH = "/v4/oa/access_token"


@pytest.fixture
async def oa() -> AsyncIterator[ZaloOA]:
    async with ZaloOA() as running:
        yield running


@pytest.fixture
async def one(oa: ZaloOA, state_url: str) -> AsyncIterator[Bench]:
    settings = settings_of(oa, zalo_refresh_token=oa.oauth.issue().refresh)
    async with bench(state_url, settings, oa.clock) as made:  # type: ignore[arg-type]
        yield made


def move(oa: ZaloOA, by: dt.timedelta) -> None:
    oa.clock.move(by)  # type: ignore[attr-defined]


async def test_the_first_refresh_token_comes_from_the_settings(oa: ZaloOA, one: Bench) -> None:
    assert await one.name() == oa.account.name
    kept = await one.stored()
    assert oa.oauth.pair is not None
    assert (kept.access, kept.refresh) == (oa.oauth.pair.access, oa.oauth.pair.refresh)
    assert kept.begun_at is None


async def test_no_token_stands_in_the_database_in_clear(oa: ZaloOA, one: Bench) -> None:
    await one.name()
    async with one.world.database.begin() as uow:
        sealed = (await uow.execute(select(channel_state.c.value_sealed))).scalars().all()
    assert sealed
    assert not any(b"access-" in value or b"refresh-" in value for value in sealed)


async def test_twice_a_day_long_before_the_end(oa: ZaloOA, one: Bench) -> None:
    await one.tokens.look_after()
    for _ in range(7 * 12):
        move(oa, 2 * HOUR)
        await one.tokens.look_after()
        assert oa.oauth.judge((await one.stored()).access) == 0
    assert 14 <= oa.oauth.refreshes <= 16


@pytest.mark.parametrize("code", [-216, -220])
async def test_a_dead_access_token_is_renewed_once(oa: ZaloOA, one: Bench, code: int) -> None:
    oa.oauth.dead_token_code = code
    await one.name()
    oa.oauth.expire_access()
    before = oa.oauth.refreshes
    assert await one.name() == oa.account.name
    assert oa.oauth.refreshes == before + 1


async def test_a_token_that_stays_dead_is_not_renewed_for_ever(oa: ZaloOA, one: Bench) -> None:
    await one.name()
    oa.faults.error(-216, times=10, where="getoa")
    before = oa.oauth.refreshes
    findings = await one.findings()
    assert ("fail", "Zalo OA: Zalo -216: the access token is invalid, also after it was renewed.") in findings
    assert oa.oauth.refreshes == before + 1


async def test_many_calls_many_processes_one_renewal(oa: ZaloOA, one: Bench, state_url: str) -> None:
    await one.name()
    settings = one.world.settings
    async with (
        bench(state_url, settings, oa.clock) as two,  # type: ignore[arg-type]
        bench(state_url, settings, oa.clock) as three,  # type: ignore[arg-type]
    ):
        await asyncio.gather(two.name(), three.name())
        oa.oauth.expire_access()
        oa.faults.delay(0.2, where=TOKEN_PATH)
        before = oa.oauth.refreshes
        names = await asyncio.gather(*(process.name() for process in (one, two, three) for _ in range(8)))
    assert set(names) == {oa.account.name}
    assert oa.oauth.refreshes == before + 1


async def test_whoever_waited_too_long_does_not_cut_the_renewal_off(oa: ZaloOA, one: Bench) -> None:
    await one.name()
    oa.oauth.expire_access()
    oa.faults.delay(0.3, where=TOKEN_PATH)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await one.name()
    await one.tokens.close()
    assert oa.oauth.judge((await one.stored()).access) == 0


async def begun(one: Bench) -> None:
    """Waits until the renewal has left its mark, which is before Zalo is asked."""
    while (await one.stored()).begun_at is None:  # noqa: ASYNC110 - another process would look, too
        await asyncio.sleep(0.02)


HOLDERS = text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")


async def test_a_lock_that_is_lost_lets_nobody_spend_the_token_twice(
    oa: ZaloOA, one: Bench, state_url: str
) -> None:
    """The connection that holds the lock dies while Zalo is asked: the mark keeps the others waiting."""
    await one.name()
    oa.oauth.expire_access()
    before = oa.oauth.refreshes
    oa.faults.delay(1.0, where=TOKEN_PATH)
    asked = asyncio.create_task(one.name())
    await begun(one)
    async with bench(state_url, one.world.settings, oa.clock, HOUR) as two:  # type: ignore[arg-type]
        async with two.world.database.begin() as uow:
            assert len((await uow.execute(HOLDERS)).all()) == 1
        assert await two.name() == oa.account.name
    assert await asked == oa.account.name
    assert oa.oauth.refreshes == before + 1


async def test_a_pair_is_held_until_the_database_takes_it(
    oa: ZaloOA, one: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    await one.name()
    oa.oauth.expire_access()
    oa.faults.delay(1.0, where=TOKEN_PATH)
    asked = asyncio.create_task(one.name())
    await begun(one)
    await execute(one, FULL_DISK, REFUSE)
    told = ""
    while "zalo_tokens_not_stored" not in told:
        await asyncio.sleep(0.05)
        told += capsys.readouterr().out
    assert not asked.done()
    await execute(one, "ALTER TABLE channel_state DISABLE TRIGGER refuse")
    assert await asked == oa.account.name
    assert oa.oauth.judge((await one.stored()).access) == 0
    await execute(one, "DROP FUNCTION full_disk CASCADE")


FULL_DISK = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'disk full'; END$$"
REFUSE = (
    "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON channel_state FOR EACH ROW EXECUTE FUNCTION full_disk()"
)


async def execute(one: Bench, *statements: str) -> None:
    async with one.world.database.begin() as uow:
        for statement in statements:
            await uow.execute(text(statement))
        await uow.commit()


@pytest.mark.parametrize("status", [200, 400])
async def test_a_refusal_never_overwrites_a_good_pair(oa: ZaloOA, one: Bench, status: int) -> None:
    await one.name()
    good = await one.stored()
    oa.oauth.failure_status = status
    oa.account.app_secret = "changed in the console"
    move(oa, 12 * HOUR)
    await one.tokens.look_after()
    kept = await one.stored()
    assert (kept.access, kept.refresh) == (good.access, good.refresh)
    assert "-14004" in kept.refused_as
    assert await one.name() == oa.account.name  # the access token lives for another 13 hours


async def test_a_refusal_is_an_alarm_again_and_again(
    oa: ZaloOA, one: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    await one.name()
    oa.oauth.revoke()
    with pytest.raises(SendFailed) as failed:
        await one.name()
    assert (failed.value.retry, failed.value.our_fault, failed.value.hold) == (True, True, False)
    for _ in range(10):
        move(oa, HOUR / 2)
        await one.tokens.look_after()
    told = capsys.readouterr().out
    assert 5 <= told.count("zalo_permission_lost") <= 7
    assert "ntd zalo connect" in told
    assert "refresh-" not in told
    assert "access-" not in told
    assert any(level == "fail" and "ntd zalo connect" in said for level, said in await one.findings())


async def test_what_an_operator_sets_after_a_refusal_counts(oa: ZaloOA, one: Bench, state_url: str) -> None:
    await one.name()
    oa.oauth.revoke()
    with pytest.raises(SendFailed):
        await one.name()
    settings = settings_of(oa, zalo_refresh_token=oa.oauth.issue().refresh)
    async with bench(state_url, settings, oa.clock) as restarted:  # type: ignore[arg-type]
        assert await restarted.name() == oa.account.name
        assert (await restarted.stored()).refused_at is None


async def test_the_old_setting_is_not_taken_for_a_new_one(oa: ZaloOA, one: Bench, state_url: str) -> None:
    """The token of the settings was spent long ago; after a refusal it is not tried in place of the pair."""
    await one.name()
    oa.faults.status(400, where=TOKEN_PATH, text='{"error":-14000,"error_name":"some trouble"}')
    oa.oauth.expire_access()
    with pytest.raises(SendFailed):
        await one.name()
    move(oa, dt.timedelta(minutes=11))
    async with bench(state_url, one.world.settings, oa.clock) as restarted:  # type: ignore[arg-type]
        assert await restarted.name() == oa.account.name


async def test_without_anything_it_says_what_to_do(oa: ZaloOA, state_url: str) -> None:
    async with bench(state_url, settings_of(oa), oa.clock) as made:  # type: ignore[arg-type]
        with pytest.raises(NoToken, match="ntd zalo connect") as none:
            await made.tokens.access()
        assert none.value.lost
        assert (
            "fail",
            "Zalo OA: the OA is not connected yet: run `ntd zalo connect`.",
        ) in await made.findings()


async def test_an_endpoint_out_of_reach_costs_nothing(oa: ZaloOA, one: Bench) -> None:
    await one.name()
    good = await one.stored()
    oa.faults.cut(where=TOKEN_PATH)
    oa.oauth.expire_access()
    with pytest.raises(SendFailed) as failed:
        await one.name()
    assert (failed.value.retry, failed.value.our_fault) == (True, False)
    assert (await one.stored()).refresh == good.refresh
    move(oa, dt.timedelta(seconds=11))
    assert await one.name() == oa.account.name


@pytest.mark.parametrize(
    "answer", ["", "{", "[]", '{"access_token":""}', '{"access_token":"only-this"}', "{}"]
)
async def test_an_answer_that_is_none_changes_nothing(oa: ZaloOA, one: Bench, answer: str) -> None:
    await one.name()
    good = await one.stored()
    oa.faults.garbage(where=TOKEN_PATH, text=answer)
    oa.oauth.expire_access()
    with pytest.raises(SendFailed):
        await one.name()
    kept = await one.stored()
    assert (kept.access, kept.refresh, kept.unclear) == (good.access, good.refresh, True)
    move(oa, dt.timedelta(seconds=11))
    assert await one.name() == oa.account.name


async def test_an_answer_lost_on_the_way_is_recognised(
    oa: ZaloOA, one: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    """Zalo has rotated, we have not heard of it: the old token is refused, and that is said."""
    await one.name()
    oa.faults.drop_answer(where=TOKEN_PATH)
    move(oa, 12 * HOUR)
    await one.tokens.look_after()
    assert (await one.stored()).unclear
    move(oa, dt.timedelta(minutes=1))
    await one.tokens.look_after()
    assert "probably spent" in capsys.readouterr().out
    assert any("ntd zalo connect" in said for level, said in await one.findings() if level == "fail")


async def test_the_alarm_before_three_months(
    oa: ZaloOA, one: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    await one.name()
    oa.account.app_id = "unknown"  # whatever it is that keeps us from renewing
    move(oa, dt.timedelta(days=75, hours=23))
    await one.tokens.look_after()
    assert "zalo_permission_ends" not in capsys.readouterr().out
    move(oa, dt.timedelta(hours=2))
    await one.tokens.look_after()
    assert "zalo_permission_ends" in capsys.readouterr().out
    findings = await one.findings()
    assert any(level == "fail" and "13 more days" in said for level, said in findings)


@pytest.mark.parametrize("numeric", [True, False])
async def test_how_long_it_lives_comes_as_text_or_number(oa: ZaloOA, one: Bench, numeric: bool) -> None:
    oa.oauth.numeric_expiry = numeric
    await one.name()
    kept = await one.stored()
    assert kept.expires_at - kept.issued_at == dt.timedelta(hours=25)


async def test_ages_are_told(oa: ZaloOA, one: Bench) -> None:
    await one.name()
    move(oa, 2 * HOUR)
    said = [text for level, text in await one.findings() if level == "ok"]
    assert any(oa.account.name in text for text in said)
    assert any("2.0 h old" in text and "89 more days" in text for text in said)
