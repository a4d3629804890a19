"""What the judge looks at: what was sent, what lies in the database, what reached people. Times are seconds
since 1970."""

from __future__ import annotations

import msgspec

from scripts.faults.plan import Event
from scripts.faults.platforms import Arrival
from scripts.faults.sender import Posted


class Row(msgspec.Struct, frozen=True):
    """Of the delivery ledger."""

    id: int
    contact: int | None
    channel: str
    kind: str
    state: str
    attempts: int
    platform_id: str | None
    case: int | None
    created_at: float
    ended_at: float | None
    held: bool = False


class Case(msgspec.Struct, frozen=True):
    id: int
    contact: int
    code: str
    filed_at: float
    leads: int
    agencies: int
    """Hand-offs, leads among them."""


class Fall(msgspec.Struct, frozen=True):
    """A trouble that happened, and the claimed rows that lay in the ledger right after it."""

    kind: str
    who: str
    at: float
    until: float
    claimed: tuple[int, ...] = ()


class Evidence(msgspec.Struct):
    name: str
    seed: int
    space: int
    rate: float
    began: float
    seconds: float
    """From the first event to the last 200."""
    events: list[Event]
    event_ids: dict[int, str]
    posted: dict[int, Posted]
    people: dict[str, int]
    """`channel address` -> contact id."""
    stopped: set[int]
    """Contacts that have left."""
    commits: dict[str, float]
    """`channel event id` -> when it was committed."""
    lines: dict[str, int]
    """`channel event id` -> how often it stands in the transcript."""
    letters: dict[str, int]
    """`channel event id` -> how many dead letters."""
    cases: list[Case]
    rows: list[Row]
    arrivals: list[Arrival]
    falls: list[Fall]
    audience: dict[str, Row]
    """`channel address` -> the row of the broadcast for it."""
    planted: dict[str, int]
    """`channel address` of those who left -> the row that waited for them."""
    poisoned: tuple[int, ...]
    """Ledger rows that nobody can read."""
    refusals: dict[str, int]
    storms: int
    """Of the refusals, those that were ordered."""
    unanswered: dict[str, int]
    """`channel address` -> messages that were taken and whose answer was lost on a bad day."""
    megabytes: list[dict[str, float]]
    """At the start and at the end, by process."""
    busy: list[dict[str, float]]
    """Seconds of CPU that each had used at the start and at the end."""
    load: float
    """Of the machine, over the last minute, at the end."""
    fallen: list[tuple[str, float]]
    """Processes that died of themselves, and when that was found."""
    complaints_in_logs: dict[str, int]
    """Error events of the product's logs."""
    leases_moved: bool = False
    """The wait for leases of dead processes was cut short."""
