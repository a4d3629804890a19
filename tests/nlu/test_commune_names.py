"""Every name of every commune, of today and of before July 2025, as people write it, held against the
official table: none is missed, and none of several is chosen for the person."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from content.catalog import Catalog
from nlu.pipeline import Pipeline
from nlu.steps.entities.places import ASKED
from nlu.steps.fold import fold
from nlu.steps.normalise import spell

TODAY = dt.date(2026, 11, 21)
KIND = re.compile(r"^(Xã|Phường|Thị trấn|Thị xã|Thành phố|Huyện) ")
SPLIT = {"Lạc Đạo", "Đình Dù", "Ngọc Thanh", "Cam Giá", "Gia Sàng", "Thượng Đình"}
"""Units of which parts went to two communes."""


class Name(NamedTuple):
    """`district` is empty for a name of today."""

    full: str
    district: str
    code: str

    @property
    def bare(self) -> str:
        return KIND.sub("", self.full)


@pytest.fixture(scope="module")
def names(catalog: Catalog) -> list[Name]:
    return list(_names(catalog))


def _names(catalog: Catalog) -> Iterator[Name]:
    for province in catalog.provinces.values():
        for commune in province.communes:
            yield Name(commune.name, "", commune.code)
            for old in commune.formed_from:
                yield Name(old.name, old.district, commune.code)


def understood(pipeline: Pipeline, answer: str) -> set[str]:
    """The codes that an answer to "which commune?" may mean, as a form reads it."""
    for text in (answer, f"{ASKED} {answer}"):
        for entity in pipeline.extract(text, TODAY):
            if entity.type == "commune" and entity.normal:
                return set(entity.normal.split("|"))
    return set()


def bearers(names: list[Name], spelling: Callable[[str], str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        found[spelling(name.bare)].add(name.code)
    return found


def test_there_are_as_many_as_the_table_has(names: list[Name]) -> None:
    assert sum(not name.district for name in names) == 104 + 92
    assert sum(bool(name.district) for name in names) == 384 + 283


@pytest.mark.parametrize(
    "write", [str, str.lower, str.upper, fold, lambda name: unicodedata.normalize("NFD", name)],
    ids=["as it is", "small", "capitals", "no diacritics", "decomposed"],
)  # fmt: skip
def test_a_bare_name_brings_all_who_bear_it_and_nobody_else(
    by_rules: Pipeline, names: list[Name], write: Callable[[str], str]
) -> None:
    """Asked back where there are several: a name of today is not preferred to an old one of another place."""
    marked = write is not fold
    same = bearers(names, spell if marked else fold)
    wrong = {
        name.bare: (understood(by_rules, write(name.bare)), same[(spell if marked else fold)(name.bare)])
        for name in names
    }
    assert {bare: pair for bare, pair in wrong.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize("write", [str, fold], ids=["as it is", "no diacritics"])
def test_a_name_with_its_kind_is_never_another_place(
    by_rules: Pipeline, names: list[Name], write: Callable[[str], str]
) -> None:
    missed = [name for name in names if name.code not in understood(by_rules, write(name.full))]
    assert missed == []


@pytest.mark.parametrize("write", [str, fold], ids=["as it is", "no diacritics"])
def test_an_old_name_with_its_old_district_is_one_place(
    by_rules: Pipeline, names: list[Name], write: Callable[[str], str]
) -> None:
    """But for the units that were split in two: there both are asked back."""
    for name in names:
        if not name.district:
            continue
        codes = understood(by_rules, write(f"{name.full}, {name.district}"))
        bare = understood(by_rules, write(f"{name.bare} {KIND.sub('', name.district)}"))
        assert name.code in codes & bare, name
        assert len(codes) == len(bare) == (2 if name.bare in SPLIT else 1), (name, codes, bare)


# --- slips --------------------------------------------------------------------------------------------------


def _swapped(one: str, other: str) -> Callable[[str], str]:
    """The two sounds exchanged where they begin a word."""
    both = {one: other, other: one}
    sound = re.compile(rf"\b(?:{one}|{other})(?![gh])")
    return lambda text: sound.sub(lambda found: both[found[0]], text)


SLIPS: dict[str, Callable[[str], str]] = {
    "l and n": _swapped("l", "n"),
    "ch and tr": _swapped("ch", "tr"),
    "s and x": _swapped("s", "x"),
    "d for gi": lambda text: re.sub(r"\bgi(?=[aeiou])", "d", text),
    "r for d": lambda text: re.sub(r"\bd", "r", text),
    "i for y": lambda text: text.replace("y", "i"),
    "joined": lambda text: text.replace(" ", ""),
    "joined with its kind": lambda text: "xa" + text.replace(" ", ""),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_name_with_a_typical_slip_is_not_missed(by_rules: Pipeline, names: list[Name], slip: str) -> None:
    """But where the slip makes the name of another place of ours, which then counts, or "tại"."""
    plain = bearers(names, fold)
    tried, missed = 0, []
    for name in names:
        right = fold(name.bare)
        written = SLIPS[slip](right)
        if written == right or " " not in right or written in plain or written.startswith("tai "):
            continue
        tried += 1
        if name.code not in understood(by_rules, written):
            missed.append((written, name.code))
    assert missed == []
    assert tried >= 15


def test_a_missing_tone_is_not_missed(by_rules: Pipeline, names: list[Name]) -> None:
    """Each syllable in turn without its marks, the others with theirs; what is then the very name of another
    place of ours counts as that."""
    plain = bearers(names, spell)
    for name in names:
        words = name.bare.split()
        for index, word in enumerate(words):
            written = " ".join([*words[:index], fold(word), *words[index + 1 :]])
            if spell(written) not in plain:
                assert name.code in understood(by_rules, written), (written, name)


@pytest.mark.parametrize(
    "text",
    ["xã hội", "ở xã mình", "phường này", "cán bộ xã không giải quyết", "ra phường hỏi", "thị trấn gần đó",
     "xã giao thôi", "p s nhắn lại", "xã viên hợp tác xã", "đồng ý", "gia re", "cho nhanh", "không có gì"],
)  # fmt: skip
def test_everyday_words_are_no_misspelt_communes(by_rules: Pipeline, text: str) -> None:
    assert [entity for entity in by_rules.extract(text, TODAY) if entity.type == "commune"] == []
