"""Words typed while the Vietnamese keyboard was off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.augment import typed
from nlu.steps.fold import fold
from nlu.steps.keys import is_syllable, meant

WORDS = [
    "điện", "tiền", "được", "chuyển", "khoản", "lừa", "đảo", "thuốc", "hàng", "giả", "người", "ngân",
    "hóa", "đồng", "thủy", "quyết", "nghiêng", "khuyến", "mãi", "bảo", "hiểm", "rượu", "trứng", "thịt",
    "bưởi", "giường"
]  # fmt: skip


@pytest.mark.parametrize("telex", [True, False], ids=["telex", "vni"])
@pytest.mark.parametrize("word", [word for word in WORDS if not word.isascii()])
def test_the_keys_of_a_word_are_read_as_the_word(word: str, telex: bool) -> None:
    assert meant(typed(word, telex)) == word


@pytest.mark.parametrize(
    ("keys", "word"),
    [("ddieenj", "điện"), ("tie62n", "tiền"), ("tieefn", "tiền"), ("d9ie6n5", "điện"), ("muas", "múa")],
)
def test_the_tone_may_be_typed_anywhere_after_its_vowel(keys: str, word: str) -> None:
    assert meant(keys) == word


@pytest.mark.parametrize(
    "word",
    [
        "shop",
        "facebook",
        "tiktok",
        "vietcombank",
        "b52",
        "mp3",
        "k1",
        "qua",
        "hang",
        "thuoc",
        "sao",
        "for",
        "the",
        "500k",
        "5tr",
        "113",
        "đien",
    ],
)
def test_what_is_a_word_already_or_none_at_all_stays(word: str) -> None:
    assert meant(word) == word


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", max_size=12))
def test_only_syllables_come_of_it_and_once_is_enough(word: str) -> None:
    made = meant(word)
    assert made == word or is_syllable(fold(made))
    assert meant(made) == made
