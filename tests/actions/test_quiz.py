"""The quiz: drawn the same again, nothing twice in a round, words taken only for what they say."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import cast

import pytest

from actions.contract import Pending, Round, Talk, Turn
from actions.learning import day_near, wanted
from actions.quiz import QUESTIONS, drawn, meant
from content.education import Level, education

NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)


def turn(text: str = "", talk: Talk | None = None, *, seed: int = 7, now: dt.datetime = NOW) -> Turn:
    """As much of a turn as these functions read."""
    return cast(Turn, SimpleNamespace(text=text, talk=talk or Talk(), seed=seed, now=now, catalog=_Catalog()))


class _Catalog:
    """The phrases for yes and no, which are all that is read of it."""

    phrases = {"yes": ("co", "ok"), "no": ("khong", "thoi")}  # noqa: RUF012


def in_round(level: Level = Level.ELDERLY, waits: str = "") -> Talk:
    return Talk(quiz=Round(level, ("seller_at_the_door",)), pending=Pending("quiz", waits))


@pytest.mark.parametrize("level", list(Level))
def test_a_round_is_drawn_the_same_again_and_holds_nothing_twice(level: Level) -> None:
    first = drawn(turn(), level)
    assert first == drawn(turn(), level)
    assert len(set(first)) == QUESTIONS
    assert set(first) <= set(education().quiz[level])


def test_others_and_later_rounds_are_drawn_otherwise() -> None:
    mine = drawn(turn(), Level.PUPILS)
    assert mine != drawn(turn(seed=8), Level.PUPILS)
    assert mine != drawn(turn(now=NOW + dt.timedelta(minutes=5)), Level.PUPILS)


def test_what_was_seen_comes_last() -> None:
    seen: tuple[str, ...] = ()
    every = len(education().quiz[Level.EVERYBODY])
    for _ in range(every // QUESTIONS):
        found = drawn(turn(), Level.EVERYBODY, seen)
        assert not set(found) & set(seen)
        seen += found
    assert len(drawn(turn(), Level.EVERYBODY, tuple(education().quiz[Level.EVERYBODY]))) == QUESTIONS


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("đố vui", ("quiz", "quiz")),
        ("do vui di", ("quiz", "quiz")),
        ("cho em làm trắc nghiệm với", ("quiz", "quiz")),
        ("trắc nghiệm cho học sinh", ("quiz", "quiz_level:pupils")),
        ("đố vui người cao tuổi", ("quiz", "quiz_level:elderly")),
        ("I want to play a quiz", ("quiz", "quiz")),
        ("mẹo hôm nay", ("tip", "tip")),
        ("cho xin một mẹo hay", ("tip", "tip")),
        ("tip of the day", ("tip", "tip")),
        ("ngày quyền của người tiêu dùng 15/3", ("consumer_day", "consumer_day")),
        ("consumer rights day", ("consumer_day", "consumer_day")),
        ("mua đồ vui chơi cho con bị hỏng", None),
        ("người ta mời làm trắc nghiệm rồi đòi mã OTP", None),
        ("trúng thưởng đố vui trên facebook bảo nộp phí", None),
        ("mua con mèo bị bệnh", None),
        ("ngày quyền của người tiêu dùng là do luật nào quy định", None),
        ("15/3", None),
        ("học sinh", None),
    ],
)
def test_what_is_asked_for_in_words(text: str, choice: tuple[str, str] | None) -> None:
    assert wanted(turn(text)) == choice


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("1", "quiz:seller_at_the_door:0"),
        ("câu b", "quiz:seller_at_the_door:1"),
        ("đáp án 3", "quiz:seller_at_the_door:2"),
        ("dùng thử", "quiz:seller_at_the_door:1"),
        ("không biết", "quiz:seller_at_the_door:x"),
        ("bo qua", "quiz:seller_at_the_door:x"),
        ("thôi", "quiz_stop"),
        ("DỪNG", "quiz_stop"),
        ("4", None),
        ("d", None),
        ("tôi bị lừa 5 triệu", None),
        ("mẹo hôm nay", None),
        ("", None),
    ],
)
def test_typed_answers(text: str, choice: str | None) -> None:
    assert meant(turn(text, in_round())) == choice


@pytest.mark.parametrize(
    ("waits", "text", "choice"),
    [
        ("level", "học sinh", "quiz_level:pupils"),
        ("level", "cho các cụ", "quiz_level:elderly"),
        ("level", "không", "quiz_stop"),
        ("level", "cháu nhà tôi là học sinh bị ép mua sách", None),
        ("again", "nữa", "quiz_level:elderly"),
        ("again", "có", "quiz_level:elderly"),
        ("again", "thôi", "quiz_stop"),
        ("again", "gặp cán bộ", None),
    ],
)
def test_answers_before_and_after_a_round(waits: str, text: str, choice: str | None) -> None:
    assert meant(turn(text, in_round(waits=waits))) == choice


def test_nothing_is_an_answer_when_the_quiz_does_not_wait() -> None:
    talk = in_round()
    talk.pending = None
    assert meant(turn("1", talk)) is None
    assert meant(turn("thôi", talk)) is None


@pytest.mark.parametrize(
    ("day", "near"),
    [((3, 7), False), ((3, 8), True), ((3, 15), True), ((3, 16), False), ((4, 10), False)],
)
def test_the_week_of_15_march(day: tuple[int, int], near: bool) -> None:
    assert day_near(dt.date(2027, *day)) is near
