"""A large platform's bad day, drawn from a seed: what its calls meet, and how its events arrive.

    day = BadDay(seed=7, share=0.3)        # of all sends and of all events; `kinds` for some of them only
    day.begin(home.emulators)              # {"telegram": TelegramEmulator, "zalo": ZaloOA, ...}
    ...                                    # people write, the product answers
    await day.end()                        # the platform is well again; what it held back arrives
    day.met[Kind.DROPPED]                  # how often each was met
    day.unanswered["zalo", chat]           # sends that were carried out and whose answer never came

What a call meets (sends only; `SENDS` of each emulator says which those are):

DROPPED   it is carried out, and the connection breaks before the answer
GARBLED   it is carried out, and the answer is no JSON of the platform
SLOW      it is carried out, and answered `slow_seconds` later
STORM     429 in the platform's own form (Zalo OA: -32), for this and for every send in the next
          `storm_seconds` of the emulator's clock; Telegram tells the rest of them as `retry_after`
ERROR     5xx, and nothing is carried out
BROKEN    the connection breaks before anything is carried out. Not drawn unless it is asked for: like DROPPED
          it leaves the product in doubt, and twice in a row it is a reply that ends as uncertain and unseen

How an event arrives:

REPEATED  two or three times
LATE      after the next event of the same chat: an old one after a new one
SHUFFLED  it waits until three such wait, of whatever chats, and they go out in another order

Whether the third send to a chat meets something, and what, depends on the seed, the platform, the chat and
the number three; not on what happens beside it. A run is repeated with its seed.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Kind(StrEnum):
    DROPPED = "dropped"
    GARBLED = "garbled"
    SLOW = "slow"
    STORM = "storm"
    ERROR = "error"
    BROKEN = "broken"
    REPEATED = "repeated"
    LATE = "late"
    SHUFFLED = "shuffled"


OF_CALLS = frozenset({Kind.DROPPED, Kind.GARBLED, Kind.SLOW, Kind.STORM, Kind.ERROR, Kind.BROKEN})
OF_EVENTS = frozenset({Kind.REPEATED, Kind.LATE, Kind.SHUFFLED})
USUAL = frozenset(Kind) - {Kind.BROKEN}

TOGETHER = 3
"""Events that are shuffled with each other."""


class Calls(Protocol):
    """An emulator's faults: they ask the weather where nothing was ordered."""

    weather: Weather | None


class Carrier(Protocol):
    """What brings an emulator's events to the product."""

    weather: Weather | None

    async def clear_up(self) -> None:
        """The weather is over; what it still holds goes out."""


class Emulator(Protocol):
    @property
    def faults(self) -> Calls: ...

    @property
    def carrier(self) -> Carrier: ...

    def seconds(self) -> float:
        """Of the emulator's clock."""


@dataclass
class BadDay:
    seed: int
    share: float = 0.2
    kinds: frozenset[Kind] = USUAL
    slow_seconds: float = 5.0
    storm_seconds: float = 2.0
    met: Counter[Kind] = field(default_factory=Counter)
    unanswered: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By emulator and chat."""
    _over: list[Emulator] = field(default_factory=list)

    def begin(self, emulators: Mapping[str, Emulator | None]) -> None:
        """Those that are None (the web chat has no platform) are left out. May be called for more later."""
        for name, emulator in emulators.items():
            if emulator is not None:
                emulator.faults.weather = emulator.carrier.weather = Weather(self, name, emulator.seconds)
                self._over.append(emulator)

    async def end(self) -> None:
        over, self._over = self._over, []
        for emulator in over:
            emulator.faults.weather = None
            await emulator.carrier.clear_up()


class Weather:
    """A bad day over one emulator."""

    def __init__(self, day: BadDay, name: str, now: Callable[[], float]) -> None:
        self.slow_seconds = day.slow_seconds
        self._day = day
        self._name = name
        self._now = now
        self._counts: Counter[str] = Counter()
        self._storm_until = -math.inf
        self._late: defaultdict[str, list[Any]] = defaultdict(list)
        self._shuffled: list[Any] = []

    def call(self, chat: str) -> Kind | None:
        """What this send to the chat meets."""
        kind = Kind.STORM
        if self._now() >= self._storm_until:
            drawn = self._draw("call", chat, OF_CALLS)
            if drawn is None:
                return None
            kind = drawn
            if kind is Kind.STORM:
                self._storm_until = self._now() + self._day.storm_seconds
        self._day.met[kind] += 1
        if kind in (Kind.DROPPED, Kind.GARBLED):
            self._day.unanswered[self._name, chat] += 1
        return kind

    @property
    def retry_after(self) -> int:
        """Whole seconds that the storm goes on."""
        return max(1, math.ceil(self._storm_until - self._now()))

    def arriving(self, chat: str, event: Any) -> list[Any]:
        """What goes out now that `event` has happened: itself, nothing, older ones behind it."""
        kind = self._draw("event", chat, OF_EVENTS)
        if kind is not None:
            self._day.met[kind] += 1
        if kind is Kind.LATE:
            self._late[chat].append(event)
            return []
        if kind is Kind.SHUFFLED:
            self._shuffled.append(event)
            return self._mixed() if len(self._shuffled) >= TOGETHER else []
        times = self._chance("times", chat).randint(2, 3) if kind is Kind.REPEATED else 1
        return [event] * times + self._late.pop(chat, [])

    def held(self) -> list[Any]:
        """Takes out everything that waits."""
        late, self._late = self._late, defaultdict(list)
        self._shuffled += [event for events in late.values() for event in events]
        return self._mixed()

    def _mixed(self) -> list[Any]:
        mixed, self._shuffled = self._shuffled, []
        self._chance("order", "").shuffle(mixed)
        return mixed

    def _draw(self, what: str, chat: str, among: Iterable[Kind]) -> Kind | None:
        kinds = sorted(self._day.kinds & frozenset(among))
        chance = self._chance(what, chat)
        return chance.choice(kinds) if kinds and chance.random() < self._day.share else None

    def _chance(self, what: str, chat: str) -> random.Random:
        about = f"{what} {chat}"
        self._counts[about] += 1
        return random.Random(f"{self._day.seed} {self._name} {about} {self._counts[about]}")


def chat_of(told: Mapping[str, Any]) -> str:
    """Whom an event of Zalo's is of, or whom a call is to; "" where it does not say."""
    for way in (("sender", "id"), ("follower", "id"), ("message", "chat", "id"), ("chat_id",), ("user_id",)):
        found: Any = told
        for step in way:
            found = found.get(step) if isinstance(found, Mapping) else None
        if isinstance(found, str | int):
            return str(found)
    recipient = told.get("recipient")
    if isinstance(recipient, Mapping):
        return str(recipient.get("user_id") or recipient.get("anonymous_id") or "")
    return ""
