"""The trader's leg of a case: a negotiation that the agency supports (Law 19/2023/QH15, Art. 57). Pure.

The agency forwards the request to the trader within 7 working days (Art. 57(4)); the trader negotiates within
7 working days and reports to the agency within 5 working days after it ended (Art. 57(5)); a refusal is given
in writing, with its reason, within the same 7 working days (Art. 57(6)).
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, get_args

import msgspec

from bot.cases.calendar import Calendar, end_of_day, local_day

State = Literal["waiting", "forwarded", "negotiated", "reported", "refused", "silent"]
"""`waiting`: for the agency to forward it. `negotiated`: it ended and the trader's report is due. The last
three are ends: the trader reported, refused in writing, or did not answer."""

Step = Literal["forward", "negotiate", "report", "refuse", "silence"]
STEPS: tuple[Step, ...] = get_args(Step)

FORWARD_DAYS, NEGOTIATE_DAYS, REPORT_DAYS = 7, 7, 5

ARTICLES: dict[State, str] = {"waiting": "57(4)", "forwarded": "57(5)", "negotiated": "57(5)"}
"""The article that sets the time limit of a state."""

_NEXT: dict[tuple[State, Step], State] = {
    ("waiting", "forward"): "forwarded",
    ("forwarded", "negotiate"): "negotiated",
    ("forwarded", "refuse"): "refused",
    ("forwarded", "silence"): "silent",
    ("forwarded", "report"): "reported",
    ("negotiated", "report"): "reported",
    ("negotiated", "silence"): "silent",
}
_DAYS: dict[State, int] = {"forwarded": NEGOTIATE_DAYS, "negotiated": REPORT_DAYS}


class Leg(msgspec.Struct, frozen=True):
    """`due_at`: the end of the present state's time limit; None where the leg is over."""

    state: State
    due_at: dt.datetime | None

    @property
    def over(self) -> bool:
        return self.state in ("reported", "refused", "silent")

    @property
    def article(self) -> str | None:
        return ARTICLES.get(self.state)


class NotPossibleError(Exception):
    """The step cannot be taken from this state, or not yet."""


def begin(filed_at: dt.datetime, calendar: Calendar) -> Leg:
    """The request has come in."""
    return Leg("waiting", _after(filed_at, FORWARD_DAYS, calendar))


def possible(leg: Leg, now: dt.datetime) -> tuple[Step, ...]:
    """That a trader is silent can be said only when its time is over."""
    over = leg.due_at is not None and leg.due_at < now
    return tuple(step for step in STEPS if (leg.state, step) in _NEXT and (step != "silence" or over))


def take(leg: Leg, step: Step, now: dt.datetime, calendar: Calendar) -> Leg:
    """The leg after a step that is recorded `now`. Raises NotPossibleError."""
    if step not in possible(leg, now):
        raise NotPossibleError(step)
    state = _NEXT[leg.state, step]
    days = _DAYS.get(state)
    return Leg(state, _after(now, days, calendar) if days else None)


def _after(at: dt.datetime, days: int, calendar: Calendar) -> dt.datetime:
    return end_of_day(calendar.add_days(local_day(at), days))
