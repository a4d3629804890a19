"""Deadlines: the law's seven working days, the provinces' targets, and a clock that stands while we wait."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import holidays
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cases import deadlines
from bot.cases.calendar import read_hours
from bot.cases.daysoff import ANNOUNCED_YEARS, calendar_of
from bot.cases.deadlines import Due, Targets
from bot.clock import VIETNAM
from bot.settings import Settings, SettingsError, read
from content.catalog import load
from content.schema import Topic
from tests.bot.cases.desk import Desk

SETTINGS = Settings()
CALENDAR = calendar_of(SETTINGS, "hung-yen")
TOPICS = load().topics
BY_LAW, OTHER = TOPICS["warranty_return"], TOPICS["other"]


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def due(
    filed: str, topic: Topic = OTHER, urgent: bool = False, settings: Settings = SETTINGS, **more: Any
) -> Due:
    values = {"province": "hung-yen"} | more
    return deadlines.due(local(filed).astimezone(dt.UTC), topic, urgent, settings, **values)


@pytest.mark.parametrize(
    ("day", "works", "why"),
    [
        ("2026-11-20", True, "an ordinary Friday"),
        ("2026-11-21", False, "a Saturday"),
        ("2026-11-24", False, "Vietnam Culture Day, new in 2026"),
        ("2026-02-16", False, "the eve of Tết"),
        ("2026-02-20", False, "the fourth day of Tết"),
        ("2026-02-23", True, "the Monday after Tết"),
        ("2026-04-27", False, "the Hùng Kings' day fell on a Sunday"),
        ("2026-08-22", True, "a Saturday worked for 31 August"),
        ("2026-08-31", False, "swapped for 22 August"),
    ],
)
def test_working_days_of_viet_nam(day: str, works: bool, why: str) -> None:
    assert CALENDAR.is_working_day(dt.date.fromisoformat(day)) is works, why


@pytest.mark.parametrize(
    ("filed", "last_day"),
    [
        ("2026-03-02T09:00", "2026-03-11"),
        ("2026-03-02T23:59", "2026-03-11"),
        ("2026-03-07T09:00", "2026-03-17"),
        ("2026-02-12T09:00", "2026-03-02"),
        ("2026-08-20T09:00", "2026-08-28"),
    ],
)
def test_the_law_gives_seven_working_days(filed: str, last_day: str) -> None:
    found = due(filed, BY_LAW)
    assert found.at.astimezone(VIETNAM).date() == dt.date.fromisoformat(last_day)
    assert (found.by_law, found.estimated) == (True, False)


def test_a_day_begins_at_midnight_in_viet_nam() -> None:
    late_sunday_in_utc = dt.datetime(2026, 3, 1, 17, 30, tzinfo=dt.UTC)
    found = deadlines.due(late_sunday_in_utc, BY_LAW, False, SETTINGS, province="hung-yen")
    assert found.at == local("2026-03-11T23:59:59")


@pytest.mark.parametrize(
    ("kind", "topic", "urgent", "ends", "by_law"),
    [
        ("complaint", OTHER, False, "2026-03-16T23:59:59", False),
        ("complaint", BY_LAW, False, "2026-03-11T23:59:59", True),
        ("complaint", OTHER, True, "2026-03-03T09:00", False),
        ("complaint", BY_LAW, True, "2026-03-03T09:00", False),
        ("request", OTHER, False, "2026-03-09T23:59:59", False),
        ("request", BY_LAW, False, "2026-03-09T23:59:59", False),
        ("request", OTHER, True, "2026-03-03T09:00", False),
    ],
)
def test_the_limit_by_act_and_danger(kind: str, topic: Topic, urgent: bool, ends: str, by_law: bool) -> None:
    assert due("2026-03-02T09:00", topic, urgent, kind=kind) == Due(local(ends), by_law)


def test_a_province_may_have_its_own_targets() -> None:
    settings = Settings(targets={"hung-yen": {"report": 3, "urgent": 6}})
    assert due("2026-03-02T09:00", settings=settings).at == local("2026-03-05T23:59:59")
    assert due("2026-03-02T09:00", urgent=True, settings=settings).at == local("2026-03-02T15:00")
    assert due("2026-03-02T09:00", settings=settings, kind="request") == due(
        "2026-03-02T09:00", kind="request"
    )
    elsewhere = due("2026-03-02T09:00", settings=settings, province="thai-nguyen")
    assert elsewhere == due("2026-03-02T09:00")
    law = due("2026-03-02T09:00", BY_LAW, settings=settings)
    assert law == due("2026-03-02T09:00", BY_LAW)


def test_targets_and_hours_are_read_from_the_environment(tmp_path: Path) -> None:
    environment = {
        "NTD_TARGETS": "hung-yen=report 8, ask 3; thai-nguyen=urgent 12",
        "NTD_WORKING_HOURS": "hung-yen=07:00-11:30, 13:30-17:00",
    }
    settings = read(environment, tmp_path / "none")
    assert deadlines.targets_of(settings, "hung-yen") == Targets(8, 3, 24)
    assert deadlines.targets_of(settings, "thai-nguyen") == Targets(10, 5, 12)
    assert calendar_of(settings, "hung-yen").sessions == read_hours("07:00-11:30,13:30-17:00")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NTD_TARGETS", "hung-yen=report 0"),
        ("NTD_TARGETS", "hung-yen=fast 3"),
        ("NTD_TARGETS", "ha-noi=report 3"),
        ("NTD_WORKING_HOURS", "hung-yen=13:30-17:00,07:00-11:30"),
        ("NTD_WORKING_HOURS", "hung-yen=7-11"),
        ("NTD_WORKING_HOURS", "hung-yen"),
    ],
)
def test_what_is_no_target_and_no_hours_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read({name: value}, tmp_path / "none")


def test_a_year_that_is_not_announced_makes_an_estimate() -> None:
    year = max(ANNOUNCED_YEARS)
    assert not due(f"{year}-12-01T09:00").estimated
    across = due(f"{year}-12-27T09:00")
    assert across.estimated
    assert across.at.astimezone(VIETNAM).year == year + 1


def test_every_announced_year_is_one_that_the_package_knows() -> None:
    for year in ANNOUNCED_YEARS:
        assert len(holidays.country_holidays("VN", years=year)) >= 11


# --- the clock stands ---------------------------------------------------------------------------------------


ASKED_FROM, ASKED_UNTIL = (dt.datetime.fromisoformat(day) for day in ("2026-03-02", "2026-03-11"))


class Row(msgspec.Struct):
    urgent: bool
    due_at: dt.datetime
    first_due_at: dt.datetime | None = None
    paused_at: dt.datetime | None = None


def waited(row: Row, asked: str, answered: str) -> Row:
    for values in (
        deadlines.paused(row, local(asked)),
        deadlines.resumed(msgspec.structs.replace(row, paused_at=local(asked)), local(answered), CALENDAR),
    ):
        row = msgspec.structs.replace(row, **values)
    return row


@pytest.mark.parametrize(
    ("asked", "answered", "ends"),
    [
        ("2026-03-03T09:00", "2026-03-03T16:00", "2026-03-11"),
        ("2026-03-03T09:00", "2026-03-05T16:00", "2026-03-13"),
        ("2026-03-06T16:00", "2026-03-08T09:00", "2026-03-11"),
        ("2026-03-06T16:00", "2026-03-09T09:00", "2026-03-12"),
        ("2026-03-13T09:00", "2026-03-20T09:00", "2026-03-11"),
    ],
    ids=["within a day", "two days", "a weekend", "over a weekend", "late before"],
)
def test_a_wait_moves_the_deadline_by_its_working_days(asked: str, answered: str, ends: str) -> None:
    row = waited(Row(False, local("2026-03-11T23:59:59")), asked, answered)
    assert row.due_at == local(f"{ends}T23:59:59")
    assert (row.paused_at, row.first_due_at) == (None, local("2026-03-11T23:59:59"))


def test_in_danger_the_wait_is_counted_by_the_clock() -> None:
    row = waited(Row(True, local("2026-03-03T09:00")), "2026-03-02T20:00", "2026-03-02T23:30")
    assert row.due_at == local("2026-03-03T12:30")


def test_asking_twice_is_one_wait() -> None:
    row = Row(False, local("2026-03-11T23:59:59"))
    row = msgspec.structs.replace(row, **deadlines.paused(row, local("2026-03-03T09:00")))
    again = deadlines.paused(row, local("2026-03-04T09:00"))
    assert again["paused_at"] == local("2026-03-03T09:00")


@given(
    st.datetimes(ASKED_FROM, ASKED_UNTIL, timezones=st.just(VIETNAM)),
    st.timedeltas(dt.timedelta(), dt.timedelta(days=40)),
    st.booleans(),
)
def test_what_is_left_at_the_question_is_left_at_the_answer(
    asked: dt.datetime, wait: dt.timedelta, urgent: bool
) -> None:
    row = Row(urgent, local("2026-03-11T23:59:59"), None, asked)
    answered = asked + wait
    moved = msgspec.structs.replace(row, **deadlines.resumed(row, answered, CALENDAR)).due_at
    if urgent:
        assert moved - answered == row.due_at - asked
    else:
        days = [at.astimezone(VIETNAM).date() for at in (asked, row.due_at, answered, moved)]
        assert CALENDAR.days_between(days[2], days[3]) == CALENDAR.days_between(days[0], days[1])


@pytest.mark.parametrize("end", ["transfer", "resolve"])
async def test_the_clock_stands_from_the_question_until_the_case_goes_on(desk: Desk, end: Any) -> None:
    officer = await desk.officer("so_y_te")
    code = (await desk.file()).case.code
    await desk.act(officer, code, "ask", "Mua ở đâu?")
    asked = await desk.complaint(code)
    assert asked.paused_at is not None
    assert asked.first_due_at == asked.due_at
    desk.clock.move(dt.timedelta(days=30))
    assert not deadlines.is_late(asked.due_at, asked.paused_at, desk.clock.now())
    await desk.act(officer, code, end, "Xong")
    after = await desk.complaint(code)
    assert after.paused_at is None
    assert after.due_at > asked.due_at + dt.timedelta(days=25)
    assert after.first_due_at == asked.due_at
