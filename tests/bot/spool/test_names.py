"""The names of spooled files and their order, whatever chats, clocks and helpers do."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.spool.names import InOrder, Name

MOMENTS = st.integers(0, 10**17 - 1)
CHATS = st.sampled_from([f"{number:032x}" for number in range(4)])
NAMES = st.builds(Name.fresh, CHATS, MOMENTS)


@given(NAMES)
def test_a_name_says_what_it_was_made_of(name: Name) -> None:
    assert Name.read(str(name)) == name


@given(st.lists(NAMES))
def test_names_sort_as_their_texts_do(names: list[Name]) -> None:
    assert [str(name) for name in sorted(names)] == sorted(map(str, names))


@given(st.text())
def test_what_else_lies_there_is_no_name(text: str) -> None:
    found = Name.read(text)
    assert found is None or str(found) == text


@settings(max_examples=40)
@given(st.lists(NAMES, max_size=20), st.integers(1, 5), st.randoms(use_true_random=False))
def test_each_name_once_by_arrival_and_a_chat_s_one_after_the_other(
    names: list[Name], workers: int, chance: random.Random
) -> None:
    """Several workers, who finish in any order."""
    order = InOrder(names)
    under_way: list[Name] = []
    begun: list[Name] = []
    while True:
        while len(under_way) < workers and (name := order.next()) is not None:
            free = [other for other in names if other not in begun and other.chat not in chats(under_way)]
            assert name == min(free), "an earlier one could have been begun"
            under_way.append(name)
            begun.append(name)
        if not under_way:
            break
        finished = under_way.pop(chance.randrange(len(under_way)))
        order.done(finished)
    assert sorted(begun) == sorted(names)


def chats(names: list[Name]) -> set[str]:
    return {name.chat for name in names}


def test_a_chat_that_got_stuck_holds_up_nobody_else() -> None:
    stuck, other = f"{1:032x}", f"{2:032x}"
    names = [Name.fresh(stuck, 1), Name.fresh(stuck, 2), Name.fresh(other, 3), Name.fresh(other, 4)]
    order, begun = InOrder(names), list[Name]()
    while (name := order.next()) is not None:
        begun.append(name)
        if name.chat == other:
            order.done(name)
    assert begun == [names[0], *names[2:]]
