"""Quiz, tips of the day and 15 March: what we ship is in order, and each check finds its fault."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from content.catalog import ROOT, Catalog, ContentError
from content.catalog import load as load_catalog
from content.education import Education, Level, QuizChoice, QuizQuestion, SeasonId, education, load
from content.education_checks import check, texts
from content.schema import Citation, Fact, Text

Break = Callable[[Education], Education]

UNCERTAIN = (
    *(
        "1900",
        "52/2024",
        "khonggianmang",
        "checkvn",
        "mầm non",
        "oresol",
        "Oresol",
        "248/2026",
        "C-ThaiNguyen",
    ),
    *("canhgiacduoc", "Lazada", "TikTok Shop", "triệu lượt"),
)
"""What the facts mark as not to be shown, as old, or as awaiting an authority's word."""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def known() -> Education:
    return load(ROOT)


# --- what we ship -------------------------------------------------------------------------------------------


def test_our_content_has_no_fault(known: Education, catalog: Catalog) -> None:
    assert check(known, catalog) == []


def test_as_many_as_asked_for(known: Education) -> None:
    assert all(len(known.quiz[level]) >= 22 for level in Level)
    assert sum(len(questions) for questions in known.quiz.values()) >= 66
    assert len(known.tips) >= 40


def test_nothing_uncertain(known: Education) -> None:
    assert {(where, word) for where, text in texts(known) for word in UNCERTAIN if word in text} == set()


def test_no_theme_is_made_up(known: Education) -> None:
    """The themes of past years are facts of the answers; this year's comes from the authority."""
    assert known.consumer_day.theme.vi.count("{theme}") == 1
    assert [
        text for _, text in texts(known) if "Thông tin minh bạch" in text or "An toàn thông tin" in text
    ] == []


def test_nobody_is_promised_a_fine_or_safety(known: Education) -> None:
    promised = ("bị phạt", "phạt tiền", "chắc chắn lấy lại", "hoàn toàn an toàn")
    assert [text for _, text in texts(known) if any(word in text.lower() for word in promised)] == []


def test_the_place_does_not_give_the_right_choice_away(known: Education) -> None:
    questions = [question for level in known.quiz.values() for question in level.values()]
    places = Counter([choice.right for choice in question.choices].index(True) for question in questions)
    assert all(places[place] >= len(questions) / 5 for place in range(3)), places


def test_the_length_does_not_give_the_right_choice_away(known: Education) -> None:
    """Who always takes the longest choice is wrong about as often as right."""
    questions = [question for level in known.quiz.values() for question in level.values()]
    longest = [max(q.choices, key=lambda choice: len(choice.vi)).right for q in questions]
    assert sum(longest) <= 0.6 * len(longest)


def test_who_lost_money_is_sent_to_the_bank_first(known: Education) -> None:
    for level, id_ in ((Level.EVERYBODY, "just_sent_money"), (Level.ELDERLY, "money_gone")):
        why = known.quiz[level][id_].why.vi
        assert "mặt sau thẻ" in why.split(". ")[0], id_


# --- when it is read ----------------------------------------------------------------------------------------


def test_start_up_does_not_read_it() -> None:
    script = (
        "import sys, content.catalog as c; "
        "c.yaml.load, load = (lambda text, Loader: seen.append(text) or load(text, Loader)), c.yaml.load; "
        "seen = []; c.load(); "
        "sys.exit(any('tet_gifts' in text or 'game_top_up' in text for text in seen) or not seen)"
    )
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, cwd=ROOT.parent, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_it_is_read_once() -> None:
    assert education() is education()


@pytest.mark.parametrize(
    ("month", "offered", "held_back"),
    [(2, "tet_gifts", "summer_tours"), (7, "summer_tours", "tet_gifts"), (9, "flood_calls", "tet_gifts")],
)
def test_tips_of_a_month(known: Education, month: int, offered: str, held_back: str) -> None:
    tips = list(known.tips_of(month))
    assert offered in tips
    assert held_back not in tips
    assert tips.index(offered) < tips.index("keep_invoice")


def test_march_has_tips_of_all_the_year_only(known: Education) -> None:
    assert {tip.season for tip in known.tips_of(3).values()} == {None}


# --- files that cannot be read ------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "content"
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns("*.py", "__pycache__", "provinces", "faq"))
    return target


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("quiz/pupils.yml", ", right:", ", rihgt:"),
        ("quiz/elderly.yml", "  ask:", "  question:"),
        ("tips.yml", "season: tet", "season: easter"),
        ("consumer_day.yml", "\ntheme:", "\nthema:"),
    ],
)
def test_a_slip_of_the_pen_names_the_file(copy: Path, name: str, old: str, new: str) -> None:
    path = copy / name
    text = path.read_text("utf-8")
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ContentError, match=Path(name).name):
        load(copy)


def test_a_level_without_a_file(copy: Path) -> None:
    (copy / "quiz" / "everybody.yml").unlink()
    with pytest.raises(ContentError, match=r"everybody\.yml: this file is missing"):
        load(copy)


