"""A worker that dies at any point of a look: the next one does what is left, and nothing is done twice."""

from __future__ import annotations

import datetime as dt
import functools
import signal

import pytest
from sqlalchemy import text

from bot.cases.watch import Watch
from bot.clock import VIETNAM
from bot.storage.database import Database
from tests.bot.cases.desk import Desk
from tests.support.forked import in_child
from tests.support.kill_at_await import KilledAt

MOST = 400
FILED, LOOKED = (dt.datetime.fromisoformat(f"2026-03-02T{clock}:00+07:00") for clock in ("09:00", "15:30"))
ONCE = """
    SELECT count(*) FROM complaints c
    WHERE (SELECT count(*) FROM reminders r WHERE r.complaint_id = c.id AND r.kind = 'unseen') = 1
      AND (SELECT count(*) FROM reminders r WHERE r.complaint_id = c.id AND r.kind = 'escalated') = 1
      AND (SELECT count(*) FROM history h WHERE h.complaint_id = c.id AND h.action = 'escalated') = 1
      AND (SELECT count(*) FROM handoffs h WHERE h.complaint_id = c.id) = 2
      AND (SELECT count(*) FROM deliveries d WHERE d.complaint_id = c.id) = 3
"""
"""The notices: to the lead when it was filed and when it was reminded, and to the focal agency."""


async def staffed(url: str) -> int:
    desk = Desk(Database(url, pool_size=1))
    for agency in ("so_cong_thuong", "so_y_te"):
        await desk.officer(agency)
    return 0


async def killed(url: str, n: int) -> int:
    """Files an urgent case that nobody opens; dies at the n-th await of the look at what it then is."""
    desk = Desk(Database(url, pool_size=1))
    desk.clock.move(FILED - desk.clock.now())
    await desk.file(urgent=True)
    desk.clock.move(LOOKED - desk.clock.now())
    await KilledAt(Watch(desk.database, desk.registry, desk.clock).look(), n)
    return 0


async def counted(url: str, cases: int) -> int:
    desk = Desk(Database(url, pool_size=1))
    desk.clock.move(LOOKED - desk.clock.now())
    watch = Watch(desk.database, desk.registry, desk.clock)
    await watch.look()
    again = await watch.look()
    async with desk.database.begin() as uow:
        once = int((await uow.execute(text(ONCE))).scalar_one())
    local = desk.clock.now().astimezone(VIETNAM)
    print(f"at {local}: {once} of {cases} cases once, again {dict(again)}")
    return 0 if once == cases and not again else 3


@pytest.mark.parametrize("apart", [30, pytest.param(3, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_a_look_that_dies_anywhere_is_finished_by_the_next_one(database_url: str, apart: int) -> None:
    assert in_child(functools.partial(staffed, database_url)) == 0
    kills = 0
    for n in range(1, MOST):
        code = in_child(functools.partial(killed, database_url, n * apart))
        if code == 0:
            break
        assert code == -signal.SIGKILL, f"await {n * apart} ended with {code}"
        kills += 1
    assert kills > 1, "a look that hardly awaits: this test would show nothing"
    assert in_child(functools.partial(counted, database_url, kills + 1)) == 0
    print(f"kills: {kills}")
