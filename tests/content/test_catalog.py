"""The reader refuses what it cannot trust, and says where."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from content.catalog import ROOT, ContentError, load


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """All content, free to be broken."""
    target = tmp_path / "content"
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return target


def _fault(root: Path) -> str:
    with pytest.raises(ContentError) as refused:
        load(root)
    return str(refused.value)


def test_a_missing_file(copy: Path) -> None:
    (copy / "banks.yml").unlink()
    assert "banks.yml: this file is missing" in _fault(copy)


def test_broken_yaml_names_file_and_line(copy: Path) -> None:
    (copy / "banks.yml").write_text("bidv:\n  name: BIDV\n  aliases: [bidv\n", "utf-8")
    assert "banks.yml, line 4: not valid YAML" in _fault(copy)


def test_an_unknown_field_is_named(copy: Path) -> None:
    (copy / "banks.yml").write_text("bidv: {name: BIDV, aliases: [bidv], numbr: '1'}", "utf-8")
    fault = _fault(copy)
    assert "banks.yml" in fault
    assert "numbr" in fault


def test_a_missing_field_is_named(copy: Path) -> None:
    (copy / "banks.yml").write_text("bidv: {name: BIDV}", "utf-8")
    assert "aliases" in _fault(copy)


def test_a_key_written_twice(copy: Path) -> None:
    line = "bidv: {name: BIDV, aliases: [bidv]}\n"
    (copy / "banks.yml").write_text(line + line, "utf-8")
    assert "line 1: not valid YAML (a key stands twice)" in _fault(copy)


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "true story", "false advertising", "Truewave"])
def test_words_stay_words(copy: Path, word: str) -> None:
    (copy / "banks.yml").write_text(f"bidv: {{name: {word}, aliases: [{word}]}}", "utf-8")
    bank = load(copy).banks["bidv"]
    assert (bank.name, bank.aliases) == (word, (word,))


def test_a_new_province_is_a_folder(copy: Path) -> None:
    shutil.copytree(copy / "provinces" / "hung-yen", copy / "provinces" / "ha-nam")
    assert set(load(copy).provinces) == {"ha-nam", "hung-yen", "thai-nguyen"}
