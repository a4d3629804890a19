"""The morning list: why a matter stands on it, and whose list it is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from bot.cases import morning
from bot.cases.access import access_case
from bot.cases.book import ContactCases
from bot.cases.daysoff import calendar_of
from bot.cases.morning import Matter, Place
from bot.cases.reminding import is_morning
from bot.cases.sight import note_sight
from bot.clock import VIETNAM
from bot.officers.accounts import Officer
from bot.settings import Settings
from tests.bot.cases.desk import CATALOG, Desk


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


NOW = local("2026-03-10T08:00")
QUIET = Matter(
    code="TN-26-000001",
    topic="medicine",
    urgent=False,
    place=Place("thai-nguyen", "so_y_te", None, None),
    lead=True,
    filed_at=local("2026-03-02T09:00"),
    due_at=local("2026-03-16T23:59:59"),
    paused_at=None,
    by_law=False,
    seen_at=local("2026-03-02T10:00"),
    taken=True,
    answered_at=None,
    leg_due_at=None,
)
OVER, TODAY = local("2026-03-09T23:59:59"), local("2026-03-10T23:59:59")


@pytest.mark.parametrize(
    ("changes", "whys"),
    [
        ({}, ()),
        ({"due_at": OVER}, ("late",)),
        ({"due_at": TODAY}, ("today",)),
        ({"due_at": OVER, "paused_at": local("2026-03-09T10:00")}, ()),
        ({"due_at": TODAY, "paused_at": local("2026-03-09T10:00")}, ()),
        ({"due_at": OVER, "lead": False}, ()),
        ({"seen_at": None, "taken": False}, ("unseen",)),
        ({"seen_at": None, "taken": False, "lead": False}, ("unseen",)),
        ({"answered_at": local("2026-03-09T10:00")}, ("answers",)),
        ({"answered_at": local("2026-03-02T09:30")}, ()),
        ({"answered_at": local("2026-03-09T10:00"), "lead": False}, ()),
        ({"leg_due_at": TODAY}, ("trader",)),
        ({"leg_due_at": local("2026-03-11T23:59:59")}, ()),
        ({"due_at": OVER, "seen_at": None, "taken": False, "leg_due_at": OVER}, ("late", "unseen", "trader")),
    ],
)
def test_why_a_matter_stands_on_the_list(changes: dict[str, Any], whys: tuple[str, ...]) -> None:
    assert morning.whys(msgspec.structs.replace(QUIET, **changes), NOW) == whys


def test_the_most_pressing_stand_first() -> None:
    late = [
        msgspec.structs.replace(QUIET, code=code, due_at=local(due), urgent=urgent)
        for code, due, urgent in (
            ("c", "2026-03-09T09:00", False),
            ("b", "2026-03-08T09:00", False),
            ("a", "2026-03-09T23:00", True),
        )
    ]
    assert [matter.code for matter in morning.listed(late, NOW).matters["late"]] == ["a", "b", "c"]
    assert not morning.listed([QUIET], NOW)


@pytest.mark.parametrize(
    ("moment", "is_it"),
    [
        ("2026-03-10T07:59", False),
        ("2026-03-10T08:00", True),
        ("2026-03-10T16:59", True),
        ("2026-03-10T17:00", False),
        ("2026-03-14T09:00", False),
        ("2026-02-17T09:00", False),
        ("2026-08-22T09:00", True),
    ],
)
def test_morning_is_from_eight_on_working_days(moment: str, is_it: bool) -> None:
    assert is_morning(local(moment), calendar_of(Settings(), "hung-yen")) is is_it


# --- on record ----------------------------------------------------------------------------------------------


async def stuck(desk: Desk, officer: Officer) -> dict[str, int]:
    async with desk.database.begin() as uow:
        found = await morning.of_officer(uow, CATALOG, officer, desk.clock.now())
    return {why: count for why, count in found.counts().items() if count}


async def see(desk: Desk, officer: Officer, code: str) -> None:
    async with desk.transaction() as uow:
        held = await access_case(uow, officer, code)
        assert held
        await note_sight(uow, held, desk.clock.now())


async def test_an_answer_is_unread_until_an_officer_opens_the_case(desk: Desk) -> None:
    officer, contact = await desk.officer("so_y_te"), await desk.contact()
    await desk.officer("so_cong_thuong")
    code = (await desk.file(contact_id=contact)).case.code
    assert await stuck(desk, officer) == {"unseen": 1}
    await see(desk, officer, code)
    await desk.act(officer, code, "ask", "Mua ở đâu?")
    assert await stuck(desk, officer) == {}
    desk.clock.move(dt.timedelta(minutes=5))
    async with desk.transaction() as uow:
        book = ContactCases(uow, desk.registry, contact_id=contact, language="vi", now=desk.clock.now())
        await book.answer_officer(code, "Ở chợ", ())
    assert await stuck(desk, officer) == {"answers": 1}
    desk.clock.move(dt.timedelta(minutes=5))
    await see(desk, officer, code)
    assert await stuck(desk, officer) == {}


async def test_a_look_is_written_only_where_something_is_new(desk: Desk) -> None:
    officer = await desk.officer("so_y_te")
    code = (await desk.file()).case.code
    moments = []
    for _ in range(2):
        desk.clock.move(dt.timedelta(minutes=5))
        await see(desk, officer, code)
        moments.append((await desk.parts(code))[0].seen_at)
    assert moments[0] == moments[1]
    await desk.act(officer, code, "note", "Đã gọi")
    await see(desk, officer, code)
    assert (await desk.parts(code))[0].seen_at > moments[0]


async def test_the_list_is_of_the_officer_s_own_place(desk: Desk) -> None:
    theirs = await desk.officer("so_cong_thuong")
    await desk.officer("so_y_te")
    await desk.file()
    assert await stuck(desk, theirs) == {}
    async with desk.database.begin() as uow:
        places = await morning.of_all(uow, CATALOG, desk.clock.now())
    assert [str(place) for place in places] == ["thai-nguyen/so_y_te"]
