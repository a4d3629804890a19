"""P7: 0, 1, 5, 30 minutes, then every 30; a person is told after three failures or an hour."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handoff.clock import PAUSES, must_tell, pause_after


def minutes(value: float) -> dt.timedelta:
    return dt.timedelta(minutes=value)


def test_the_pauses_are_one_five_and_thirty_minutes_and_stay_thirty() -> None:
    assert [pause_after(n) for n in range(1, 7)] == [minutes(m) for m in (1, 5, 30, 30, 30, 30)]


@given(st.integers(1, 10_000), st.floats(-1e6, 1e9))
def test_whatever_a_receiver_asks_for_the_next_try_is_never_sooner_nor_later_than_thirty_minutes(
    failures: int, asked: float
) -> None:
    assert pause_after(failures) <= pause_after(failures, asked) <= PAUSES[-1]


def test_a_receiver_s_wish_is_heard() -> None:
    assert pause_after(1, 600) == minutes(10)


@pytest.mark.parametrize(
    ("failures", "waiting", "told"),
    [(0, 0, False), (2, 59, False), (3, 0, True), (0, 60, True), (2, 60, True), (9, 600, True)],
)
def test_a_person_is_told_after_three_failures_or_an_hour(failures: int, waiting: int, told: bool) -> None:
    assert must_tell(failures, minutes(waiting)) is told
