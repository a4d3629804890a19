"""How values are written on the pages: days, moments, amounts, names."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from bot.cases.parties import name_of
from bot.clock import VIETNAM
from content.catalog import Catalog
from content.schema import Basis, SlotKind


def moment(at: dt.datetime) -> str:
    """14:05 21/11/2026, in Viet Nam."""
    return f"{clock(at)} {day(at)}"


def clock(at: dt.datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%H:%M")


def day(at: dt.datetime | dt.date) -> str:
    local = at.astimezone(VIETNAM).date() if isinstance(at, dt.datetime) else at
    return f"{local.day}/{local.month}/{local.year}"


def days_between(earlier: dt.datetime, later: dt.datetime) -> int:
    """Calendar days in Viet Nam; negative when `later` is the earlier one."""
    return (later.astimezone(VIETNAM).date() - earlier.astimezone(VIETNAM).date()).days


def hours_between(earlier: dt.datetime, later: dt.datetime) -> int:
    return int((later - earlier) // dt.timedelta(hours=1))


def masked(value: str) -> str:
    """090•••••01: enough to tell two numbers apart."""
    return value[:3] + "•" * max(3, len(value) - 5) + value[-2:] if len(value) > 6 else "•••"


def dotted(number: int) -> str:
    """5.000.000"""
    return f"{number:,}".replace(",", ".")


def topic(catalog: Catalog, topic_id: str) -> str:
    return catalog.topics[topic_id].title.vi if topic_id in catalog.topics else topic_id


def commune(catalog: Catalog, code: str | None) -> str | None:
    if code is None:
        return None
    return catalog.commune_by_code[code][1].name if code in catalog.commune_by_code else code


def agency(catalog: Catalog, row: Any) -> str:
    return name_of(catalog, row)


class Part(msgspec.Struct, frozen=True):
    """A place in the shape of a hand-off, for its name."""

    province: str
    agency: str
    unit: str | None
    commune: str | None
    clauses: tuple[str, ...] = ()
    basis: str = Basis.FIELD


def as_part(where: Any) -> Part:
    """Of anything with province, agency, unit and commune."""
    return Part(where.province, where.agency, where.unit, where.commune)


def agency_short(catalog: Catalog, province: str | None, agency_id: str | None) -> str:
    content = catalog.provinces.get(province or "")
    if content is None or agency_id not in content.agencies:
        return agency_id or ""
    return content.agencies[agency_id].short


def label(catalog: Catalog, slot: str) -> str:
    return catalog.slots[slot].label.vi if slot in catalog.slots else slot


def value(catalog: Catalog, slot: str, raw: str) -> str:
    """The normal form as it is read; a value that does not fit its kind is shown as it is."""
    kind = catalog.slots[slot].kind if slot in catalog.slots else SlotKind.TEXT
    if kind is SlotKind.MONEY and raw.isdigit():
        return catalog.say("vi", "console.money", amount=dotted(int(raw)))
    if kind is SlotKind.DATE:
        try:
            return day(dt.date.fromisoformat(raw))
        except ValueError:
            return raw
    if kind is SlotKind.BANK and raw in catalog.banks:
        return catalog.banks[raw].name
    return raw


_WHY = (
    ("the mail server refuses the address", "address"),
    ("the mail server refuses our user", "setup"),
    ("no mail server is set up", "setup"),
    ("the mail server", "mail"),
    ("the webhook's address", "setup"),
    ("the webhook leads into a private", "setup"),
    ("the webhook's host name", "unknown_host"),
    ("the webhook redirects", "refused"),
    ("the webhook answers", "refused"),
    ("the webhook", "unreached"),
    ("it took too long", "unreached"),
    ("the slip cannot be made", "ours"),
    ("the case cannot be decrypted", "ours"),
    ("no process that tried it", "ours"),
    ("an error of our own", "ours"),
)
"""Beginnings of the reasons of `bot.handoff`, which are written for operators -> `handoff.why_<name>`."""


def why_stuck(catalog: Catalog, reason: str | None) -> str:
    """Why a hand-off did not get through, as an officer reads it."""
    found = next((name for start, name in _WHY if reason and reason.startswith(start)), "waiting")
    return catalog.say("vi", f"handoff.why_{found}")
