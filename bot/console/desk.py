"""What the handlers of the console work with."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bot.cases.filing import Registry
from bot.clock import Clock
from bot.console.pages import Pages
from bot.dialogue.letters import Letters
from bot.health.alarms import Alarms
from bot.learning.model import LiveModel
from bot.listings.live import LiveListings
from bot.storage.database import Database
from bot.storage.listen import Listener
from nlu.pipeline import Pipeline

ReadEvidence = Callable[[str], Awaitable[tuple[str, bytes] | None]]
"""Evidence id -> content type and bytes; None where there is no such file any more."""

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True)
class Desk:
    registry: Registry
    database: Database
    clock: Clock
    listener: Listener
    read_evidence: ReadEvidence
    pages: Pages
    pipeline: Pipeline
    live_model: LiveModel
    live_listings: LiveListings
    letters: Letters
    alarms: Alarms
    csrf_key: bytes
    public_host: str | None
    secure: bool
    """Served over https: cookies never travel otherwise."""
    streams: Counter[int] = field(default_factory=Counter)
    """Open streams by officer."""

    @property
    def cookie_name(self) -> str:
        return "__Host-ntd_console" if self.secure else "ntd_console"

    def now(self) -> dt.datetime:
        return self.clock.now()

    def say(self, key: str, **values: object) -> str:
        """A sentence of the console, which speaks Vietnamese only."""
        return self.registry.catalog.say("vi", key, **values)


TheDesk = NamedDependency[SkipValidation[Desk]]
TheForm = NamedDependency[dict[str, str]]
"""The fields that `bot.console.gate.read_form` gave, whose token it checked."""
