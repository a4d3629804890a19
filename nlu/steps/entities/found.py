"""What a family of entities hands back, and how quarrels between families end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from nlu.understanding import EntityType


class Found(NamedTuple):
    """An entity at `folded[start:end]`."""

    type: EntityType
    start: int
    end: int
    normal: str = ""


def without_overlaps(families: Iterable[Iterable[Found]], length: int) -> list[Found]:
    """Every character belongs to one entity at most: earlier families win, within one the longer."""
    taken = bytearray(length)
    kept: list[Found] = []
    for family in families:
        if own := [*family]:
            for found in sorted(own, key=_longest_first) if len(own) > 1 else own:
                if not any(taken[found.start : found.end]):
                    taken[found.start : found.end] = b"\x01" * (found.end - found.start)
                    kept.append(found)
    return sorted(kept, key=_place) if len(kept) > 1 else kept


def _longest_first(found: Found) -> tuple[int, int]:
    return found.start - found.end, found.start


def _place(found: Found) -> int:
    return found.start
