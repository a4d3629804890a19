"""What teaches consumers: the quiz, tips of the day and 15 March; read when first asked for.

Start-up does not wait for it: `education()` reads the files once, in the first conversation that wants them.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec

from content.catalog import ROOT, read
from content.schema import Fact, File, Text


class Level(StrEnum):
    """Whom a quiz is for: one file of `content/quiz/` each."""

    PUPILS = "pupils"
    EVERYBODY = "everybody"
    ELDERLY = "elderly"


class SeasonId(StrEnum):
    TET = "tet"
    SCHOOL_YEAR = "school_year"
    HARVEST = "harvest"
    FLOODS = "floods"
    SUMMER = "summer"


class QuizChoice(Text, frozen=True):
    """An answer to choose; exactly one of a question is right."""

    right: bool = False


class QuizQuestion(File, frozen=True):
    """`why` is shown after any choice: what is right, what to do about it, and where that stands."""

    ask: Text
    choices: tuple[QuizChoice, ...]
    why: Fact
    checked: dt.date


class Tip(Fact, frozen=True, kw_only=True):
    """A tip of the day. One with a season is offered in that season's months only."""

    season: SeasonId | None = None
    checked: dt.date


class RightsCard(File, frozen=True):
    title: Text
    items: tuple[Fact, ...]
    note: Fact


class Season(File, frozen=True):
    """`months` (1 to 12) say when its warnings and tips are offered."""

    name: Text
    months: tuple[int, ...]
    warnings: tuple[Fact, ...]


class ConsumerDay(File, frozen=True):
    """15 March. `theme` holds {year} and {theme}: it is left out until an operator has typed in the theme."""

    checked: dt.date
    greeting: Fact
    theme: Text
    rights: RightsCard
    quiz: Fact
    seasons: dict[SeasonId, Season]


class Education(msgspec.Struct, frozen=True):
    quiz: dict[Level, dict[str, QuizQuestion]]
    tips: dict[str, Tip]
    consumer_day: ConsumerDay
    jargon: dict[str, str]
    """Words that none of these texts may hold -> what to say instead."""

    def tips_of(self, month: int) -> dict[str, Tip]:
        """The tips that fit a month (1 to 12): those of its seasons first, then those of all the year."""
        seasons = {id_ for id_, season in self.consumer_day.seasons.items() if month in season.months}
        fitting = {id_: tip for id_, tip in self.tips.items() if tip.season in seasons}
        return fitting | {id_: tip for id_, tip in self.tips.items() if tip.season is None}

    def tip_of(self, day: dt.date) -> Tip:
        """The tip of the day: the same for everybody, the next one tomorrow."""
        fitting = list(self.tips_of(day.month).values())
        return fitting[day.toordinal() % len(fitting)]

    def warnings_of(self, month: int) -> list[tuple[Text, Fact]]:
        """The warnings of the seasons of a month (1 to 12), each with its season's name."""
        seasons = (season for season in self.consumer_day.seasons.values() if month in season.months)
        return [(season.name, warning) for season in seasons for warning in season.warnings]

    def question(self, level: Level, id_: str) -> QuizQuestion | None:
        return self.quiz[level].get(id_)


@cache
def education() -> Education:
    """What we ship. Raises ContentError."""
    return load(ROOT)


def load(root: Path) -> Education:
    """Read and validate the files below `root`. Raises ContentError."""
    return Education(
        quiz={level: read(root / "quiz" / f"{level}.yml", dict[str, QuizQuestion]) for level in Level},
        tips=read(root / "tips.yml", dict[str, Tip]),
        consumer_day=read(root / "consumer_day.yml", ConsumerDay),
        jargon=read(root / "jargon.yml", dict[str, str]),
    )


class Words(File, frozen=True):
    """What people type to get quiz, tip or 15 March, and in answer to the quiz: folded, whole words."""

    quiz: tuple[str, ...]
    tip: tuple[str, ...]
    consumer_day: tuple[str, ...]
    levels: dict[Level, tuple[str, ...]]
    beside: tuple[str, ...]
    """Small words that may stand around the others."""
    again: tuple[str, ...]
    stop: tuple[str, ...]
    skip: tuple[str, ...]


@cache
def words() -> Words:
    """Apart from the rest: every message is held against them. Raises ContentError."""
    return read(ROOT / "education_words.yml", Words)
