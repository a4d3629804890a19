"""Which conditions of `content/lexicon/conditions.yml` a text calls for."""

from __future__ import annotations

import re
from functools import lru_cache

from content.catalog import Catalog
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.fold import fold
from nlu.steps.normalise import Message

_NEGATED = re.compile(r"\b(?:khong phai|khong phai la|khong|chang phai|not|khong he|chua phai|khong co)(?: (?:la|mua|ban|bi|hang|do|thuoc|a|an))? $")
_BUT_KNOWN = re.compile(r"\bkhong (?:biet|ro|chac)(?: \w+){0,3} $")


def conditions(text: str, catalog: Catalog) -> frozenset[str]:
    """Names of the conditions of which some phrase is said and not denied ("không phải hàng giả")."""
    abbreviations = Abbreviations(catalog.abbreviations)
    message = Message(text, abbreviations)
    views = (f" {message.plain} ", " " + " ".join(token.word for token in message.tokens) + " ")
    return frozenset(
        name
        for name, phrases in catalog.conditions.items()
        if any(_said(phrase, view) for phrase in phrases for view in views)
    )


def _said(phrase: str, view: str) -> bool:
    for match in _phrase(phrase).finditer(view):
        before = view[max(0, match.start() - 40) : match.start()]
        if not _NEGATED.search(before) or _BUT_KNOWN.search(before):
            return True
    return False


@lru_cache(maxsize=2048)
def _phrase(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(fold(phrase))}(?!\w)")
