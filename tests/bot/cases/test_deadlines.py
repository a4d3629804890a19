"""Deadlines: the law's seven working days, the provinces' targets, Tết, swap days, years nobody knows yet."""

from __future__ import annotations

import datetime as dt

import holidays
import pytest

from bot.cases import deadlines
from bot.cases.deadlines import add_working_days, due, is_working_day, unannounced_years
from bot.clock import VIETNAM
from bot.settings import Settings
from content.catalog import load
from content.schema import Topic

SETTINGS = Settings()
TOPICS = load().topics
BY_LAW, OTHER = TOPICS["warranty_return"], TOPICS["other"]


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


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
    assert is_working_day(dt.date.fromisoformat(day)) is works, why


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
    found = due(local(filed).astimezone(dt.UTC), BY_LAW, False, SETTINGS)
    assert found.at.astimezone(VIETNAM).date() == dt.date.fromisoformat(last_day)
    assert (found.by_law, found.estimated) == (True, False)


def test_a_day_begins_at_midnight_in_viet_nam() -> None:
    late_sunday_in_utc = dt.datetime(2026, 3, 1, 17, 30, tzinfo=dt.UTC)
    assert due(late_sunday_in_utc, BY_LAW, False, SETTINGS).at == local("2026-03-11T23:59:59")


def test_other_topics_have_the_provinces_target() -> None:
    found = due(local("2026-03-02T09:00"), OTHER, False, SETTINGS)
    assert found.at == local("2026-03-16T23:59:59")
    assert not found.by_law


@pytest.mark.parametrize("topic", [BY_LAW, OTHER], ids=["negotiation", "other"])
def test_urgent_means_hours_whatever_the_topic(topic: Topic) -> None:
    found = due(local("2026-02-16T22:00"), topic, True, SETTINGS)
    assert found.at == local("2026-02-17T22:00")
    assert not found.by_law


def test_a_year_that_is_not_announced_makes_an_estimate() -> None:
    year = max(deadlines.ANNOUNCED_YEARS)
    inside = due(local(f"{year}-12-01T09:00"), OTHER, False, SETTINGS)
    across = due(local(f"{year}-12-27T09:00"), OTHER, False, SETTINGS)
    assert (inside.estimated, across.estimated) == (False, True)
    assert across.at.astimezone(VIETNAM).year == year + 1
    assert unannounced_years(dt.date(year, 12, 1), dt.date(year + 1, 1, 9)) == [year + 1]


def test_every_announced_year_is_one_that_the_package_knows() -> None:
    for year in deadlines.ANNOUNCED_YEARS:
        assert len(holidays.country_holidays("VN", years=year)) >= 11


def test_no_days_are_no_days() -> None:
    assert add_working_days(dt.date(2026, 11, 21), 0) == dt.date(2026, 11, 21)
