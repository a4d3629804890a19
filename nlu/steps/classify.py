"""Choosing an engine's best reading, and what a message means when there is no engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from nlu.phrases import contains
from nlu.steps.concepts import Concepts
from nlu.steps.entities.tagger import Tagger
from nlu.steps.normalise import Message
from nlu.steps.spelling import Spelling
from nlu.understanding import Entity, Guess

ALTERNATIVES = 3


class Reading(msgspec.Struct, frozen=True):
    """What an engine makes of a message: guesses best first, the chance that it is urgent, and the best
    intent by its own name where the engine was trained on intents that are not ours."""

    guesses: Sequence[Guess]
    urgent: float | None = None
    intent: str | None = None
    intent_confidence: float = 0.0


class Engine(Protocol):
    """Anything that reads messages: ours, Rasa's, or the few rules of `nlu.engines.keywords`."""

    @property
    def spelling(self) -> Spelling | None:
        """What mends slips, where the engine has learned how people write."""
        ...

    @property
    def tagger(self) -> Tagger | None:
        """What finds products and sellers, where the model has learned that."""
        ...

    def classify(self, message: Message, entities: Sequence[Entity] = (), /) -> Reading:
        """`entities` are the message's own. Never raises on any text; at least one guess."""
        ...


_ASKING = frozenset({"question", "condition"})
_END = 5
"""Words. Further ahead "I want to complain" may open a question that no mark shows."""
_LAST_WORDS = frozenset({"?", "khong", "ko", "k", "nhi", "ha", "sao", "ai", "gi", "dau", "nao"})


def tells_what_happened(message: Message, concepts: Concepts, phrases: Sequence[str] = ()) -> bool:
    """ "I ended up with a fake" (concept `bought_bad`), "that pump, I want to report it" (one of `phrases` at
    the end), and nothing in it asks or supposes."""
    spoken_of, words = {name for name, _ in concepts.find(message)}, message.plain_words
    told = "bought_bad" in spoken_of or (bool(phrases) and contains(" ".join(words[-_END:]), phrases))
    if not told or not spoken_of.isdisjoint(_ASKING):
        return False
    return words[-1] not in _LAST_WORDS and "?" not in words
