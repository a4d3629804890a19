"""What goes wrong, and when: pure, and the same for the same seed.

Moments are counted in accepted events, not in seconds, so that a slow machine gets as many as a quick one.
"""

from __future__ import annotations

import random
from typing import Literal

import msgspec

Kind = Literal[
    "kill web",
    "kill worker",
    "kill both",
    "database restarted",
    "database crashed",
    "database backend killed",
    "database away, disk full",
    "platforms' bad day",
    "redis restarted",
    "worker paused",
    "web paused",
    "clock shifted",
    "ledger poisoned",
]

KILLS: dict[Kind, float] = {"kill web": 11, "kill worker": 5, "kill both": 2}
DATABASE: dict[Kind, float] = {
    "database restarted": 2,
    "database crashed": 3,
    "database backend killed": 2,
}
DATABASE_SHARE = 0.2
"""Database troubles for each kill."""

POISONED, FIRST, LAST = 0.02, 0.1, 0.97
"""Shares of the events: when the ledger is poisoned, and between which other things fall. The poison has some
time for itself, or nobody could tell what delays what."""
PAUSE_SECONDS = 55.0
"""A process is stopped for longer than a lease lasts."""
SKEW_SECONDS = 300.0


class Trouble(msgspec.Struct, frozen=True):
    after: int
    """Accepted events."""
    kind: Kind
    number: int
    """Which of the processes of that kind, from 1."""
    delay: float
    """Seconds, so that it falls at any point of a turn."""
    away: float
    """Seconds until the thing comes back."""
    skew: float = 0.0
    """Seconds by which the clock of the process that comes back is off."""


def make(seed: int, space: int, events: int, kills: int, webs: int, workers: int) -> list[Trouble]:
    """`kills` SIGKILLs and a fifth as many database troubles. With several processes also the troubles that
    only they have: Redis away, a process paused beyond its lease, clocks five minutes off."""
    if not kills:
        return []
    chance = random.Random(f"trouble {seed} {space}")  # noqa: S311 - reproducible, nothing secret
    count = round(kills * DATABASE_SHARE)
    kinds = [_pick(chance, KILLS) for _ in range(kills)] + [_pick(chance, DATABASE) for _ in range(count)]
    kinds += ["database away, disk full", "platforms' bad day"]
    several = webs > 1 or workers > 1
    if several:
        kinds += ["redis restarted", "redis restarted", "clock shifted", "clock shifted"]
    chance.shuffle(kinds)
    if several:  # a pause is long: early, and others go on meanwhile
        kinds[:0] = ["worker paused", "web paused"]
    found = [Trouble(round(events * POISONED), "ledger poisoned", 1, 0.0, 0.0)]
    for place, kind in enumerate(kinds):
        share = (place + chance.uniform(0.1, 0.9)) / len(kinds)
        found.append(
            Trouble(
                after=round(events * (FIRST + (LAST - FIRST) * share)),
                kind=kind,
                number=chance.randint(1, webs if "web" in kind else workers),
                delay=chance.uniform(0, 0.3),
                away=chance.uniform(0.1, 1.5),
                skew=chance.choice((-SKEW_SECONDS, SKEW_SECONDS)) if kind == "clock shifted" else 0.0,
            )
        )
    return sorted(found, key=lambda trouble: trouble.after)


def _pick(chance: random.Random, among: dict[Kind, float]) -> Kind:
    return chance.choices(list(among), list(among.values()))[0]
