"""A child of the test's own process, to be killed in the middle of its work."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any


def in_child(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Runs `work` in a forked child; its exit code, or minus the signal that killed it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = asyncio.run(work())
        finally:
            sys.stdout.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
