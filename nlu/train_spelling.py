"""What the spelling of messages is held against: learned from the training sentences and the lexicons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from content.catalog import Catalog
from nlu.rasa_format import Example
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.fold import fold
from nlu.steps.normalise import Message
from nlu.steps.spelling import Spelling

_WORD = re.compile(r"[a-z]+")


def learn(examples: Sequence[Example], catalog: Catalog) -> Spelling:
    """Words of goods, places, banks and of what short forms mean are right, however rare in the sentences."""
    abbreviations = Abbreviations(catalog.abbreviations)
    lines = (Message(example.text, abbreviations).plain.split() for example in examples)
    lexicons = (
        catalog.concepts, catalog.products, catalog.banks, catalog.provinces, catalog.phrases,
        [entry.means for entry in catalog.abbreviations.values()],
    )  # fmt: skip
    names = dict.fromkeys(
        word
        for line in _strings(msgspec.to_builtins(lexicons, enc_hook=str))
        for word in _WORD.findall(fold(line))
    )
    return Spelling.learned(lines, names)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value.lower()
    elif isinstance(value, dict):
        for key, own in value.items():
            yield from _strings(key)
            yield from _strings(own)
    elif isinstance(value, list):
        for own in value:
            yield from _strings(own)
