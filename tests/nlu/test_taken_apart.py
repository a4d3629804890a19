"""What is remembered by the word, or passed over, is what reading the whole message would give."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from content.catalog import load
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.entities.tagger import best_path, is_drawn_to_nothing
from nlu.steps.fold import fold
from nlu.steps.normalise import _WORD, Message, _words_of, spell

SHORT = Abbreviations(load().abbreviations)
MARKS = "aàăâbcdđeêghiklmnoôơpqrstuưvxy 0123456789.,-/'’!?\n\t\u00a0\u0301\u0323\u031b\u0306ΣσΆßﬁ½²…"
TEXTS = st.text(MARKS, max_size=60) | st.text(max_size=60)
STEPS = [[0.3, -0.5, -1e4, -0.6, -1e4], [-0.5, -0.3, 0.1, -0.2, -1e4], [0.5, -0.3, 0.2, -0.2, -1e4],
         [-0.8, -0.2, -1e4, -0.2, 0.0], [0.3, -0.1, -1e4, -0.1, 0.2]]  # fmt: skip


@given(TEXTS)
def test_a_text_is_spelled_as_its_parts_are(text: str) -> None:
    assert [word for chunk in text.split() for word in _words_of(chunk)] == _WORD.findall(spell(text))


@given(TEXTS)
def test_a_text_is_folded_as_its_letters_are(text: str) -> None:
    assert fold(text) == "".join(fold(letter) for letter in text)


@given(TEXTS)
def test_words_and_gaps_make_up_the_message(text: str) -> None:
    message = Message(text, SHORT)
    gaps, tokens = message.gaps, message.tokens
    whole = "".join(gap + word for gap, word in zip(gaps, [*message.spoken, ""], strict=True))
    assert whole == message.folded
    assert [message.folded[token.start : token.end] for token in tokens] == message.spoken


@given(st.lists(st.lists(st.floats(-9, 0), min_size=4, max_size=4), min_size=1, max_size=6))
def test_where_nothing_looks_like_an_entity_there_is_none(rows: list[list[float]]) -> None:
    assert is_drawn_to_nothing(STEPS)
    assert not any(best_path([[0.0, *row] for row in rows], STEPS))


def test_steps_that_lure_away_are_told() -> None:
    lured = [[*row] for row in STEPS]
    lured[0][1] = 2.0
    assert not is_drawn_to_nothing(lured)
