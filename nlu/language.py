"""Which of the two languages a message is written in, as far as it can be told from its words."""

from __future__ import annotations

import re

from content.schema import Language

_ENGLISH = frozenset(
    [
        "the",
        "a",
        "an",
        "i",
        "my",
        "me",
        "you",
        "your",
        "he",
        "she",
        "they",
        "we",
        "it",
        "is",
        "are",
        "was",
        "were",
        "am",
        "be",
        "been",
        "do",
        "does",
        "did",
        "have",
        "has",
        "had",
        "not",
        "no",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "from",
        "with",
        "and",
        "or",
        "but",
        "this",
        "that",
        "these",
        "those",
        "what",
        "where",
        "when",
        "who",
        "how",
        "why",
        "can",
        "could",
        "should",
        "would",
        "will",
        "just",
        "want",
        "need",
        "help",
        "please",
        "bought",
        "sold",
        "shop",
        "refused",
        "money",
        "back",
        "after",
        "before",
        "because",
        "them",
        "his",
        "her",
        "our",
        "there",
        "here",
        "if",
        "so",
        "about",
        "very",
        "some",
        "any",
        "hello",
        "hi",
        "thanks",
        "english",
        "speak",
        "read",
        "only",
        "cannot",
        "there's",
        "don't",
        "didn't",
        "can't",
        "isn't",
    ]
)
_ALSO_VIETNAMESE = frozenset(
    {"a", "an", "i", "me", "the", "no", "to", "so", "do", "am", "but", "shop", "hi", "can", "in", "on"}
)
"""Words that undiacritised Vietnamese has too: they count only beside others."""
_VIETNAMESE = re.compile(
    r"[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")


def language_of(text: str) -> Language | None:
    """The language of a sentence; None where it is too short or too mixed to say."""
    words = [word.lower() for word in _WORD.findall(text)]
    if len(words) < 3:
        return None
    english = [word for word in words if word in _ENGLISH]
    telling = [word for word in english if word not in _ALSO_VIETNAMESE]
    marked = [word for word in words if _VIETNAMESE.search(word)]
    if len(marked) * 3 >= len(words):
        return "vi"
    if not marked and len(telling) >= 2 and len(english) * 3 >= len(words):
        return "en"
    return None
