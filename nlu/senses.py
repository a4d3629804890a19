"""Everything that is noticed in a message before it is weighed; rules of urgency are asked afterwards."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from nlu.features import Traits
from nlu.steps.concepts import Concepts
from nlu.steps.entities.goods import Goods
from nlu.steps.fold import fold
from nlu.steps.normalise import Message
from nlu.understanding import Entity

_LEARNED = frozenset({"product", "seller"})
"""Entities that a model finds: their own mistakes would become another model's signs."""
_LENGTHS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89)


class Senses:
    """The lexicons, asked about one message."""

    def __init__(self, concepts: Concepts, goods: Goods | None = None) -> None:
        """`goods`: for a tagger, where the model has one."""
        self._concepts, self.goods = concepts, goods
        self._concept = {(name, sure): f"c{name}/{sure}" for name in concepts.names for sure in (True, False)}

    def traits(self, message: Message, entities: Sequence[Entity]) -> Traits:
        """What the engine learns from and weighs."""
        concepts = [self._concept[spoken_of] for spoken_of in self._concepts.find(message)]
        named = [one for one in entities if one.type not in _LEARNED]
        covered = sum([len(fold(one.value)) for one in named]) / max(1, len(message.folded))
        told = [f"e{one.type}" for one in named]
        told += [f"ecovered {covered * 5:.0f}", f"elength {bisect_right(_LENGTHS, len(message.words))}"]
        return Traits.of(message.plain_words, message.words, concepts, told)