# --- every check finds its fault ----------------------------------------------------------------------------


def _question(change: Callable[[QuizQuestion], QuizQuestion], level: Level = Level.PUPILS) -> Break:
    def broken(known: Education) -> Education:
        id_, question = next(iter(known.quiz[level].items()))
        return replace(known, quiz={**known.quiz, level: {**known.quiz[level], id_: change(question)}})

    return broken


def _why(**changes: object) -> Break:
    return _question(lambda question: replace(question, why=replace(question.why, **changes)))


def _choices(*choices: QuizChoice) -> Break:
    return _question(lambda question: replace(question, choices=choices))


def _tip(**changes: object) -> Break:
    return lambda known: replace(
        known, tips={**known.tips, "tet_gifts": replace(known.tips["tet_gifts"], **changes)}
    )


def _day(**changes: object) -> Break:
    return lambda known: replace(known, consumer_day=replace(known.consumer_day, **changes))


def _in_two_levels(known: Education) -> Education:
    id_, question = next(iter(known.quiz[Level.PUPILS].items()))
    elderly = {**known.quiz[Level.ELDERLY], id_: question}
    return replace(known, quiz={**known.quiz, Level.ELDERLY: elderly})


def _few(known: Education) -> Education:
    few = dict(list(known.quiz[Level.EVERYBODY].items())[:21])
    return replace(known, quiz={**known.quiz, Level.EVERYBODY: few})


def _card(known: Education) -> Education:
    day = known.consumer_day
    return replace(known, consumer_day=replace(day, rights=replace(day.rights, items=day.rights.items[1:])))


def _season(**changes: object) -> Break:
    def broken(known: Education) -> Education:
        day = known.consumer_day
        seasons = {**day.seasons, SeasonId.TET: replace(day.seasons[SeasonId.TET], **changes)}
        return replace(known, consumer_day=replace(day, seasons=seasons))

    return broken


A, B, C = (QuizChoice(vi=f"Câu {n}", en=f"Choice {n}") for n in (1, 2, 3))
RIGHT = QuizChoice(vi="Đúng", en="Right", right=True)
OTHER = Fact(vi="Một câu.", en="A sentence.", sources=("law.S1",))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (_choices(A, B, C), "0 right choices"),
        (_choices(RIGHT, replace(RIGHT, vi="Cũng đúng", en="Right too"), A), "2 right choices"),
        (_choices(RIGHT, A), "2 choices instead of 3 or 4"),
        (_choices(RIGHT, A, A), "stands twice"),
        (_choices(RIGHT, A, replace(B, vi="Một lời rất dài " * 5)), "choices.vi: 80 characters"),
        (_question(lambda q: replace(q, ask=Text(vi="Sao? " * 40, en="Why?"))), "ask.vi: 200 characters"),
        (_question(lambda q: replace(q, ask=Text(vi="Sao?", en=" "))), "missing in one language"),
        (_why(sources=("law.S999",)), "'law.S999' is not in content/sources.yml"),
        (_why(sources=(), advice=True), "names no source"),
        (_why(law=(Citation(act="luat_bvqlntd_2023", article="999"),)), "article '999'"),
        (_why(vi="Một. Hai. Ba."), "3 sentences instead of"),
        (_why(vi="Bạn hỏi pháp nhân đó."), "'pháp nhân': say"),
        (_why(vi="Bạn gọi 0339035656 ngay."), "0339035656 is not the number of a hotline"),
        (_why(vi="một " * 26 + "hết."), "longer than 25 words"),
        (_in_two_levels, "stands in two levels"),
        (_few, "21 questions instead of at least 22"),
        (_tip(vi="Dài. " * 50), "vi: 250 characters"),
        (_tip(sources=()), "tips.yml: tet_gifts: names no source"),
        (lambda k: replace(k, tips=dict(list(k.tips.items())[-39:])), "39 tips instead of at least 40"),
        (_card, "7 rights instead of 8"),
        (_day(theme=Text(vi="Chủ đề {theme}", en="{year} {theme}")), "theme.vi: must hold"),
        (_day(greeting=replace(OTHER, vi="Chào. " * 40)), "vi: 240 characters"),
        (_day(seasons={}), "the season tet is missing"),
        (_season(months=(13,)), "tet: needs warnings, and months from 1 to 12"),
        (_season(warnings=()), "tet: needs warnings"),
    ],
)
def test_a_fault_is_found(known: Education, catalog: Catalog, change: Break, fault: str) -> None:
    found = check(change(known), catalog)
    assert any(fault in line for line in found), found


def test_everything_was_checked_on_a_day_that_has_been(known: Education) -> None:
    questions = [question for level in known.quiz.values() for question in level.values()]
    days = {known.consumer_day.checked, *(x.checked for x in (*questions, *known.tips.values()))}
    assert max(days) <= dt.datetime.now(dt.UTC).date()
