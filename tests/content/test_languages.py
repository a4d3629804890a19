"""Whatever says something in Vietnamese says it in English too, in every file of `content/`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from content.catalog import ROOT, read
from content.checks import NUMBER

FILES = sorted(ROOT.rglob("*.yml"))
MARKED = re.compile(r"[ăâđêôơưàáâãèéêìíòóôõùúýĂÂĐÊÔƠƯÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝẠ-ỹ]")
ENGLISH_MAY_WAIT = "content/faq/"
"""The 60 most useful answers are in English: `asked` and `answer` there together or not at all."""

SAID_OTHERWISE = {
    "content/topics/tourism.yml.urgent.steps[2]",  # a visitor shows the Vietnamese sentence, 113 in it
    "content/messages/form.not_understood_money",  # another example of an amount
}

Pair = tuple[str, Any, Any]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT.parent))


def pairs(where: str, value: Any) -> Iterator[Pair]:
    """(place, Vietnamese, English) of everything that is said in either."""
    if isinstance(value, dict):
        if _is_said(value.get("vi")) or _is_said(value.get("en")):
            yield where, value.get("vi"), value.get("en")
        for key, inner in value.items():
            yield from pairs(f"{where}.{key}", inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from pairs(f"{where}[{number}]", inner)


def _is_said(value: Any) -> bool:
    """A sentence or some; tables of words that turn one sentence into another are none."""
    return isinstance(value, str) or (
        isinstance(value, list) and value != [] and all(isinstance(line, str) for line in value)
    )


@cache
def said() -> list[Pair]:
    found = [pair for path in FILES for pair in pairs(name(path), read(path, Any))]
    for file in sorted((ROOT / "messages" / "vi").glob("*.yml")):
        vi, en = (read(ROOT / "messages" / tongue / file.name, dict[str, str]) for tongue in ("vi", "en"))
        found += [(f"content/messages/{file.stem}.{key}", vi.get(key), en.get(key)) for key in vi | en]
    return found


def sentences() -> list[tuple[str, str, str]]:
    return [pair for pair in said() if isinstance(pair[1], str) and isinstance(pair[2], str)]


def facts() -> list[tuple[str, str, str]]:
    assert {where for where, _, _ in sentences()} >= SAID_OTHERWISE
    return [pair for pair in sentences() if pair[0] not in SAID_OTHERWISE]


def test_messages_have_the_same_files_and_keys() -> None:
    tongues = [
        {path.name: list(read(path, dict[str, str])) for path in (ROOT / "messages" / tongue).glob("*.yml")}
        for tongue in ("vi", "en")
    ]
    assert tongues[0].keys() == tongues[1].keys()
    assert [file for file, keys in tongues[0].items() if set(keys) != set(tongues[1][file])] == []


def test_there_is_much_to_compare() -> None:
    assert len(sentences()) > 2000


def test_neither_language_is_missing() -> None:
    missing = [
        where
        for where, vi, en in said()
        if not vi or (not en and not where.startswith(ENGLISH_MAY_WAIT))
        or any(isinstance(text, str) and not text.strip() for text in (vi, en))
    ]  # fmt: skip
    assert missing == []


def test_the_same_places_are_filled_in() -> None:
    assert [where for where, vi, en in sentences() if _places(vi) != _places(en)] == []


def _places(text: str) -> set[str]:
    return set(re.findall(r"{(\w*)}", text))


def test_the_same_telephone_numbers_are_named() -> None:
    assert [where for where, vi, en in facts() if set(NUMBER.findall(vi)) != set(NUMBER.findall(en))] == []


def test_english_names_no_figure_that_vietnamese_does_not() -> None:
    """Amounts, days, articles: a translation that says more than its original is nobody's fact."""
    invented = {where: sorted(_figures(en) - _figures(vi)) for where, vi, en in facts()}
    assert {where: figures for where, figures in invented.items() if figures} == {}


def _figures(text: str) -> set[str]:
    return {figure.lstrip("0") for figure in re.findall(r"\d+", text)}


def test_english_is_english() -> None:
    """Nothing was left as it stood: names of sources aside, English hardly bears Vietnamese marks."""
    told = [pair for pair in sentences() if not pair[0].startswith("content/sources.yml")]
    left = [where for where, vi, en in told if en == vi and len(en.split()) > 3]
    left += [where for where, _, en in told if _marked(en) > len(en.split()) / 2 and len(en.split()) > 3]
    assert left == []


def _marked(text: str) -> int:
    return sum(bool(MARKED.search(word)) for word in text.split())


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"title": {"vi": "a"}}, [("f.title", "a", None)]),
        ([{"asked": {"en": ["b"]}}], [("f[1].asked", None, ["b"])]),
        ({"id": "x"}, []),
    ],
)
def test_pairs_are_found_wherever_they_stand(value: object, found: list[Pair]) -> None:
    assert list(pairs("f", value)) == found
