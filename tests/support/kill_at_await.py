"""Kill -9 at the n-th await of a coroutine: every point at which a turn can be cut off, with no trace of
it in the product."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Awaitable, Coroutine, Generator
from typing import Any


class KilledAt(Awaitable[Any]):
    """Runs `work`; where it gives up control for the n-th time (from 1) this process dies, as by kill -9.

    `passed` counts the times it gave up control: run once with n = 0 to learn how many points there are.
    """

    def __init__(self, work: Coroutine[Any, Any, Any], n: int) -> None:
        self._work = work
        self._n = n
        self.passed = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        step = functools.partial(self._work.send, None)
        while True:
            try:
                waits_for = step()
            except StopIteration as done:
                return done.value
            self.passed += 1
            if self.passed == self._n:
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                step = functools.partial(self._work.send, (yield waits_for))
            except BaseException as error:
                step = functools.partial(self._work.throw, error)
