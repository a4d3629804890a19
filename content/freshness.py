"""What nobody has looked at for half a year: still said, but somebody should look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from content.catalog import ProvinceContent

STALE_DAYS = 180


class Dated(msgspec.Struct, frozen=True):
    """An entry with the day on which it was last held against its sources. `where`: its kind and key."""

    where: str
    checked: dt.date


def is_stale(checked: dt.date, today: dt.date) -> bool:
    return (today - checked).days > STALE_DAYS


def stale(*knowledge: msgspec.Struct, today: dt.date) -> list[Dated]:
    """Of a catalog, or of what else was read from `content/`; oldest first."""
    found = [one for known in knowledge for one in dated(known) if is_stale(one.checked, today)]
    return sorted(found, key=lambda one: (one.checked, one.where))


def dated(known: msgspec.Struct) -> Iterator[Dated]:
    """Every entry that bears a day."""
    for name in known.__struct_fields__:
        yield from _dated(name, getattr(known, name))


def _dated(where: str, value: Any) -> Iterator[Dated]:
    if isinstance(value, ProvinceContent):
        value = value.listings
    checked = getattr(value, "checked", None)
    if isinstance(checked, dt.date):
        yield Dated(where, checked)
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _dated(f"{where}: {key}", entry)
