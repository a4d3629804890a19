"""What a trained model understands, and that its file holds nothing but arrays."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.catalog import Catalog
from nlu.augment import typed
from nlu.engines.network import ModelError, NetworkEngine
from nlu.evaluate import Labelled, evaluate
from nlu.intents import TOPICAL, split
from nlu.pipeline import Pipeline, build
from nlu.rasa_format import DataError, Example
from nlu.senses import Senses
from nlu.steps.concepts import Concepts
from nlu.steps.fold import fold
from nlu.train import train
from tests.nlu.conftest import TODAY

LINES = (Path(__file__).parents[1] / "data" / "nlu" / "dev.jsonl").read_text("utf-8").splitlines()
LEAST_ACTS, LEAST_TOPICS = 0.92, 0.89
"""Floors, two points below what docs/nlu.md says: two trainings differ by less."""


def test_sentences_of_others_find_their_act_and_topic(trained: Pipeline) -> None:
    labels = [msgspec.json.decode(line, type=Labelled) for line in LINES]
    figures = evaluate(labels, lambda text: trained.understand(text, TODAY))
    assert figures["act_accuracy"] >= LEAST_ACTS
    assert figures["topic_accuracy"] >= LEAST_TOPICS


def test_every_topic_understands_its_own_sentences(trained: Pipeline, examples: list[Example]) -> None:
    right: dict[str, list[bool]] = defaultdict(list)
    for example in examples:
        named = split(example.intent)
        if named is not None and named[1] is not None:
            right[named[1]].append(trained.parse(example.text, TODAY).topic == named[1])
    assert len(right) == 26
    assert {topic: sum(own) / len(own) for topic, own in right.items() if sum(own) < 0.85 * len(own)} == {}


@pytest.mark.parametrize(
    ("text", "act", "topic"),
    [
        ("e bi lua 5tr tren fb, ck xong no chan luon", "report", "bank_fraud"),
        ("nhà thuốc đầu ngõ bán thuốc giả cho mẹ tôi hôm qua", "report", "medicine"),
        ("shop giao sai hàng không cho đổi trả", "report", "online_shopping"),
        ("luật bảo vệ người tiêu dùng cho tôi những quyền gì", "ask", "consumer_rights"),
        ("cây xăng bơm thiếu, nghi gian lận", "report", "measurement_quality"),
        ("cảm ơn bạn nhiều nhé", "thanks", None),
        ("xin chào", "greet", None),
        ("mai trời có mưa không", "out_of_scope", None),
    ],
)
def test_plain_sentences(trained: Pipeline, text: str, act: str, topic: str | None) -> None:
    understood = trained.parse(text, TODAY)
    assert (understood.act, understood.topic) == (act, topic)


def test_forms_of_one_sentence_mean_the_same(trained: Pipeline) -> None:
    text = "Nhà thuốc bán thuốc giả cho mẹ tôi"
    forms = [text, unicodedata.normalize("NFD", text), text.upper(), fold(text)]
    assert {trained.parse(form, TODAY).topic for form in forms} == {"medicine"}


@given(st.text(st.characters(exclude_categories=()), max_size=300))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_understood_somehow(trained: Pipeline, text: str) -> None:
    understood = trained.parse(text, TODAY)
    assert 0 <= understood.confidence <= 1
    assert (understood.topic is None) == (understood.act not in TOPICAL)
    assert all(text[e.start : e.end] == e.value for e in understood.entities)


def test_unicode_has_no_say_and_the_keyboard_little(trained: Pipeline) -> None:
    """Both forms of Unicode are read the same; keys typed with the Vietnamese keyboard off nearly always."""
    texts = [line["text"] for line in map(json.loads, LINES) if line["style"] == "standard"]
    same: list[bool] = []
    for text in texts:
        understood = trained.parse(text, TODAY)
        decomposed = trained.parse(unicodedata.normalize("NFD", text), TODAY)
        assert (decomposed.act, decomposed.topic, decomposed.urgent) == (
            understood.act,
            understood.topic,
            understood.urgent,
        )
        for telex in (True, False):
            same.append(trained.parse(keys_of(text, telex=telex), TODAY).topic == understood.topic)
    assert sum(same) >= 0.95 * len(same)


def keys_of(text: str, *, telex: bool) -> str:
    return re.sub(r"[^\W\d_]+", lambda word: typed(word[0], telex), text)


def test_confidences_are_shares_and_alternatives_leave_the_best_out(trained: Pipeline) -> None:
    understood = trained.parse("mua thuốc online bị giả shop không hoàn tiền", TODAY)
    guesses = [(g.act, g.topic) for g in understood.alternatives]
    confidences = [understood.confidence, *(g.confidence for g in understood.alternatives)]
    assert len(guesses) <= 3
    assert (understood.act, understood.topic) not in guesses
    assert confidences == sorted(confidences, reverse=True)
    assert 0 < sum(confidences) <= 1.001


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "?", "\ud800", "\x00", "👍", "a" * 10_000, "quá " * 2_500, "ệ̣̣̣" * 500]
)
def test_no_text_is_too_strange(trained: Pipeline, by_rules: Pipeline, text: str) -> None:
    for pipeline in (trained, by_rules):
        assert pipeline.parse(text, TODAY).text == text


def test_work_grows_with_length_and_no_faster(trained: Pipeline) -> None:
    """Counted in calls of functions, so that a busy machine cannot fail it."""

    def calls(text: str) -> int:
        count = 0

        def tick(_frame: object, event: str, _arg: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(tick)
        try:
            trained.parse(text, TODAY)
        finally:
            sys.setprofile(None)
        return count

    story = (
        "hôm qua em mua 2 hộp sữa giả giá 500k ở xã Yên Mỹ, gọi 0912 345 678 không nghe, stk 0123456789 vcb. "
    )
    for text in (story, "12 ", "a.b@", "1tr2 ", "stk là "):
        short, long = (calls(text * (size // len(text))) for size in (1_000, 4_000))
        assert long <= 5 * short


def test_the_same_data_give_the_same_model(tmp_path: Path, catalog: Catalog) -> None:
    data = tmp_path / "data.yml"
    data.write_text(
        "nlu:\n"
        "- intent: greet\n  examples: |\n    - chào bạn\n    - xin chào\n    - alo\n"
        "- intent: report_medicine\n  examples: |\n"
        "    - thuốc giả\n    - bán thuốc hết hạn\n    - nhà thuốc bán thuốc lạ\n",
        "utf-8",
    )
    files = [tmp_path / "one.npz", tmp_path / "two.npz"]
    for file in files:
        train(data, file, catalog)
    assert files[0].read_bytes() == files[1].read_bytes()
    with np.load(files[0], allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_foreign_intents_keep_their_names(tmp_path: Path, catalog: Catalog) -> None:
    data = tmp_path / "data.yml"
    data.write_text(
        "nlu:\n"
        "- intent: book_flight\n  examples: |\n"
        "    - đặt vé máy bay\n    - book a flight\n    - mua vé bay đi Huế\n"
        "- intent: play_music\n  examples: |\n    - mở nhạc\n    - bật bài hát\n    - play a song\n",
        "utf-8",
    )
    assert train(data, tmp_path / "m.npz", catalog).foreign
    pipeline = build(catalog, tmp_path / "m.npz")
    understanding, reading = pipeline.understand("đặt vé bay giúp em", TODAY)
    assert reading.intent == "book_flight"
    assert understanding.act


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04broken"])
def test_a_broken_model_file_says_so(tmp_path: Path, catalog: Catalog, content: bytes) -> None:
    file = tmp_path / "model.npz"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.npz"):
        NetworkEngine.load(file, Senses(Concepts(catalog.concepts)))


def test_data_that_teach_nothing_are_refused(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "data.yml").write_text("nlu:\n- intent: greet\n  examples: |\n    - chào\n", "utf-8")
    with pytest.raises(DataError, match="two intents"):
        train(tmp_path, tmp_path / "m.npz", catalog)
