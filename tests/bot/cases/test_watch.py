"""The worker's clock: what it says, when, and that it says it once whoever looks or dies (P5, P21)."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from bot.cases.access import access_case
from bot.cases.directory import Directory, Reach
from bot.cases.sight import note_sight
from bot.cases.standing import standing
from bot.cases.watch import Watch
from bot.clock import VIETNAM
from bot.officers.accounts import Officer
from bot.storage.tables import complaints, handoff_ways, handoffs, officers, reminders
from tests.bot.cases.desk import Desk

FOCAL = "so_cong_thuong"
MONDAY = "2026-03-02T09:00"


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


class Scene:
    """A desk whose clock is set by hand, and one or more workers over it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.watch = self.worker()

    def worker(self) -> Watch:
        return Watch(self.desk.database, self.desk.registry, self.desk.clock, seconds=600)

    def at(self, text: str) -> None:
        self.desk.clock.move(local(text) - self.desk.clock.now())

    async def look_at(self, text: str) -> Counter[str]:
        """What is done of single cases. A minute past the moment, so that what falls due then is due."""
        self.at(text)
        self.desk.clock.move(dt.timedelta(minutes=1))
        done = await self.watch.look()
        del done["morning"]
        return done

    async def morning_of(self, text: str) -> int:
        self.at(text)
        return (await self.watch.look())["morning"]

    async def file(self, text: str = MONDAY, **changes: Any) -> str:
        self.at(text)
        return (await self.desk.file(**changes)).case.code

    async def see(self, officer: Officer, code: str) -> None:
        async with self.desk.transaction() as uow:
            held = await access_case(uow, officer, code)
            assert held
            await note_sight(uow, held, self.desk.clock.now())

    async def kinds(self) -> list[str]:
        rows = await self.desk.rows(select(reminders.c.kind).order_by(reminders.c.id))
        return [row.kind for row in rows if not row.kind.startswith("morning")]

    async def parts(self, code: str) -> list[tuple[str, bool]]:
        return [(row.agency, row.lead) for row in await self.desk.parts(code)]


@pytest.fixture
async def scene(desk: Desk) -> Scene:
    for agency in (FOCAL, "so_y_te"):
        await desk.officer(agency)
    return Scene(desk)


# --- an urgent case that nobody opens -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filed", "reminded", "escalated"),
    [
        (MONDAY, "2026-03-02T10:00", "2026-03-02T15:00"),
        ("2026-03-02T12:00", "2026-03-02T13:00", "2026-03-03T08:00"),
        ("2026-03-06T16:30", "2026-03-06T17:30", "2026-03-09T11:00"),
        ("2026-02-13T22:00", "2026-02-13T23:00", "2026-02-23T11:30"),
    ],
    ids=["a morning", "the lunch break", "a weekend", "Tết"],
)
async def test_an_urgent_case_unseen(scene: Scene, filed: str, reminded: str, escalated: str) -> None:
    """A reminder after one hour of the clock, the focal agency after four hours of work."""
    code = await scene.file(filed, urgent=True)
    before = (local(reminded) - dt.timedelta(minutes=3)).strftime("%Y-%m-%dT%H:%M")
    assert not await scene.look_at(before)
    assert (await scene.look_at(reminded))["unseen"] == 1
    assert await scene.parts(code) == [("so_y_te", True)]
    before = (local(escalated) - dt.timedelta(minutes=3)).strftime("%Y-%m-%dT%H:%M")
    assert (await scene.look_at(before))["escalated"] == 0
    assert (await scene.look_at(escalated))["escalated"] == 1
    assert await scene.parts(code) == [("so_y_te", True), (FOCAL, False)]
    assert ("escalated", None) in await scene.desk.history(code)
    later = await scene.look_at(f"{escalated[:10]}T23:00")
    assert (later["unseen"], later["escalated"]) == (0, 0)
    assert (await scene.desk.notices()).count("thai-nguyen/so_y_te") >= 2


