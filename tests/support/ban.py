"""A platform without patience: who sends more than it allows within any window is banned for good.

emulator.ban = Ban(30, 1.0)          # of any of the three emulators
emulator.ban.highest                 # most sends within any window so far, refused ones included
emulator.ban.banned
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable


class Ban:
    def __init__(self, amount: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self.highest = 0
        self.sends = 0
        self._amount = amount
        self._seconds = seconds
        self._now = now
        self._recent: deque[float] = deque()

    @property
    def banned(self) -> bool:
        return self.highest > self._amount

    def admits(self) -> bool:
        """Counts one send."""
        now = self._now()
        while self._recent and now - self._recent[0] >= self._seconds:
            self._recent.popleft()
        self._recent.append(now)
        self.sends += 1
        self.highest = max(self.highest, len(self._recent))
        return not self.banned
