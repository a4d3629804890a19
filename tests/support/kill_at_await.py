"""Kill -9 at the n-th await of a coroutine: every point at which a turn can be cut off, with no trace of
it in the product."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any


class KilledAt(Awaitable[Any]):
    """Runs `work`; where it gives up control for the n-th time (from 1) this process dies, as by kill -9.

    `passed` counts the times it gave up control: run once with n = 0 to learn how many points there are.
    `passing` hears of each of these points, just before: its number, and who waits for whom.
    """

    def __init__(
        self,
        work: Coroutine[Any, Any, Any],
        n: int,
        passing: Callable[[int, list[str]], None] | None = None,
    ) -> None:
        self._work = work
        self._n = n
        self._passing = passing
        self.passed = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        step = functools.partial(self._work.send, None)
        while True:
            try:
                waits_for = step()
            except StopIteration as done:
                return done.value
            self.passed += 1
            if self._passing is not None:
                self._passing(self.passed, functions(self._work))
            if self.passed == self._n:
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                step = functools.partial(self._work.send, (yield waits_for))
            except BaseException as error:
                step = functools.partial(self._work.throw, error)


def functions(work: Any) -> list[str]:
    """The names of those that wait for each other, the outermost first, as far as Python tells them."""
    found = []
    while work is not None:
        code = getattr(work, "cr_code", None) or getattr(work, "gi_code", None)
        if code is not None:
            found.append(code.co_name)
        work = getattr(work, "cr_await", None) or getattr(work, "gi_yieldfrom", None)
    return found