@pytest.mark.parametrize("how", ["opens", "accepts", "focal"])
async def test_who_has_seen_it_is_left_alone(scene: Scene, how: str) -> None:
    lead = await scene.desk.officer("so_y_te", "y.te")
    code = await scene.file(urgent=True)
    if how == "opens":
        await scene.see(lead, code)
    elif how == "accepts":
        await scene.desk.act(lead, code, "accept")
    else:
        focal = await scene.desk.officer(FOCAL, "dau.moi")
        assert (await scene.look_at("2026-03-02T15:00"))["escalated"] == 1
        await scene.see(focal, code)
    done = await scene.look_at("2026-03-02T16:30")
    assert (done["unseen"], done["escalated"]) == (0, 0)


async def test_reminders_go_by_e_mail_too_where_there_is_one(scene: Scene) -> None:
    """The agency's own system is not asked a second time to take the case."""
    reach = Reach(email="tiep.nhan@example.vn", webhook="https://example.vn/nhan", secrets=("whsec_x",))
    directory = Directory({"thai-nguyen": {"so_y_te": reach, FOCAL: reach}})
    registry = msgspec.structs.replace(scene.desk.registry, directory=directory)
    await scene.file(urgent=True)
    scene.at("2026-03-02T15:01")
    await Watch(scene.desk.database, registry, scene.desk.clock, seconds=600).look()
    rows = await scene.desk.rows(select(handoff_ways.c.target, handoff_ways.c.way))
    assert sorted(map(tuple, rows)) == [
        (f"thai-nguyen/{FOCAL}", "email"),
        (f"thai-nguyen/{FOCAL}", "webhook"),
        ("thai-nguyen/so_y_te", "email"),
    ]


async def test_what_is_not_urgent_is_not_hurried(scene: Scene) -> None:
    await scene.file()
    assert not await scene.look_at("2026-03-03T16:00")


async def test_who_gets_the_case_later_has_the_time_from_then_on(scene: Scene) -> None:
    await scene.desk.officer("cong_an_tinh", "cong.an")
    lead = await scene.desk.officer("so_y_te", "y.te")
    code = await scene.file(urgent=True)
    scene.at("2026-03-02T09:30")
    await scene.desk.act(lead, code, "transfer", "cong_an_tinh: có dấu hiệu lừa đảo")
    assert not await scene.look_at("2026-03-02T10:25")
    assert (await scene.look_at("2026-03-02T10:30"))["unseen"] == 1


# --- deadlines ----------------------------------------------------------------------------------------------


async def test_before_and_at_the_deadline(scene: Scene) -> None:
    """The province's ten working days from 2 March end on 16 March; the 14th and 15th are a weekend."""
    await scene.file()
    assert not await scene.look_at("2026-03-13T07:20")
    assert (await scene.look_at("2026-03-13T07:30"))["soon"] == 1
    assert not await scene.look_at("2026-03-16T23:57")
    assert (await scene.look_at("2026-03-17T00:00"))["late"] == 1
    assert not await scene.look_at("2026-03-20T22:00")
    assert await scene.kinds() == ["soon", "late"]


async def test_the_clock_stands_while_the_consumer_is_asked(scene: Scene) -> None:
    lead = await scene.desk.officer("so_y_te", "y.te")
    code = await scene.file()
    scene.at("2026-03-12T09:00")
    await scene.desk.act(lead, code, "ask", "Mua ở đâu?")
    assert not await scene.look_at("2026-03-30T22:00")


# --- nobody's complaint -------------------------------------------------------------------------------------


async def disable(desk: Desk, agency: str) -> None:
    async with desk.transaction() as uow:
        await uow.execute(update(officers).where(officers.c.agency == agency).values(active=False))


async def unread(scene: Scene) -> int:
    async with scene.desk.database.begin() as uow:
        told = await standing(uow, scene.desk.registry, scene.desk.clock.now())
    assert told["calendar"] == {"unknown_years": [], "fault": None}
    return msgspec.convert(told["nobodys_complaints"], int)


