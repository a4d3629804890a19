"""Products and sellers: whole noun phrases, exact substrings, in time that grows no faster than the text."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.catalog import Catalog, load
from nlu.pipeline import DATA, MODEL
from nlu.rasa_format import read
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.entities import EntityFinder
from nlu.steps.entities.goods import ROLES, Goods, read_word
from nlu.steps.entities.tagger import Sheet, Tagger, best_path, islands
from nlu.steps.normalise import Message
from nlu.train_tagger import learn
from nlu.understanding import Entity
from tests.nlu.conftest import TODAY
from tests.nlu.test_entities import ANY_TEXT

CATALOG = load()
SHORT = Abbreviations(CATALOG.abbreviations)
FINDER = EntityFinder(CATALOG)
ADVERSARIAL = (
    "0 ", "1.", "1-2-", "a@", "5tr ", "thu ", "ngay 1 ", "stk ", "+84", "http://", "kem ", "nha thuoc ",
    "Shop A ", "tuan truoc ", "vd-1", "(", "mat khau ", "xa ", "đ", "\u0301",
)  # fmt: skip


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    """That of the model that set-up has trained."""
    with np.load(MODEL, allow_pickle=False) as arrays:
        learned = Sheet.of(arrays)
    assert learned is not None
    return learned


@pytest.fixture(scope="module")
def tagger(sheet: Sheet, catalog: Catalog) -> Tagger:
    return Tagger(sheet, Goods(catalog.products))


def named(tagger: Tagger | None, text: str, intent: str = "") -> tuple[Entity, ...]:
    message = Message(text, SHORT)
    return FINDER.with_names(message, FINDER.find(message, TODAY), tagger, intent)


@pytest.mark.parametrize(
    ("text", "intent", "product"),
    [
        ("mua nồi cơm điện ở chợ cắm vào là chập", "report_warranty_return", "nồi cơm điện"),
        ("mua noi com dien o cho cam vao la chap", "report_warranty_return", "noi com dien"),
        ("hộp xốp đựng cơm nóng chảy nhão", "report_environment_packaging", "hộp xốp"),
        ("uống thuốc giảm cân mua trên mạng bị mất ngủ", "report_functional_food", "thuốc giảm cân"),
        ("bột giặt Omo này là hàng giả", "report_counterfeit_goods", "bột giặt Omo"),
        ("the rice cooker I bought stopped working", "report_warranty_return", "rice cooker"),
    ],
)
def test_goods_are_whole_noun_phrases(tagger: Tagger, text: str, intent: str, product: str) -> None:
    assert [e.value for e in named(tagger, text, intent) if e.type == "product"] == [product]


def test_what_stands_around_later_is_not_the_product(tagger: Tagger) -> None:
    text = "tôi đặt nồi chiên không dầu trên mạng, mở ra là một viên gạch với cái bút chì"
    found = [e.value for e in named(tagger, text, "report_online_shopping") if e.type == "product"]
    assert found == ["nồi chiên không dầu"]


@pytest.mark.parametrize("use_model", [True, False])
def test_a_seller_is_its_name_without_the_kind_of_shop(tagger: Tagger, use_model: bool) -> None:
    text = "mua thuốc ho ở nhà thuốc Minh Tâm bị hết hạn"
    entities = named(tagger if use_model else None, text, "report_medicine")
    assert [e.value for e in entities if e.type == "seller"] == ["Minh Tâm"]


@pytest.mark.parametrize("text", ["chào ad", "thuê luật sư ở đâu", "vâng gửi đi", "tôi ở xã Yên Mỹ"])
def test_no_product_where_none_is_named(tagger: Tagger, text: str) -> None:
    assert [e for e in named(tagger, text) if e.type == "product"] == []


@given(ANY_TEXT)
@settings(max_examples=150)
def test_names_are_substrings_beside_all_others(tagger: Tagger, text: str) -> None:
    last = 0
    for entity in named(tagger, text, "report_medicine"):
        assert text[entity.start : entity.end] == entity.value
        assert last <= entity.start < entity.end
        last = entity.end


@pytest.mark.parametrize("piece", ADVERSARIAL)
def test_time_grows_no_faster_than_the_text(tagger: Tagger, piece: str) -> None:
    """Four times the text may cost some four times the time; quadratic work would cost sixteen."""
    named(tagger, piece * 50, "report_medicine")
    short, long = (min(_cost(tagger, piece, size) for _ in range(3)) for size in (2_500, 10_000))
    assert long < 10 * short + 0.02


def _cost(tagger: Tagger, piece: str, size: int) -> float:
    text = (piece * size)[:size]
    before = time.thread_time()
    named(tagger, text, "report_medicine")
    return time.thread_time() - before


def test_a_sheet_comes_back_from_its_file(sheet: Sheet, catalog: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "tagger.npz"
    np.savez(file, **sheet.arrays())
    with np.load(file, allow_pickle=False) as arrays:
        again = Sheet.of(arrays)
    assert again is not None
    text = "mua sữa bột ở siêu thị Hoa Mai về pha vón cục"
    goods = Goods(catalog.products)
    assert named(Tagger(again, goods), text) == named(Tagger(sheet, goods), text)
    assert Sheet.of({}) is None


def test_names_are_learned_from_examples(catalog: Catalog) -> None:
    named_in = [example for example in read(DATA) if any(mark.type == "product" for mark in example.marks)]
    some = named_in[::40]
    learned = learn(some, catalog)
    assert learned is not None
    own = Tagger(learned, Goods(catalog.products))
    found = [any(e.type == "product" for e in named(own, example.text, example.intent)) for example in some]
    assert sum(found) >= 0.9 * len(found)


def test_examples_without_names_teach_no_tagger(catalog: Catalog) -> None:
    bare = [example for example in read(DATA)[:400] if not example.marks]
    assert learn(bare, catalog) is None


@pytest.mark.parametrize(
    ("typed", "roles"),
    [("mua nồi cơm điện", ["B3=", "I3=", "E3="]), ("mua noi com dien", ["B3~", "I3~", "E3~"]),
     ("mua nỗi cơm điên", []), ("mua gạo", ["B1="])],
)  # fmt: skip
def test_goods_fit_the_diacritics_that_were_typed(catalog: Catalog, typed: str, roles: list[str]) -> None:
    goods = Goods({"kitchen": "nồi cơm điện, gạo"})
    assert [ROLES[role] for _, role in goods.roles([read_word(word) for word in typed.split()])] == roles


@given(st.lists(st.lists(st.floats(-9, 9), min_size=5, max_size=5), min_size=1, max_size=4))
def test_the_best_path_is_the_best_of_all_paths(rows: list[list[float]]) -> None:
    steps = [[0, -1, -1e4, -1, -1e4], [-1, -2, 2, -2, -1e4], [-1, -2, 1, -2, -1e4], [-1, -2, -1e4, -2, 2],
             [-1, -2, -1e4, -2, 1]]  # fmt: skip

    def score(labels: list[int]) -> float:
        walked = [0, *labels, 0]
        return sum(row[label] for row, label in zip(rows, labels, strict=True)) + sum(
            steps[before][after] for before, after in pairwise(walked)
        )

    paths: list[list[int]] = [[]]
    for _ in rows:
        paths = [[*path, label] for path in paths for label in range(5)]
    assert score(best_path(rows, steps)) == pytest.approx(max(map(score, paths)))


def test_words_far_from_any_entity_are_passed_over() -> None:
    scores = np.zeros((5, 5), dtype=np.float32)
    scores[:, 1:] = -9
    scores[[0, 1, 4], 1] = 1
    assert islands(scores) == [(0, 2), (4, 5)]
