"""Short turns of phrase, matched on folded text by whole words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from nlu.steps.fold import fold

_FILLERS = re.compile(
    r"\b(a|r|ah|chau|bac|chu|nhe|nha|nhi|oi|ad|admin|bot|em|e|anh|chi|toi|minh|tui|da|vang|roi|thi|la|luon|di|ban|please|plz|pls)\b"
)


def contains(text: str, phrases: Iterable[str]) -> bool:
    """One of the phrases stands in the text."""
    return _pattern(tuple(phrases)).search(_clean(text)) is not None


def opens(text: str, phrases: Iterable[str]) -> bool:
    """The text begins with one of the phrases."""
    return _pattern(tuple(phrases)).match(_clean(text)) is not None


def is_only(text: str, phrases: Iterable[str]) -> bool:
    """The text says some of the phrases and nothing else that matters (particles and forms of address)."""
    clean = _clean(text)
    pattern = _pattern(tuple(phrases))
    if pattern.fullmatch(clean):
        return True
    rest = pattern.sub(" ", clean)
    return rest != clean and not _FILLERS.sub("", rest).strip()


def without(text: str, phrases: Iterable[str]) -> str:
    """The folded text with its opening phrase taken away."""
    clean = _clean(text)
    return _pattern(tuple(phrases)).sub("", clean, count=1).strip()


def _clean(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s'/-]+", " ", fold(text)).split())


@lru_cache(maxsize=256)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(longest_first) + r")(?!\w)")
