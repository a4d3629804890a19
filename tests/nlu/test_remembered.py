"""What is made of a word is made once, and never without bound."""

from __future__ import annotations

from nlu.steps.remembered import Remembered


def test_a_word_is_made_once_and_a_long_one_each_time() -> None:
    made: list[str] = []

    def make(word: str) -> str:
        made.append(word)
        return word.upper()

    memo = Remembered(make, longest=5)
    assert memo.each(["sữa", "sữa", "nghiêng", "nghiêng"]) == ["SỮA", "SỮA", "NGHIÊNG", "NGHIÊNG"]
    assert made == ["sữa", "nghiêng", "nghiêng"]


def test_it_never_holds_more_than_it_may() -> None:
    memo = Remembered(len, most=10)
    for number in range(1_000):
        assert memo[str(number)] == len(str(number))
        assert len(memo) <= 10
