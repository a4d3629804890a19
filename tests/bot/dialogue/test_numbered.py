"""Picking from a numbered list by words; and what is no pick, however much it looks like one."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.contract import Choice
from bot.delivery.ports import Limits
from bot.dialogue.hearing import typed_choice
from bot.dialogue.numbered import number_meant

LABELS = ("Gửi phản ánh", "Hỏi cách xử lý", "Xem phản ánh đã gửi")
OFFERED = tuple(Choice(label, f"choice:{number}") for number, label in enumerate(LABELS, 1))
NUMBERED = Limits(text=2000, choices=0, numbered=True)
BUTTONS = Limits(text=4096, choices=12)

PICKS = {
    1: [
        "1", "1.", "1)", "số 1", "SỐ MỘT", "cái đầu tiên", "dạ 1 ạ", "lấy cái 1",
        "1. Gửi phản ánh", "1 gui phan anh",
    ],
    2: [
        "2", " 2 ", "2.", "(2)", "[2]", "#2", "２", "2️⃣", "số 2", "so 2", "số hai", "cái thứ hai", "cai thu 2",
        "2 nhé", "2 nhé ạ", "2 nha bạn", "chọn 2", "Chọn số 2 đi", "mình chọn cái thứ 2", "cho em số 2",
        "ok 2", "mục 2", "No. 2", "number 2", "option 2", "the second one", "I choose 2 please",
        "2. Hỏi cách xử lý",
    ],
    3: ["3!", "chọn 3", "em chọn số 3 nhé", "cái thứ ba", "phương án 3", "cái số 3"],
}  # fmt: skip

ANSWERS = [
    "2 người", "5 triệu", "2 triệu", "200k", "2tr", "2.5", "1/11", "ngày 2", "hôm 2", "tháng 3", "3 lần",
    "thứ hai", "thứ 2", "thứ ba", "hai", "ba", "một", "2 em", "2 con", "còn 2", "2 hộp nhé",
    "mua 2", "lấy 2 hộp", "số 2 Lê Lợi", "nhà số 2 ngõ 1", "cái thứ hai bị hỏng", "chọn nhầm 2 món", "4", "0",
    "10", "số 12", "1900", "2. Gửi phản ánh", "", "...", "second hand",
]  # fmt: skip


@pytest.mark.parametrize(("number", "text"), [(n, text) for n, texts in PICKS.items() for text in texts])
def test_a_pick_is_understood(number: int, text: str) -> None:
    assert number_meant(text, LABELS) == number
    assert typed_choice(text, OFFERED, NUMBERED) == f"choice:{number}"


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_of_its_own_is_left_alone(text: str) -> None:
    assert number_meant(text, LABELS) is None
    assert typed_choice(text, OFFERED, NUMBERED) is None


@pytest.mark.parametrize("text", ["2", "số 2", "chọn 3", "2 nhé"])
def test_where_there_are_buttons_a_number_is_no_choice(text: str) -> None:
    assert typed_choice(text, OFFERED, BUTTONS) is None


def test_beyond_the_buttons_that_fit_choices_are_numbered_too() -> None:
    narrow = Limits(text=4096, choices=2)
    assert typed_choice("số 3", OFFERED, narrow) == "choice:3"
    assert typed_choice("3 người", OFFERED, narrow) is None


def test_labels_count_everywhere() -> None:
    assert typed_choice("hoi cach xu ly.", OFFERED, BUTTONS) == "choice:2"
    assert typed_choice("Hỏi cách xử lý", OFFERED, NUMBERED) == "choice:2"


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_any_form_of_unicode_will_do(form: str) -> None:
    for number, texts in PICKS.items():
        for text in texts:
            assert number_meant(unicodedata.normalize(form, text), LABELS) == number, text  # type: ignore[arg-type]


@given(text=st.text(max_size=60), count=st.integers(0, 12))
def test_whatever_is_typed_the_number_is_one_of_the_list(text: str, count: int) -> None:
    number = number_meant(text, tuple(f"Mục {n}" for n in range(count)))
    assert number is None or 1 <= number <= count
