"""Working time: by example, by property, and against a count that goes minute by minute."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.cases.calendar import Calendar, HoursError, Year, read_hours
from bot.cases.daysoff import ANNOUNCED_YEARS, FILE, HOURS, alarm, calendar_of
from bot.clock import VIETNAM
from bot.settings import Settings

MINUTE = dt.timedelta(minutes=1)
TET = frozenset(dt.date(2026, 2, 16) + dt.timedelta(days=n) for n in range(5))
SWAPPED, SATURDAY = dt.date(2026, 8, 31), dt.date(2026, 8, 22)
CALENDAR = Calendar(
    read_hours(HOURS), lambda _: Year(off=TET | {SWAPPED}, worked=frozenset({SATURDAY}), announced=True)
)
START, END = (dt.datetime.fromisoformat(day) for day in ("2026-01-01", "2026-12-01"))
OPEN_HOURS = ("07:30", "11:30", "13:30", "17:00")

moments = st.datetimes(START, END, timezones=st.just(VIETNAM)).map(
    lambda at: at.replace(second=0, microsecond=0)
)
minutes = st.integers(0, 4000)
few = hypothesis_settings(max_examples=40)


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def works(at: dt.datetime) -> bool:
    """Of the minute that begins at `at`, in other words than the calendar's."""
    day, clock = at.date(), at.strftime("%H:%M")
    open_day = day == SATURDAY or (day.isoweekday() <= 5 and day not in TET and day != SWAPPED)
    morning, noon, afternoon, evening = OPEN_HOURS
    return open_day and (morning <= clock < noon or afternoon <= clock < evening)


def slowly(at: dt.datetime, count: int) -> dt.datetime:
    while count > 0:
        count -= works(at)
        at += MINUTE
    return at


@few
@given(moments, st.integers(0, 600))
def test_adding_agrees_with_counting_minute_by_minute(at: dt.datetime, count: int) -> None:
    assert CALENDAR.add(at, count * MINUTE) == slowly(at, count)


@few
@given(moments, minutes, minutes)
def test_adding_is_additive(at: dt.datetime, first: int, second: int) -> None:
    whole = CALENDAR.add(at, (first + second) * MINUTE)
    assert CALENDAR.add(CALENDAR.add(at, first * MINUTE), second * MINUTE) == whole


@few
@given(moments, moments, minutes, minutes)
def test_later_and_more_never_end_sooner(one: dt.datetime, other: dt.datetime, few: int, more: int) -> None:
    early, late = sorted((one, other))
    less, most = sorted((few, more))
    assert CALENDAR.add(early, less * MINUTE) <= CALENDAR.add(late, most * MINUTE)


@few
@given(moments, minutes.filter(bool))
def test_what_is_added_ends_in_working_time(at: dt.datetime, count: int) -> None:
    end = CALENDAR.add(at, count * MINUTE)
    assert CALENDAR.is_working(end - MINUTE)
    assert works((end - MINUTE).astimezone(VIETNAM))


@few
@given(moments, minutes)
def test_what_was_added_lies_between(at: dt.datetime, count: int) -> None:
    assert CALENDAR.between(at, CALENDAR.add(at, count * MINUTE)) == count * MINUTE


@given(moments)
def test_working_is_what_the_slow_words_say(at: dt.datetime) -> None:
    assert CALENDAR.is_working(at) is works(at)


@given(moments.map(lambda at: at.date()), st.integers(0, 60), st.integers(0, 60))
def test_working_days_add_up(day: dt.date, first: int, second: int) -> None:
    assert CALENDAR.add_days(CALENDAR.add_days(day, first), second) == CALENDAR.add_days(day, first + second)
    assert CALENDAR.days_between(day, CALENDAR.add_days(day, first)) == first


