"""A message is cut to what a channel can carry: nothing is lost, nothing torn, the best places first."""

from __future__ import annotations

import itertools
import time
import unicodedata
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.app import LIMITS
from bot.delivery.fit import _utf16, fit, split
from bot.delivery.ports import Limits, Outgoing, OutgoingChoice, Want
from content import catalog
from content.schema import Language

SENTENCES = (
    "Ngừng dùng thuốc ngay và giữ lại vỏ hộp.",
    "Bạn gọi 115 nếu thấy khó thở!",
    "Sở Y tế tỉnh Thái Nguyên trả lời trong 10 ngày làm việc (mục tiêu của tỉnh).",
    "Thuốc mua ở đâu?",
)
BLANKS = st.sampled_from([" ", "\n", "\n\n", "  ", " \n \n "])
SIGNS = ["a", "ệ", "e\u0323\u0302", "🇻🇳", "👨‍👩‍👧", "👍🏽", "❤️", "😀", "\u00a0"]
anything = st.text(max_size=400)
mixed = st.lists(st.one_of(st.sampled_from(SIGNS), BLANKS), max_size=200).map("".join)
limits = st.integers(1, 60)


def spaceless(text: str) -> str:
    return "".join(text.split())


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(st.one_of(anything, mixed), limits)
@example("😀😀", 1)
@example("\u0301\u0301\u0301", 1)
def test_nothing_is_lost_and_every_piece_fits(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert spaceless("".join(pieces)) == spaceless(text)
    assert all(len(piece) <= limit for piece in pieces)
    assert all(pieces) or pieces == [""]


@given(st.one_of(anything, mixed), st.integers(2, 60))
def test_emoji_count_two_where_the_platform_counts_so(text: str, limit: int) -> None:
    pieces = split(text, limit, _utf16)
    assert spaceless("".join(pieces)) == spaceless(text)
    assert all(units(piece) <= limit for piece in pieces)


def test_a_sign_larger_than_the_limit_stands_alone() -> None:
    assert split("😀a😀", 1, _utf16) == ["😀", "a", "😀"]


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        split("a", 0)


@given(
    st.lists(st.tuples(st.sampled_from(SENTENCES), BLANKS), min_size=1, max_size=40), st.integers(100, 400)
)
def test_cuts_stand_at_the_ends_of_sentences(parts: list[tuple[str, str]], limit: int) -> None:
    text = "".join(sentence + blank for sentence, blank in parts)
    for piece in split(text, limit):
        assert piece.endswith((".", "!", "?")), piece
        assert piece.startswith(tuple(sentence[:4] for sentence in SENTENCES)), piece


@given(
    st.lists(st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyáạảịợữ", min_size=1, max_size=12), min_size=1, max_size=80)
)
def test_words_stay_whole(words: list[str]) -> None:
    assert [word for piece in split(" ".join(words), 30) for word in piece.split()] == words


@given(st.lists(st.sampled_from(SIGNS[:-1]), min_size=1, max_size=60), st.integers(8, 20))
def test_no_sign_is_torn_from_its_marks(signs: list[str], limit: int) -> None:
    """Every piece is a run of whole signs."""
    text = "".join(signs)
    ends = set(itertools.accumulate(len(sign) for sign in signs))
    at = 0
    for piece in split(text, limit):
        at += len(piece)
        assert at in ends, (piece, text)
        assert not unicodedata.combining(piece[0])


def test_a_paragraph_comes_before_a_sentence_and_a_sentence_before_a_word() -> None:
    text = "Một hai ba.\n\nBốn năm sáu. Bảy tám chín mười."
    assert split(text, 26)[0] == "Một hai ba."
    assert split(text.replace("\n\n", " "), 26)[0] == "Một hai ba. Bốn năm sáu."
    assert split("Một hai ba bốn năm", 12) == ["Một hai ba", "bốn năm"]


def test_a_quotation_is_closed_before_the_cut() -> None:
    text = 'Người bán nói: "Thuốc này chữa khỏi hẳn." Bạn đừng tin lời đó.'
    assert split(text, 50) == ['Người bán nói: "Thuốc này chữa khỏi hẳn."', "Bạn đừng tin lời đó."]


def test_an_address_that_fits_one_message_is_not_torn() -> None:
    address = "https://vi-du.example/" + "a" * 70
    pieces = split(f"Xem {address} rồi gọi lại cho chúng tôi.", 100)
    assert any(address in piece for piece in pieces)
    pieces = split(f"Xem tại đây: {address}", 95)
    assert pieces[-1] == address


def test_an_address_longer_than_a_message_goes_in_pieces() -> None:
    address = "https://vi-du.example/" + "b" * 500
    pieces = split(f"Xem {address} nhé.", 100)
    assert "".join(pieces) == f"Xem{address} nhé."
    assert all(len(piece) <= 100 for piece in pieces)


@pytest.mark.parametrize(
    "text", ["x" * 200_000, "x " * 100_000, "à. " * 70_000, "\n" * 200_000, "😀" * 100_000]
)
def test_a_text_of_any_length_is_split_in_no_time(text: str) -> None:
    began = time.process_time()
    split(text, 2000, _utf16)
    assert time.process_time() - began < 4


def choices(count: int) -> tuple[OutgoingChoice, ...]:
    return tuple(OutgoingChoice(f"Lựa chọn {number}", f"pick:{number}") for number in range(1, count + 1))


ZALO = Limits(text=60, choices=5, numbered=True, wants=frozenset({"phone"}), want_apart=True)


def test_choices_stand_numbered_and_with_the_last_piece() -> None:
    fitted = fit(Outgoing("Bạn ở tỉnh nào? " * 6, choices(7)), ZALO)
    assert len(fitted) > 1
    assert [len(piece.choices) for piece in fitted] == [0] * (len(fitted) - 1) + [5]
    said = "\n".join(piece.text for piece in fitted)
    assert all(f"{number}. Lựa chọn {number}" in said for number in range(1, 8))


def test_buttons_alone_where_everybody_sees_them() -> None:
    [piece] = fit(Outgoing("Chọn:", choices(3)), Limits(text=60, choices=12))
    assert (piece.text, len(piece.choices)) == ("Chọn:", 3)


def test_no_choice_is_lost_where_there_are_more_than_buttons() -> None:
    fitted = fit(Outgoing("Chọn:", choices(4)), Limits(text=60, choices=3))
    assert "4. Lựa chọn 4" in "\n".join(piece.text for piece in fitted)


def test_a_picture_and_a_want_go_with_the_last_piece_only() -> None:
    want = Want("phone", "Gửi số của tôi")
    message = Outgoing("Số của bạn? " * 10, (), "Sở Y tế", want, b"\xff\xd8\xff")
    *before, last = fit(message, Limits(text=60, choices=3, wants=frozenset({"phone"})))
    assert before
    assert not [piece for piece in before if piece.picture or piece.want]
    assert (last.picture, last.want) == (message.picture, want)
    assert {piece.sender for piece in [*before, last]} == {"Sở Y tế"}


def test_a_want_stands_apart_where_it_must_and_is_left_out_where_there_is_none() -> None:
    message = Outgoing("Số của bạn?", choices(1), want=Want("phone", "Gửi số của tôi"))
    first, second = fit(message, ZALO)
    assert (first.want, second.want, second.choices) == (None, message.want, ())
    assert second.text == "Gửi số của tôi"
    [alone] = fit(message, Limits(text=60, choices=2))
    assert alone.want is None


@pytest.mark.parametrize("channel", LIMITS)
def test_whatever_the_catalogue_says_fits_every_channel(channel: str) -> None:
    carried = LIMITS[channel]
    for text in spoken():
        for piece in fit(Outgoing(text, choices(12)), carried):
            assert (units(piece.text) if carried.utf16 else len(piece.text)) <= carried.text
            assert len(piece.choices) <= carried.choices


def spoken() -> list[str]:
    """Every topic's guidance as one message, which is more than any reply says."""
    languages: tuple[Language, ...] = get_args(Language)
    return [
        "\n\n".join(fact.in_(language) for fact in (*known.do, *known.keep, *known.rights, *known.avoid))
        for known in (topic.guidance for topic in catalog.load().topics.values())
        for language in languages
    ]
