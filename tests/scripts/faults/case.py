"""A small act in which everything is well; each test spoils one thing."""

from __future__ import annotations

from typing import Any

from scripts.faults.evidence import Case, Evidence, Row
from scripts.faults.judge import judge
from scripts.faults.plan import Event
from scripts.faults.platforms import Arrival
from scripts.faults.sender import Posted
from scripts.faults.verdict import Verdict

QUESTION, FILING, POISON, LEAVE = 1, 2, 3, 4
"""Numbers of the events: all of one person each, and of a contact with the same number."""
GUEST = 5
"""Says nothing, and gets the broadcast."""

BEGAN = 1_000_000.0
"""The first event comes here, the next each a second later; commits after 10 ms, answers after 20."""


def event(number: int, kind: Any = "text", *, files: bool = False) -> Event:
    return Event(number, "telegram", number, str(number), kind, "x", None, float(number), files)


def key(number: int) -> str:
    return f"telegram e{number}"


def row(number: int, contact: int | None, at: float, **other: Any) -> Row:
    """A reply that was sent half a second after it was queued."""
    values: dict[str, Any] = {
        "channel": "telegram",
        "kind": "reply",
        "state": "sent",
        "attempts": 1,
        "case": None,
    }
    values |= {"platform_id": f"m{number}", "created_at": at, "ended_at": at + 0.5}
    return Row(id=number, contact=contact, **values | other)


def arrival(number: int, contact: int, at: float, text: str = "") -> Arrival:
    return Arrival("telegram", str(contact), f"m{number}", text or f"text {number}", at)


def well() -> Evidence:
    """A question with two replies, a complaint with its notice, a poisoned turn, somebody who leaves."""
    events = [event(QUESTION), event(FILING, files=True), event(POISON, "poison"), event(LEAVE, "leave")]
    at = {each.number: BEGAN + each.number for each in events}
    return Evidence(
        name="test",
        seed=1,
        space=1,
        rate=1.0,
        began=BEGAN,
        seconds=10.0,
        events=events,
        event_ids={each.number: f"e{each.number}" for each in events},
        posted={n: Posted(n, moment, accepted_at=moment + 0.02, took=0.02) for n, moment in at.items()},
        people={f"telegram {n}": n for n in at},
        stopped={LEAVE},
        commits={key(n): moment + 0.01 for n, moment in at.items()},
        lines={key(QUESTION): 1, key(FILING): 1},
        letters={key(POISON): 1},
        cases=[Case(7, FILING, "TN-26-000001", at[FILING], leads=1, agencies=1)],
        rows=[
            row(11, QUESTION, at[QUESTION]),
            row(12, QUESTION, at[QUESTION]),
            row(10, QUESTION, BEGAN - 5, channel="web", platform_id=None, ended_at=BEGAN - 4.9),
            row(13, FILING, at[FILING]),
            row(14, None, at[FILING], channel="console", kind="notice", platform_id=None, case=7),
            row(15, POISON, at[POISON]),
            row(16, LEAVE, at[LEAVE] - 1, kind="answer", state="stopped", platform_id=None),
        ],
        arrivals=[
            arrival(11, QUESTION, at[QUESTION] + 0.3),
            arrival(12, QUESTION, at[QUESTION] + 0.4),
            arrival(13, FILING, at[FILING] + 0.3),
            arrival(15, POISON, at[POISON] + 0.3),
            arrival(17, GUEST, BEGAN + 0.4),
        ],
        falls=[],
        audience={f"telegram {GUEST}": row(17, GUEST, BEGAN, kind="broadcast")},
        planted={f"telegram {LEAVE}": 16},
        poisoned=(),
        refusals={"telegram": 0, "zalo": 0, "zalo_bot": 0},
        storms=0,
        unanswered={},
        megabytes=[{"web-1": 100.0}, {"web-1": 101.0}],
        busy=[{"web-1": 1.0}, {"web-1": 1.1}],
        load=0.5,
        fallen=[],
        complaints_in_logs={},
    )


def broken(evidence: Evidence) -> dict[str, str]:
    """What the judge calls broken, with what it measured."""
    return {verdict.what: verdict.measured for verdict in judge(evidence) if verdict.kept is False}


def verdict(evidence: Evidence, begin: str) -> Verdict:
    return next(verdict for verdict in judge(evidence) if verdict.what.startswith(begin))
