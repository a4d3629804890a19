"""A model that is worse on the frozen sets is told apart from one that is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.gate import Figure, figures, read, worse
from nlu.pipeline import Pipeline
from nlu.rasa_format import DataError


def test_a_fall_by_more_than_chance_is_worse() -> None:
    before = [Figure("dev.jsonl", "topic", 0.900), Figure("urgent.jsonl", "urgent", 1.0)]
    assert worse(before, [Figure("dev.jsonl", "topic", 0.896), before[1]]) == []
    assert worse(before, [Figure("dev.jsonl", "topic", 0.99), before[1]]) == []
    [fallen] = worse(before, [Figure("dev.jsonl", "topic", 0.894), before[1]])
    assert str(fallen) == "topic on dev.jsonl 90.0% -> 89.4%"


def test_what_is_urgent_may_not_fall_at_all() -> None:
    before = [Figure("urgent.jsonl", "urgent", 1.0)]
    assert worse(before, [Figure("urgent.jsonl", "urgent", 0.999)])


def test_a_figure_that_is_gone_has_fallen() -> None:
    assert worse([Figure("dev.jsonl", "act", 0.9)], [])


def test_each_file_is_measured_by_what_it_holds(by_rules: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "dev.jsonl").write_text(
        '{"text": "chào bạn", "act": "greet"}\n{"text": "abc xyz", "act": "greet"}\n', "utf-8"
    )
    danger = "tôi vừa chuyển tiền cho kẻ lừa đảo"
    (tmp_path / "urgent_own.jsonl").write_text(f'{{"text": "{danger}"}}\n{{"text": "cảm ơn"}}\n', "utf-8")
    (tmp_path / "calm.jsonl").write_text(f'{{"text": "{danger}"}}\n{{"text": "cảm ơn"}}\n', "utf-8")
    found = figures(by_rules, read([tmp_path / f"{name}.jsonl" for name in ("dev", "urgent_own", "calm")]))
    assert found == [
        Figure("dev.jsonl", "act", 0.5),
        Figure("urgent_own.jsonl", "urgent", 0.5),
        Figure("calm.jsonl", "calm", 0.5),
    ]


def test_a_file_that_is_no_set_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "dev.jsonl").write_text("{", "utf-8")
    with pytest.raises(DataError, match=r"dev\.jsonl: cannot be read"):
        read([tmp_path / "dev.jsonl"])
