"""Letters of the trader's leg, ready to copy: what the case holds, in the words of `messages/vi/trader.yml`.

The consumer's telephone and account are in none of them: whether the trader may have them, the consumer says.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from bot.cases import casefile, trader_work
from bot.cases.casefile import CaseFile
from bot.cases.parties import name_of
from bot.cases.trader import Leg
from bot.clock import VIETNAM
from bot.console import shown
from bot.console.desk import Desk
from bot.officers.accounts import Officer
from bot.storage.database import UnitOfWork
from content.catalog import Catalog

Kind = Literal["forward", "remind", "inform"]

_FACTS = ("product", "date", "money", "order_code")
"""Slots of which the letter to the trader speaks, after the story."""


class Letter(msgspec.Struct, frozen=True):
    """`forward`: the request goes to the trader. `remind`: its time is over. `inform`: to the consumer, when
    the trader refused or stayed silent."""

    kind: Kind
    text: str


def of_leg(catalog: Catalog, file: CaseFile, leg: Leg, now: dt.datetime) -> tuple[Letter, ...]:
    """Those that fit where the leg stands."""
    return tuple(Letter(kind, _written(catalog, file, kind, now)) for kind in _kinds(leg, now))


async def one(uow: UnitOfWork, desk: Desk, officer: Officer, code: str, kind: str) -> Letter | None:
    file = await casefile.read(uow, desk.registry.vault, officer, code)
    if file is None:
        return None
    leg = await trader_work.leg_of(uow, desk.registry, file.held.complaint)
    letters = of_leg(desk.registry.catalog, file, leg, desk.now()) if leg else ()
    return next((letter for letter in letters if letter.kind == kind), None)


def day_of(text: str) -> dt.date | None:
    """What a date field of a form holds; None for nothing and for what is no date."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _kinds(leg: Leg, now: dt.datetime) -> tuple[Kind, ...]:
    if leg.state in ("refused", "silent"):
        return ("inform",)
    if leg.state == "reported":
        return ()
    overdue: tuple[Kind, ...] = ("remind",) if _is_overdue(leg, now) else ()
    return ("forward", *overdue) if leg.state in ("waiting", "forwarded") else overdue


def _is_overdue(leg: Leg, now: dt.datetime) -> bool:
    """The trader's own time is over; before the agency has forwarded it, it is not the trader who is late."""
    return leg.state != "waiting" and leg.due_at is not None and leg.due_at < now


def _written(catalog: Catalog, file: CaseFile, kind: Kind, now: dt.datetime) -> str:
    complaint, slots = file.held.complaint, file.details.slots
    today = now.astimezone(VIETNAM).date()
    blank = catalog.say("vi", "trader.blank")
    values = {
        "agency": name_of(catalog, file.held.handoff),
        "province": catalog.provinces[complaint.province].province.name.vi,
        "day": f"{today.day:02d}",
        "month": f"{today.month:02d}",
        "year": today.year,
        "code": complaint.code,
        "trader": slots.get("seller") or blank,
        "topic": shown.topic(catalog, complaint.topic),
        "filed": shown.day(complaint.filed_at),
        "story": slots.get("what_happened") or blank,
        "facts": _facts(catalog, slots),
    }
    return catalog.say("vi", f"trader.letter_{kind}", **values)


def _facts(catalog: Catalog, slots: dict[str, str]) -> str:
    lines = [
        catalog.say(
            "vi",
            "trader.fact",
            label=shown.label(catalog, slot),
            value=shown.value(catalog, slot, slots[slot]),
        )
        for slot in _FACTS
        if slots.get(slot)
    ]
    return "\n".join(lines) or catalog.say("vi", "trader.no_facts")
