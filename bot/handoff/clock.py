"""When a hand-off that did not get through is tried again, and when a person hears of it (promise P7)."""

from __future__ import annotations

import datetime as dt

PAUSES = (dt.timedelta(minutes=1), dt.timedelta(minutes=5), dt.timedelta(minutes=30))
"""After the first, second, third failure; the last one repeats for ever. The first try has none."""

TELL_AFTER_FAILURES = 3
TELL_AFTER = dt.timedelta(hours=1)


def pause_after(failures: int, retry_after: float = 0) -> dt.timedelta:
    """Before the next try, `failures` (1 or more) behind it. `retry_after`: seconds that the receiver asks
    for; it may make us wait longer than the clock, but never longer than the clock's longest pause."""
    asked = min(dt.timedelta(seconds=max(retry_after, 0)), PAUSES[-1])
    return max(PAUSES[min(failures, len(PAUSES)) - 1], asked)


def must_tell(failures: int, waiting: dt.timedelta) -> bool:
    """`waiting`: since the hand-off was queued; it counts also where nobody lived to see a try fail."""
    return failures >= TELL_AFTER_FAILURES or waiting >= TELL_AFTER
