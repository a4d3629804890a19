"""Which conditions of `content/lexicon/conditions.yml` a text calls for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from content.catalog import Catalog
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.fold import fold
from nlu.steps.normalise import Message, spell

NOT_MEANT = "not_meant"
"""Not a condition: phrases that are taken out of the text before any other is looked for."""

_WORD = re.compile(r"[^\W_]+")
_PART = re.compile(r"[^\W_]+|[*#]")
_GAP = r"(?: \w+){0,3} "
_DENIED = (
    "khong phai|khong phai la|khong|chang phai|not|khong he|chua phai|khong co",
    "la|mua|ban|bi|hang|do|thuoc|a|an",
)
_NEGATED = re.compile(rf"\b(?:{_DENIED[0]})(?: (?:{_DENIED[1]}))? $")
_BUT_KNOWN = re.compile(r"\bkhong (?:biet|ro|chac)(?: \w+){0,3} $")


def conditions(text: str, catalog: Catalog) -> frozenset[str]:
    """Names of the conditions of which some phrase is said and not denied ("không phải hàng giả").

    A phrase is written with its diacritics. Its words are also found without any, as people type, but never
    with others: "giá" is not "giả". A phrase of one word is found only as it is written: "gia" says little.
    In a phrase, * stands for up to three words and # for a number ("thuốc * giả", "giá #").
    """
    innocent = _phrases(catalog.conditions.get(NOT_MEANT, ()))
    views = [innocent.sub("", view) for view in _views(text, catalog)]
    return frozenset(
        name
        for name, phrases in catalog.conditions.items()
        if name != NOT_MEANT and any(_said(_phrases(phrases), view) for view in views)
    )


def called_for(text: str, catalog: Catalog, named: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Those of `named` of which some phrase is said and not denied, in their order. A phrase may hold what is
    not meant elsewhere ("giả công an" holds "gia công"), but may not be cut out of it."""
    innocent = _phrases(catalog.conditions.get(NOT_MEANT, ()))
    views = [(view, [m.span() for m in innocent.finditer(view)]) for view in _views(text, catalog)]
    return [
        name
        for name, phrases in named.items()
        if any(_said(_phrases(phrases), view, spans) for view, spans in views)
    ]


def _views(text: str, catalog: Catalog) -> list[str]:
    """The words as they were typed, and as they are meant."""
    as_typed = " ".join(_WORD.findall(spell(text)))
    as_meant = Message(text, _abbreviations(catalog)).marked
    return [f" {view} " for view in dict.fromkeys((as_typed, as_meant))]


def _said(phrases: re.Pattern[str], view: str, innocent: Sequence[tuple[int, int]] = ()) -> bool:
    for match in phrases.finditer(view):
        if any(_cuts(match.span(), span) for span in innocent):
            continue
        before = fold(view[max(0, match.start() - 40) : match.start()])
        if not _NEGATED.search(before) or _BUT_KNOWN.search(before):
            return True
    return False


def _cuts(phrase: tuple[int, int], other: tuple[int, int]) -> bool:
    """They share words, and the other one has words of its own."""
    overlap = phrase[0] < other[1] and other[0] < phrase[1]
    return overlap and not (phrase[0] <= other[0] and other[1] <= phrase[1])


@lru_cache(maxsize=4)
def _abbreviations(catalog: Catalog) -> Abbreviations:
    return Abbreviations(catalog.abbreviations)


@lru_cache(maxsize=512)
def _phrases(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the phrases, the longest first; nothing at all where there are none."""
    spelled = [_spelled(phrase) for phrase in sorted(phrases, key=len, reverse=True)]
    return re.compile(r"(?<!\w)(?:" + "|".join(spelled or ["(?!)"]) + r")(?!\w)")


def _spelled(phrase: str) -> str:
    words = _PART.findall(spell(phrase))
    spellings = words if len(words) == 1 else [_spelling(word) for word in words]
    return " ".join(spellings).replace(f" {_GAP} ", _GAP)


def _spelling(word: str) -> str:
    if word == "*":
        return _GAP
    if word == "#":
        return r"\d\w*"
    typed = dict.fromkeys(
        (word, fold(word), spell(fold(word)))
    )  # "bưu" is typed "buu", which is spelled "bu"
    return f"(?:{'|'.join(typed)})"
