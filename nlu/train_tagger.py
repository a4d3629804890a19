"""Training of the tagger of products and sellers: examples in, the sheet of its weights out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random

import numpy as np

from content.catalog import Catalog
from nlu.augment import Augmenter
from nlu.chain import SEED, Chain, Columns, Sentence, fit
from nlu.intents import split
from nlu.rasa_format import Example
from nlu.steps.entities.goods import Goods, Word, read_word
from nlu.steps.entities.tagger import (
    FIRST,
    LAST,
    MOST_WORDS,
    OFFSETS,
    PRODUCT,
    SELLER,
    Rows,
    Sheet,
    apart,
    intent_name,
)
from nlu.steps.fold import fold, kept
from nlu.steps.normalise import Token

LEAST_WEIGHT = 0.02
UNKNOWN = 0.15
"""Share of copies whose intent is hidden: an answer to a question has none."""
BARE = 0.4
"""Share of copies without diacritics."""
EXPECTED = 0.6
"""From this share of its examples on, an intent comes with a product."""
SILENT, MANY = 0.01, 50
"""Below this share of at least so many examples, an intent comes with no name at all."""
_TYPES = {"product": PRODUCT, "seller": SELLER}
_WORD = re.compile(r"[^\W_]+")
_D = str.maketrans("đĐ", "dD")


def sentences(examples: Sequence[Example], catalog: Catalog) -> Iterator[list[Sentence]]:
    """Each example with a copy without marks or with slips, one that names other goods and sellers."""
    random = Random(SEED)  # noqa: S311 - noise, no secret
    augmenter = Augmenter(catalog.abbreviations, random)
    shelves = _Shelves(catalog.products, examples)
    read: dict[str, Word] = {}
    for example in examples:
        intent = _intent_of(example)
        parts = list(_parts(example))
        noisy = _bare_copy(parts, random) if random.random() < 0.5 else _noisy(parts, augmenter, random)
        copies = [parts, noisy]
        if (other := shelves.swapped(parts, random)) is not None:
            copies.append(_bare_copy(other, random) if random.random() < BARE else other)
        yield [_sentence(copy, intent if random.random() > UNKNOWN else "", read) for copy in copies]


class _Shelves:
    """The goods by kind and the sellers, so that another of a kind can stand where one was named: what is
    bought of whom, where it begins and ends, is to be told by the words around, not by heart."""

    def __init__(self, products: Mapping[str, str], examples: Sequence[Example]) -> None:
        kinds = [[" ".join(name.split()) for name in line.split(",")] for line in products.values()]
        self._shelf = {
            fold(name): [other for other in names if other.isascii() == name.isascii()]
            for names in kinds
            for name in names
        }
        named = (e.text[m.start : m.end] for e in examples for m in e.marks if m.type == "seller")
        self._sellers = list(dict.fromkeys(name for name in named if name[0].isupper()))

    def swapped(self, parts: Sequence[tuple[str, int]], random: Random) -> list[tuple[str, int]] | None:
        """None where nobody stands that we know another for."""
        other = [(self._another(text, label, random), label) for text, label in parts]
        return other if other != parts else None

    def _another(self, text: str, label: int, random: Random) -> str:
        if label == SELLER:
            return random.choice(self._sellers) if text[0].isupper() else text
        shelf = self._shelf.get(fold(text)) if label == PRODUCT else None
        if shelf is None:
            return text
        name = random.choice(shelf)
        return name[0].upper() + name[1:] if text[0].isupper() else name


def _intent_of(example: Example) -> str:
    named = split(example.intent)
    return intent_name(*named) if named else ""


def _parts(example: Example) -> Iterator[tuple[str, int]]:
    """The text cut at its products and sellers."""
    at = 0
    for mark in sorted(example.marks, key=lambda m: m.start):
        if mark.type in _TYPES and mark.start >= at:
            yield example.text[at : mark.start], 0
            yield example.text[mark.start : mark.end], _TYPES[mark.type]
            at = mark.end
    yield example.text[at:], 0


def _bare(text: str) -> str:
    """Without diacritics, capitals as they are."""
    kept_ = (c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return "".join(kept_).translate(_D)


def _bare_copy(parts: list[tuple[str, int]], random: Random) -> list[tuple[str, int]]:
    low = random.random() < 0.5
    return [(_bare(text.lower() if low else text), label) for text, label in parts]


def _noisy(parts: list[tuple[str, int]], augmenter: Augmenter, random: Random) -> list[tuple[str, int]]:
    bare = random.random() < 0.4
    noisy = []
    for text, label in parts:
        changed = augmenter.noisy(text) if text.strip() and (not label or random.random() < 0.5) else text
        noisy.append((_bare(changed) if bare else changed, label))
    return noisy


def _sentence(parts: Sequence[tuple[str, int]], intent: str, read: dict[str, Word]) -> Sentence:
    words, labels, gaps = [read_word(FIRST)], [0], [False]
    text = "".join(part for part, _ in parts)
    ends = np.cumsum([len(part) for part, _ in parts])
    folded = fold(text)
    places = range(len(text) + 1) if len(folded) == len(text) else [*kept(text), len(text)]
    before, number = None, 0
    for match in _WORD.finditer(folded):
        token = Token(match[0], match.start(), match.end())
        start, end = places[token.start], places[token.end]
        came = number
        while start >= ends[number]:
            number += 1
        if text[start:end] not in read:
            read[text[start:end]] = read_word(text[start:end])
        label = parts[number][1]
        gap = before is not None and apart(folded, before, token)
        goes_on = label and labels[-1] and came == number and not gap
        words.append(read[text[start:end]])
        labels.append(label + 1 if goes_on else label)
        gaps.append(gap)
        before = token
    del words[MOST_WORDS:], labels[MOST_WORDS:], gaps[MOST_WORDS:]
    return Sentence([*words, read_word(LAST)], [*labels, 0], [*gaps, False], intent)


def learn(examples: Sequence[Example], catalog: Catalog) -> Sheet | None:
    """None where no example names a product or a seller."""
    if not any(mark.type in _TYPES for example in examples for mark in example.marks):
        return None
    own = [copy for copies in sentences(examples, catalog) for copy in copies]
    chain, columns = fit(own, Goods(catalog.products))
    return sheet(chain, columns, *_habits(examples))


def _habits(examples: Sequence[Example]) -> tuple[frozenset[str], frozenset[str]]:
    """Intents that mostly come with a product, and those that come with neither product nor seller."""
    named: dict[str, list[set[str]]] = {}
    for example in examples:
        named.setdefault(_intent_of(example), []).append({m.type for m in example.marks} & _TYPES.keys())
    return (
        frozenset(name for name, own in named.items() if _share("product" in n for n in own) >= EXPECTED),
        frozenset(
            name for name, own in named.items() if len(own) >= MANY and _share(bool(n) for n in own) < SILENT
        ),
    )


def _share(told: Iterable[bool]) -> float:
    every = list(told)
    return sum(every) / len(every)


def sheet(chain: Chain, columns: Columns, expected: frozenset[str], silent: frozenset[str]) -> Sheet:
    """The chain as its look-ups at run time; rows of nothing are left out."""
    rows = {}
    for kind, offsets in OFFSETS.items():
        own = [(key, first) for (of, key), first in columns.first.items() if of == kind]
        places = np.array([first for _, first in own], dtype=np.intp)[:, None] + np.arange(len(offsets))
        weights = chain.weights[places]
        told = np.abs(weights).max(axis=(1, 2)) > LEAST_WEIGHT if own else np.zeros(0, dtype=np.bool_)
        rows[kind] = Rows([key for (key, _), keep in zip(own, told, strict=True) if keep], weights[told])
    return Sheet(rows, chain.steps, expected, silent)
