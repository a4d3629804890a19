"""The training sentences: enough of each kind, no two alike, no beginning that outweighs the others."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from nlu.intents import OUT_OF_SCOPE, TALK, TOPICAL, split
from nlu.pipeline import DATA
from nlu.rasa_format import Example, read
from nlu.steps.fold import fold

FREQUENT = {
    "bank_fraud", "medicine", "food_prepared", "food_produce", "counterfeit_goods", "online_shopping",
}  # fmt: skip
SHORT = 12
"""Shorter sentences ("ok ạ", "5 triệu") cannot help being alike."""
ALIKE = 0.9
MOST_ALIKE = 3
TELLING_GROUPS = 3


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return read(DATA)


@pytest.fixture(scope="module")
def folded(examples: list[Example]) -> list[str]:
    return [" ".join(fold(example.text).split()) for example in examples]


def test_there_are_enough_of_each_kind(examples: list[Example]) -> None:
    counts = Counter(example.intent for example in examples)
    topics = {own[1] for intent in counts if (own := split(intent)) and own[1]}
    assert len(topics) == 26
    too_few = {
        f"{act}_{topic}": counts[f"{act}_{topic}"]
        for act in TOPICAL
        for topic in topics
        if counts[f"{act}_{topic}"] < 80
    }
    assert too_few == {}
    assert {topic for topic in FREQUENT if counts[f"report_{topic}"] + counts[f"ask_{topic}"] < 200} == set()
    assert {act: counts[act] for act in TALK if counts[act] < 60} == {}
    assert counts[OUT_OF_SCOPE] >= 800
    assert len(examples) >= 6_000


def test_no_sentence_stands_twice(examples: list[Example], folded: list[str]) -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for example, text in zip(examples, folded, strict=True):
        if any(letter.isalnum() for letter in text):
            places[text].append(example.batch)
    assert {text: own for text, own in places.items() if len(own) > 1} == {}


def test_no_sentence_is_nearly_the_same_as_many_others(folded: list[str]) -> None:
    """Similarity: shared groups of four letters over all of both (Jaccard). Only sentences that share one of
    their rarest groups are compared, and two that are alike share nearly all."""
    groups = [frozenset(text[at : at + 4] for at in range(max(1, len(text) - 3))) for text in folded]
    frequency = Counter(group for own in groups for group in own)
    having: dict[str, list[int]] = defaultdict(list)
    rarest = [sorted(own, key=lambda group: (frequency[group], group))[:TELLING_GROUPS] for own in groups]
    for place, own in enumerate(rarest):
        for group in own:
            having[group].append(place)
    crowded = []
    for place, own in enumerate(groups):
        others = {other for group in rarest[place] for other in having[group]} - {place}
        alike = [other for other in others if len(own & groups[other]) >= ALIKE * len(own | groups[other])]
        if len(folded[place]) >= SHORT and len(alike) > MOST_ALIKE:
            crowded.append(folded[place])
    assert crowded == []


def test_no_opening_outweighs_the_others(folded: list[str]) -> None:
    openings = Counter(text.split(" ", 1)[0] for text in folded)
    shares = {word: count / len(folded) for word, count in openings.most_common(10)}
    assert max(shares.values()) <= 0.06, shares
