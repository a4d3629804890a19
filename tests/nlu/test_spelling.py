"""Lost blanks and slips of the keyboard, mended; what people write stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.catalog import Catalog, load
from nlu.pipeline import DATA
from nlu.rasa_format import read
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.fold import fold
from nlu.steps.normalise import Message, normalise
from nlu.steps.spelling import Spelling
from nlu.train_spelling import learn

CATALOG: Catalog = load()
SHORT_FORMS = Abbreviations(CATALOG.abbreviations)
SPELLING = learn(
    [e for name in ("bank_fraud", "medicine", "online_shopping") for e in read(DATA / f"{name}.yml")], CATALOG
)
WORDS = [
    "bi",
    "lừa",
    "mất",
    "tiền",
    "quangcao",
    "khogn",
    "chuyenkhoan",
    "shopee",
    "5tr",
    "?",
    "zzzz",
    "ngânhàng",
]
CHATTER = st.lists(st.sampled_from(WORDS) | st.text("abcdeghiklmnoprstuvwxyz", max_size=14), max_size=12)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("em bị lừa chuyểnkhoản cho ngườibán", "em bị lừa chuyển khoản cho người bán"),
        ("mua hang tren mang khogn giao hang", "mua hang tren mang khong giao hang"),
        ("em goi ngân hàngkhoá thẻ", "em goi ngân hàng khoá thẻ"),
        ("mua thuoc o nha thuooc gia", "mua thuoc o nha thuoc gia"),
    ],
)
def test_what_nobody_writes_is_read_as_what_was_meant(written: str, meant: str) -> None:
    assert " ".join(SPELLING.mend(written.split())) == meant


@pytest.mark.parametrize("name", ["panadol", "shopee", "vietcombank", "phố hiến", "sacombank"])
def test_names_of_the_lexicons_stay_as_they_are(name: str) -> None:
    assert SPELLING.mend(name.split()) == name.split()


@given(CHATTER.map(" ".join) | st.text(max_size=120))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text, SHORT_FORMS, SPELLING)
    assert normalise(once, SHORT_FORMS, SPELLING) == once


@given(CHATTER)
def test_no_letter_is_lost_where_only_a_blank_was(words: list[str]) -> None:
    message = Message(" ".join(words), SHORT_FORMS, SPELLING)
    assert len(message.plain.split()) == len(fold(message.marked).split())


def test_a_model_file_keeps_it() -> None:
    again = Spelling.of(SPELLING.arrays())
    assert again is not None
    assert all(again.mend([word]) == SPELLING.mend([word]) for word in WORDS)
    assert Spelling.of({}) is None
