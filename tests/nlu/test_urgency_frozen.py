"""The frozen sentences: all that cannot wait reach the urgent steps, hardly any that can."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from content.catalog import load
from nlu.pipeline import MODEL, Pipeline, build

DATA = Path(__file__).parents[1] / "data" / "nlu"
DAY = dt.date(2026, 3, 16)
RULES = build(load(), None)


def sentences(name: str) -> list[str]:
    lines = (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines if line]


def heard(pipeline: Pipeline, name: str, *, urgent: bool) -> list[str]:
    return [text for text in sentences(name) if pipeline.parse(text, DAY).urgent is urgent]


@pytest.fixture(scope="module", params=["rules alone", "with the model"])
def pipeline(request: pytest.FixtureRequest) -> Pipeline:
    if request.param == "rules alone":
        return RULES
    if not MODEL.exists():
        pytest.skip("no model file: `ntd nlu train`")
    return build(load())


@pytest.mark.parametrize("name", ["urgent", "urgent_dev"])
def test_nobody_in_danger_is_missed(pipeline: Pipeline, name: str) -> None:
    missed = heard(pipeline, name, urgent=False)
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize(("name", "most"), [("calm", 0.03), ("calm_dev", 0.05)])
def test_hardly_any_false_alarm(pipeline: Pipeline, name: str, most: float) -> None:
    alarmed = heard(pipeline, name, urgent=True)
    assert len(alarmed) <= most * len(sentences(name)), "\n".join(alarmed)


def test_the_sets_are_whole() -> None:
    assert len(sentences("urgent")) >= 500
    assert len(sentences("calm")) >= 300
    assert len(sentences("urgent_dev")) == len(sentences("calm_dev")) == 150


def test_of_a_long_message_both_ends_are_read() -> None:
    story = "hôm qua em mua 2 hộp sữa giả, gọi không nghe máy, tiền chuyển rồi mà shop cứ hẹn, nhờ xem giúp. "
    assert not RULES.parse(story * 20, DAY).urgent
    assert RULES.parse(story * 80 + "bây giờ con em khó thở, tím tái rồi", DAY).urgent


@pytest.mark.parametrize(
    ("meant", "other"),
    [
        ("ăn xong mắt mờ dần", "ăn xong mất mở app"),
        ("con em đang co giật", "con em đăng cờ giật giải"),
        ("cháu hóc thạch tím tái", "cháu học thạch thảo tìm tài liệu"),
    ],
)
def test_marks_tell_words_apart(meant: str, other: str) -> None:
    assert RULES.parse(meant, DAY).urgent
    assert not RULES.parse(other, DAY).urgent