@pytest.mark.parametrize(
    ("at", "hours", "end", "why"),
    [
        ("2026-03-02T09:00", 4, "2026-03-02T15:00", "the lunch break does not count"),
        (
            "2026-03-02T07:30",
            4,
            "2026-03-02T11:30",
            "the end of the morning, not the beginning of the afternoon",
        ),
        ("2026-03-02T12:00", 4, "2026-03-03T08:00", "from the lunch break over the night"),
        ("2026-03-06T16:00", 4, "2026-03-09T10:30", "over a weekend"),
        ("2026-02-13T16:30", 4, "2026-02-23T11:00", "over Tết"),
        ("2026-08-21T16:00", 4, "2026-08-22T10:30", "on a Saturday that is worked"),
        ("2026-08-29T10:00", 4, "2026-09-03T11:30", "over a swap day and the national day"),
        ("2026-03-02T22:00", 0, "2026-03-02T22:00", "nothing is nothing"),
    ],
)
def test_four_working_hours_in_viet_nam(at: str, hours: int, end: str, why: str) -> None:
    calendar = calendar_of(Settings(), "hung-yen")
    assert calendar.add(local(at), dt.timedelta(hours=hours)) == local(end), why


def test_each_province_has_its_hours() -> None:
    settings = Settings(working_hours={"hung-yen": "07:00-11:30,13:30-17:00"})
    ends = [
        calendar_of(settings, province).add(local("2026-03-02T06:00"), dt.timedelta(hours=4))
        for province in ("hung-yen", "thai-nguyen")
    ]
    assert ends == [local("2026-03-02T11:00"), local("2026-03-02T11:30")]


@pytest.mark.parametrize("text", ["", "8-12", "07:30-11:30,11:00-17:00", "11:30-07:30", "24:00-25:00"])
def test_hours_that_make_no_day_are_refused(text: str) -> None:
    with pytest.raises(HoursError):
        read_hours(text)


def with_file(tmp_path: object, text: str) -> Settings:
    settings = Settings(data_dir=tmp_path)  # type: ignore[arg-type]
    (settings.data_dir / FILE).write_text(text, "utf-8")
    return settings


def test_a_local_file_lies_over_the_package(tmp_path: object) -> None:
    settings = with_file(tmp_path, "days_off: [2026-03-04, 2026-08-22]\nworked: [2026-08-31, 2026-03-07]\n")
    works_on = partial(map, calendar_of(settings, "hung-yen").is_working_day)
    days = [dt.date(2026, 3, 4), dt.date(2026, 8, 22), dt.date(2026, 8, 31), dt.date(2026, 3, 7)]
    assert list(works_on(days)) == [False, False, True, True]
    assert list(map(calendar_of(Settings(), "hung-yen").is_working_day, days)) == [True, True, False, False]


def test_a_changed_file_counts_at_once(tmp_path: object) -> None:
    day = dt.date(2026, 3, 4)
    settings = with_file(tmp_path, "days_off: [2026-03-04]")
    assert not calendar_of(settings, "hung-yen").is_working_day(day)
    with_file(tmp_path, "days_off: [2026-03-05, 2026-03-06]")
    assert calendar_of(settings, "hung-yen").is_working_day(day)


NEXT = max(ANNOUNCED_YEARS) + 1


def test_a_year_that_nobody_announced_is_an_alarm_and_is_still_counted(tmp_path: object) -> None:
    settings = Settings(data_dir=tmp_path)  # type: ignore[arg-type]
    assert not alarm(settings, dt.date(NEXT - 1, 6, 1))
    assert alarm(settings, dt.date(NEXT - 1, 12, 1)).years == (NEXT,)
    calendar = calendar_of(settings, "hung-yen")
    assert not calendar.year(NEXT).announced
    monday = dt.date(NEXT, 7, 3)
    assert calendar.add_days(monday, 5) == monday + dt.timedelta(days=7)


def test_a_year_that_the_file_knows_is_no_alarm(tmp_path: object) -> None:
    settings = with_file(tmp_path, f"years: [{NEXT}]")
    assert not alarm(settings, dt.date(NEXT - 1, 12, 1))


@pytest.mark.parametrize(
    "text",
    [
        "days_off: maybe",
        "days_of: []",
        "days_off: [2026-03-04]\nworked: [2026-03-04]",
        "- 1",
        "days_off: [2026-13-01]",
    ],
)
def test_a_file_with_a_fault_is_an_alarm_and_changes_nothing(tmp_path: object, text: str) -> None:
    settings = with_file(tmp_path, text)
    found = alarm(settings, dt.date(2026, 3, 1))
    assert found.fault
    assert calendar_of(settings, "hung-yen").is_working_day(dt.date(2026, 3, 4))
