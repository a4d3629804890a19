"""One key for the ways in which a name of a place is misspelt: by ear, by an accent, without its blanks."""

from __future__ import annotations

_HEARD_ALIKE = (
    ("y", "i"), ("ngh", "ng"), ("gh", "g"), ("ph", "f"), ("tr", "ch"), ("gi", "d"), ("r", "d"), ("x", "s"),
    ("n", "l"), ("k", "c"), ("q", "c"), ("w", "u"), ("z", "d"), ("j", "i"),
)  # fmt: skip
"""Letters that speakers of some place do not tell apart, and those that stand for each other in chats."""

SHORTEST = 5
"""Letters of a key that says enough."""
SHORTEST_ASKED = 3
"""Where a place was asked for."""


def slip_key(folded: str) -> str:
    """`folded` words under one key: "nhu quinh" and "nhuquynh" have the same."""
    key = folded.replace(" ", "").replace("-", "")
    for heard, kept in _HEARD_ALIKE:
        key = key.replace(heard, kept)
    return key