async def test_nobodys_complaint_goes_to_the_focal_agency(scene: Scene) -> None:
    """The last officer of the lead agency leaves after the complaint was filed."""
    code = await scene.file()
    await disable(scene.desk, "so_y_te")
    scene.desk.clock.move(dt.timedelta(seconds=61))
    assert await unread(scene) == 1
    assert (await scene.watch.look())["nobody"] == 1
    assert await unread(scene) == 0
    assert await scene.parts(code) == [("so_y_te", True), (FOCAL, False)]
    assert ("covered", None) in await scene.desk.history(code)
    assert (await scene.watch.look())["nobody"] == 0


async def test_where_nobody_reads_at_all_the_count_says_so(scene: Scene) -> None:
    await scene.file()
    await disable(scene.desk, "so_y_te")
    await disable(scene.desk, FOCAL)
    scene.desk.clock.move(dt.timedelta(seconds=61))
    await scene.watch.look()
    assert await unread(scene) == 1


async def test_a_complaint_without_a_lead_is_counted(scene: Scene) -> None:
    code = await scene.file()
    scene.desk.clock.move(dt.timedelta(seconds=61))
    assert await unread(scene) == 0
    case_id = (await scene.desk.complaint(code)).id
    async with scene.desk.transaction() as uow:
        await uow.execute(update(handoffs).where(handoffs.c.complaint_id == case_id).values(lead=False))
    assert await unread(scene) == 1


# --- once, whoever looks ------------------------------------------------------------------------------------


async def test_several_workers_say_everything_once(scene: Scene) -> None:
    for _ in range(4):
        await scene.file(urgent=True)
    scene.at("2026-03-04T08:30")
    done = await asyncio.gather(*(scene.worker().look() for _ in range(3)))
    total = sum(done, Counter[str]())
    assert total == {"unseen": 4, "escalated": 4, "late": 4, "morning": 2}
    assert Counter(await scene.kinds()) == {"unseen": 4, "escalated": 4, "late": 4}
    agencies = [row.agency for row in await scene.desk.rows(select(handoffs))]
    assert agencies.count(FOCAL) == 4


async def test_a_case_that_cannot_be_read_delays_no_other(scene: Scene) -> None:
    bad, good = await scene.file(urgent=True), await scene.file(urgent=True)
    async with scene.desk.transaction() as uow:
        row = complaints.c.code == bad
        await uow.execute(update(complaints).where(row).values(slots_sealed=b"nothing that was sealed"))
    with capture_logs() as logs:
        done = await scene.look_at("2026-03-02T15:00")
    assert [entry["case"] for entry in logs if entry["event"] == "watch_failed"] == [bad]
    assert (done["unseen"], done["escalated"]) == (1, 1)
    assert len(await scene.parts(good)) == 2
    assert len(await scene.parts(bad)) == 1


async def test_no_duty_keeps_the_others_waiting(scene: Scene) -> None:
    """A look whose time is over leaves the rest to the next one."""
    for _ in range(3):
        await scene.file(urgent=True)
    scene.at("2026-03-02T10:30")
    hurried = Watch(scene.desk.database, scene.desk.registry, scene.desk.clock, seconds=-1)
    assert (await hurried.look())["unseen"] == 0
    assert (await scene.watch.look())["unseen"] == 3


# --- the morning --------------------------------------------------------------------------------------------


async def mornings(scene: Scene) -> list[str]:
    rows = await scene.desk.rows(select(reminders).where(reminders.c.kind == "morning"))
    return sorted(row.occasion for row in rows)


async def test_the_morning_list_comes_once_on_a_working_day(scene: Scene) -> None:
    await scene.file("2026-03-06T10:00", urgent=False)
    for moment in ("2026-03-07T08:30", "2026-03-09T07:58", "2026-03-09T17:30"):
        assert await scene.morning_of(moment) == 0
    assert await scene.morning_of("2026-03-10T08:00") == 1
    assert await scene.morning_of("2026-03-10T09:00") == 0
    assert await mornings(scene) == ["thai-nguyen/so_y_te@2026-03-10"]
    assert await scene.morning_of("2026-03-11T10:00") == 1


async def test_nothing_stuck_is_no_list(scene: Scene) -> None:
    lead = await scene.desk.officer("so_y_te", "y.te")
    code = await scene.file()
    await scene.desk.act(lead, code, "accept")
    assert await scene.morning_of("2026-03-03T08:00") == 0
