"""Rasa's NLU YAML in all the shapes that people write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.rasa_format import DataError, Mark, read, unmark


def test_annotations_leave_the_sentence() -> None:
    text, marks = unmark(
        'mất [5tr](money) ở [xã Yên Mỹ]{"entity": "commune", "role": "x"}, [vcb](bank:vietcombank)'
    )
    assert text == "mất 5tr ở xã Yên Mỹ, vcb"
    assert [(m.type, text[m.start : m.end]) for m in marks] == [
        ("money", "5tr"), ("commune", "xã Yên Mỹ"), ("bank", "vcb"),
    ]  # fmt: skip


def test_blocks_lists_and_their_metadata(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.yml").write_text(
        "version: '3.1'\nnlu:\n"
        "- intent: report_x\n  metadata: {urgent: true}\n  examples: |\n    - một [hai](n)\n    - ba\n"
        "- intent: greet\n  examples:\n  - text: chào\n    metadata: {urgent: true}\n  - text: alo\n"
        "- synonym: x\n  examples: |\n    - y\n",
        "utf-8",
    )
    found = read(tmp_path)
    assert [(e.text, e.intent, e.urgent, e.batch) for e in found] == [
        ("một hai", "report_x", True, "a#0"), ("ba", "report_x", True, "a#0"),
        ("chào", "greet", True, "a#1"), ("alo", "greet", False, "a#1"),
    ]  # fmt: skip
    assert found[0].marks == (Mark("n", 4, 7),)


@pytest.mark.parametrize("content", ["nlu: [", "- 1\n- 2\n", "version: '3.1'\n"])
def test_what_holds_no_examples_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.yml").write_text(content, "utf-8")
    with pytest.raises(DataError):
        read(tmp_path)
