"""P16: kill -9 before, between and after each write and each step of the call to Zalo, with one process that
renews and with two at once. Whoever comes next has a working token or a clear alarm; both are printed."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.channels.zalo_oa.oauth import Granted
from bot.channels.zalo_oa.tokens import NoToken
from bot.clock import MovableClock
from bot.delivery.ports import SendFailed
from tests.bot.channels.zalo_oa.bench import Bench, bench, settings_of
from tests.support.kill_at_await import KilledAt
from tests.support.postgres import LoopThread
from tests.support.zalo_oa import ZaloOA

MOST_AWAITS = 400
PATIENCE = dt.timedelta(seconds=0.15)
REFUSED = 7
"""Exit code of a process that was told that there is no token."""


def forked(work: Callable[[], Coroutine[Any, Any, None]], not_its_own: int) -> int:
    """Runs `work` in a child, which closes one end of the pipe; the child's id."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(not_its_own)
            asyncio.run(work())
            code = 0
        except NoToken as error:
            code = REFUSED if error.lost else 1
        finally:
            os._exit(code)
    return child


def ended(child: int) -> int:
    """Its exit code, or minus the signal that killed it."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


class Kill(msgspec.Struct):
    """One row of the matrix."""

    n: int
    where: str
    code: int
    outcome: str
    spent: bool
    """Zalo has taken the refresh token and given a new pair, which nobody may have stored."""


class Stage:
    """The emulator, and the database in which the processes keep their tokens."""

    def __init__(self, database_url: str, words: Path) -> None:
        self.database_url = database_url
        self.words = words
        self.thread = LoopThread()
        self.oa = ZaloOA()
        self.thread.run(self.oa.__aenter__())
        self.settings = settings_of(self.oa, public_url="https://tieudung.example")
        self._operator = bench(database_url, self.settings, MovableClock())
        self.operator = self.thread.run(self._operator.__aenter__())

    def close(self) -> None:
        self.thread.run(self._operator.__aexit__(None, None, None))
        self.thread.run(self.oa.__aexit__())
        self.thread.close()

    def kills(self, n: int, *, beside: bool = False) -> Kill:
        """A renewal that dies at its n-th await; `beside` another one, which wants the lock meanwhile."""
        self.thread.run(connected(self.oa, self.operator))
        before = self.oa.oauth.refreshes
        locked, has_lock = os.pipe()
        other = forked(functools.partial(renew, self, locked), has_lock) if beside else None
        doomed = forked(functools.partial(renew_and_die, self, n, has_lock), locked)
        os.close(has_lock)  # the other one is not to wait for a process that has died
        code, waited = ended(doomed), None if other is None else ended(other)
        os.close(locked)
        assert waited in (None, 0, REFUSED), f"await {n}: the other process ended with {waited}"
        spent = self.oa.oauth.refreshes > before
        outcome = self.thread.run(afterwards(self))
        if waited is not None:
            told = "alarm" if waited == REFUSED else "works"
            assert outcome == told, f"await {n}: who waited and who came later disagree"
        return Kill(n, self.words.read_text(), code, outcome, spent)

    def bench(self) -> AbstractAsyncContextManager[Bench]:
        """A process of the product."""
        return bench(self.database_url, self.settings, MovableClock(), PATIENCE)


@pytest.fixture
def stage(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    found = Stage(database_url, tmp_path / "last words")
    yield found
    found.close()


async def connected(oa: ZaloOA, operator: Bench) -> None:
    """A pair that works, as after `ntd zalo connect`."""
    pair = oa.oauth.issue()
    await operator.tokens.adopt(Granted(pair.access, pair.refresh, dt.timedelta(hours=25)))


async def renew_and_die(stage: Stage, n: int, has_lock: int) -> None:
    """Tells through `has_lock` once it holds the lock, in words where it dies."""

    def passing(_: int, names: list[str]) -> None:
        stage.words.write_text(step(names))
        if "_newer" in names:
            os.write(has_lock, b".")

    async with stage.bench() as made:
        before = await made.stored()
        await KilledAt(made.tokens._renew(before.access), n, passing)
    stage.words.write_text("after everything")


async def renew(stage: Stage, locked: int) -> None:
    """Another process, that comes while the first one holds the lock, or has died before."""
    async with stage.bench() as made:
        before = await made.stored()
        await asyncio.to_thread(os.read, locked, 1)
        await made.tokens.renewed(before.access)


STEPS = {
    "lock": "taking the lock",
    "_ask": "asking Zalo",
    "_store": "storing the new pair",
    "_write": "leaving the mark",
    "read": "reading what is stored",
}


def step(names: list[str]) -> str:
    """In the words of the renewal: which of its steps, and what in it."""
    found = next((said for name, said in STEPS.items() if name in names), "opening or ending the transaction")
    inner = next((name for name in reversed(names) if name in INSIDE), "")
    return f"{found} ({inner})" if inner else found


INSIDE = {
    "execute", "commit", "begin", "connect", "connect_tcp", "_send_request_headers", "_send_request_body",
    "_receive_response_headers", "_receive_response_body",
}  # fmt: skip


async def afterwards(stage: Stage) -> str:
    """What a new process finds: "works" or "alarm"; anything else is silence and fails."""
    async with stage.bench() as made:
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


def printed(rows: list[Kill], processes: int) -> None:
    print(f"\nrenewals at once: {processes}")
    for row in rows:
        spent = "Zalo has spent the token" if row.spent else ""
        print(f"{row.n:4}  {row.where.strip():55} {row.outcome:6} {spent}".rstrip())
    told = [row.outcome for row in rows]
    print(f"{len(rows)} kills: {told.count('works')} a working token, {told.count('alarm')} an alarm")


EVERY = pytest.param(1, marks=pytest.mark.long)


@pytest.mark.parametrize("apart", [9, EVERY], ids=["some", "every"])
def test_every_await_of_a_renewal(stage: Stage, apart: int) -> None:
    """`apart`: every how manieth await is tried."""
    rows = []
    for n in range(1, MOST_AWAITS, apart):
        row = stage.kills(n)
        rows.append(row)
        if row.code == 0:
            break
        assert row.code == -signal.SIGKILL, f"await {n} ended with {row.code}"
        assert row.outcome == "works" or row.spent, f"await {n}: an alarm though nothing was lost"
    else:
        pytest.fail("a renewal has more awaits than this test kills at")
    printed(rows, 1)
    assert len(rows) > 20 // apart, "a renewal that hardly awaits: this test would show nothing"
    assert rows[-1].outcome == "works"
    if apart == 1:
        assert "alarm" in {row.outcome for row in rows}, "no kill fell between Zalo's answer and our commit"


@pytest.mark.parametrize("apart", [12, EVERY], ids=["some", "every"])
def test_every_await_of_a_renewal_beside_another(stage: Stage, apart: int) -> None:
    """Two processes renew at once and the one with the lock dies: the other, which waits, ends with the same
    token as all who come later, or with the same alarm."""
    rows = []
    for n in range(1, MOST_AWAITS, apart):
        rows.append(stage.kills(n, beside=True))
        if rows[-1].code != -signal.SIGKILL:
            break
        assert rows[-1].outcome == "works" or rows[-1].spent, f"await {n}: an alarm though nothing was lost"
    printed(rows, 2)
    assert len(rows) > 20 // apart, "the first renewal was not the one that asked Zalo"
