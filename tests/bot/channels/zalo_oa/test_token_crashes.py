"""P16: kill -9 at every await of a renewal. Whoever comes next has a working token or a clear alarm."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import os
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from bot.channels.zalo_oa.oauth import Granted
from bot.clock import MovableClock
from bot.delivery.ports import SendFailed
from bot.settings import Settings
from tests.bot.channels.zalo_oa.bench import Bench, bench, settings_of
from tests.support.kill_at_await import KilledAt
from tests.support.postgres import LoopThread
from tests.support.zalo_oa import ZaloOA

MOST_AWAITS = 400
PATIENCE = dt.timedelta(seconds=0.15)


def in_child(work: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Runs `work` in a forked child; its exit code, or minus the signal that killed it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            asyncio.run(work())
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


@pytest.fixture
def thread() -> Any:
    found = LoopThread()
    yield found
    found.close()


async def connected(oa: ZaloOA, operator: Bench) -> None:
    """A pair that works, as after `ntd zalo connect`."""
    pair = oa.oauth.issue()
    await operator.tokens.adopt(Granted(pair.access, pair.refresh, dt.timedelta(hours=25)))


async def renew_and_die(database_url: str, settings: Settings, n: int) -> None:
    async with bench(database_url, settings, MovableClock(), PATIENCE) as made:
        before = await made.stored()
        await KilledAt(made.tokens._renew(before.access), n)


async def afterwards(database_url: str, settings: Settings) -> str:
    """What a new process finds: "works" or "alarm"; anything else is silence and fails."""
    async with bench(database_url, settings, MovableClock(), PATIENCE) as made:
        await made.tokens.look_after()
        return await _judged(made)


async def _judged(made: Bench) -> str:
    failure = await _failure(made)
    findings = [said for level, said in await made.findings() if level == "fail"]
    if failure is None:
        assert not any("ntd zalo connect" in said for said in findings)
        kept = await made.stored()
        assert kept.begun_at is None
        assert not kept.unclear
        return "works"
    assert "ntd zalo connect" in failure.reason
    assert failure.our_fault
    assert any("ntd zalo connect" in said for said in findings)
    return "alarm"


async def _failure(made: Bench) -> SendFailed | None:
    try:
        await made.name()
    except SendFailed as failure:
        return failure
    return None


@pytest.mark.long
def test_every_await_of_a_renewal(database_url: str, tmp_path: Path, thread: LoopThread) -> None:
    oa = ZaloOA()
    thread.run(oa.__aenter__())
    settings = settings_of(oa, public_url="https://tieudung.example")
    operator = bench(database_url, settings, MovableClock())
    desk = thread.run(operator.__aenter__())
    found: list[str] = []
    try:
        for n in range(1, MOST_AWAITS):
            thread.run(connected(oa, desk))
            before = oa.oauth.refreshes
            code = in_child(functools.partial(renew_and_die, database_url, settings, n))
            if code == 0:
                break
            assert code == -signal.SIGKILL, f"await {n} ended with {code}"
            spent = oa.oauth.refreshes > before
            outcome = thread.run(afterwards(database_url, settings))
            found.append(outcome)
            assert outcome == "works" or spent, f"await {n}: an alarm though nothing was lost"
        else:
            pytest.fail("a renewal has more awaits than this test kills at")
    finally:
        thread.run(operator.__aexit__(None, None, None))
        thread.run(oa.__aexit__())
    print(f"{len(found)} kills: {found.count('works')} times a working token, {found.count('alarm')} alarms")
    assert len(found) > 15, "a renewal that hardly awaits: this test would show nothing"
    assert "works" in found
    assert "alarm" in found, "no kill fell between Zalo's answer and our commit"
