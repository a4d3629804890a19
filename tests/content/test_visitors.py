"""Texts for Chinese and Korean visitors: short, sourced, and nothing is loaded before it is reviewed."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from content.catalog import ROOT, Catalog, load, visitor_texts
from content.visitor_checks import MOST_SENTENCES, check, waiting
from content.visitors import VisitorText

BY, ON = "Nguyễn Thị Thử, Sở VHTTDL", dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "content"
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return target


def _edit(copy: Path, language: str, old: str, new: str) -> Path:
    path = copy / "visitors" / f"{language}.yml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return copy


def test_ours_have_no_fault(catalog: Catalog) -> None:
    texts = visitor_texts()
    assert set(texts) == {"zh", "ko"}
    assert check(texts, catalog) == []
    assert all(len(text.sentences) <= MOST_SENTENCES for text in texts.values())


def test_the_catalog_holds_what_is_reviewed_and_nothing_else(catalog: Catalog) -> None:
    assert catalog.visitors == {id_: text for id_, text in visitor_texts().items() if text.reviewed}


def test_a_review_is_a_name_and_a_day(copy: Path) -> None:
    _edit(copy, "zh", "reviewed: false", f"reviewed: true\nreviewed_by: {BY}\nreviewed_on: {ON}")
    _edit(copy, "ko", "reviewed: false", "reviewed: true")
    assert set(load(copy).visitors) == {"zh"}
    assert waiting(visitor_texts(copy)) == ["Korean"]


def test_only_the_catalog_and_the_check_read_the_texts() -> None:
    """Whoever else read the folder could show what nobody has reviewed."""
    root = ROOT.parent
    readers = {
        str(path.relative_to(root))
        for package in ("bot", "actions", "nlu", "content")
        for path in (root / package).rglob("*.py")
        if re.search(r"visitor_texts|/ \"visitors\"", path.read_text("utf-8"))
    }
    assert readers == {"content/catalog.py", "bot/commands/content.py"}


ZH = visitor_texts()["zh"]
FIRST = ZH.sentences[0]

BROKEN: dict[str, tuple[VisitorText, str]] = {
    "reviewed by nobody": (replace(ZH, reviewed=True, reviewed_on=ON), "needs `reviewed_by`"),
    "reviewed on no day": (replace(ZH, reviewed=True, reviewed_by=BY), "needs `reviewed_by`"),
    "a reader, yet not reviewed": (replace(ZH, reviewed_by=BY), "`reviewed` is false"),
    "written by nobody": (replace(ZH, written_by=" "), "who wrote it"),
    "too many": (replace(ZH, sentences=(FIRST,) * 13), "13 sentences"),
    "none": (replace(ZH, sentences=()), "0 sentences"),
    "another language": (replace(ZH, sentences=(replace(FIRST, text="Call 113"),)), "not written in Chinese"),
    "another number": (
        replace(ZH, sentences=(replace(FIRST, text="报警请拨打112"),)),
        "same telephone numbers",
    ),
    "a number that may not be shown": (replace(ZH, hotlines=("H01", "H03")), "114 is not the number"),
    "a hidden hotline": (replace(ZH, hotlines=("H07",)), "113 is not the number"),
    "no origin": (replace(ZH, sentences=(replace(FIRST, sources=()),)), "names no source"),
    "an unknown source": (replace(ZH, sentences=(replace(FIRST, sources=("nobody",)),)), "'nobody'"),
    "long": (replace(ZH, sentences=(replace(FIRST, text="报警" * 50),)), "longer than 80"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_fault_is_found(catalog: Catalog, name: str) -> None:
    text, fault = BROKEN[name]
    assert any(fault in found for found in check({"zh": text}, catalog))
