"""Which conditions of `content/lexicon/conditions.yml` a text calls for."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    as_typed = " ".join(_WORD.findall(spell(text)))
    as_meant = Message(text, Abbreviations(catalog.abbreviations)).marked
    innocent = catalog.conditions.get(NOT_MEANT, ())
    views = [_without(f" {view} ", innocent) for view in dict.fromkeys((as_typed, as_meant))]
    return frozenset(
        name
        for name, phrases in catalog.conditions.items()
        if name != NOT_MEANT and any(_said(phrase, view) for phrase in phrases for view in views)
    )


def _without(view: str, phrases: Iterable[str]) -> str:
    for phrase in phrases:
        view = _phrase(phrase).sub("", view)
    return view


def _said(phrase: str, view: str) -> bool:
    for match in _phrase(phrase).finditer(view):
        before = fold(view[max(0, match.start() - 40) : match.start()])
        if not _NEGATED.search(before) or _BUT_KNOWN.search(before):
            return True
    return False


@lru_cache(maxsize=2048)
def _phrase(phrase: str) -> re.Pattern[str]:
    words = _PART.findall(spell(phrase))
    spellings = words if len(words) == 1 else [_spelling(word) for word in words]
    return re.compile(r"(?<!\w)" + " ".join(spellings).replace(f" {_GAP} ", _GAP) + r"(?!\w)")


def _spelling(word: str) -> str:
    if word == "*":
        return _GAP
    return r"\d\w*" if word == "#" else f"(?:{word}|{fold(word)})"
