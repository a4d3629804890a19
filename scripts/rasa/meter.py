"""What both sides are measured with. The standard library only: Rasa's Python 3.10 runs it as well."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WARM_UP_SHARE = 10
"""The first of so many messages are answered, but not timed."""


def memory() -> int:
    """Bytes that this process holds now (resident set)."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    command = ["/bin/ps", "-o", "rss=", "-p", str(os.getpid())]
    shown = subprocess.run(command, capture_output=True, check=True)
    return int(shown.stdout) * 1024


class Start:
    """Made before anything else is imported: the bare interpreter, and when it began."""

    def __init__(self) -> None:
        self.bytes = memory()
        self.at = time.perf_counter()


def answered(texts: list[str], parse: Callable[[str], Any]) -> dict[str, Any]:
    """Every answer, and the milliseconds of those that came when all was warm."""
    milliseconds, answers = [], []
    for text in texts:
        began = time.perf_counter()
        answers.append(parse(text))
        milliseconds.append((time.perf_counter() - began) * 1000)
    return {"answers": answers, "milliseconds": milliseconds[len(texts) // WARM_UP_SHARE :]}


def write(file: str, start: Start, loaded_at: float, result: dict[str, Any]) -> None:
    """`result` with the seconds from the bare interpreter to a loaded model, and the memory since then."""
    measured = {"load_seconds": loaded_at - start.at, "memory_bytes": memory() - start.bytes}
    Path(file).write_text(json.dumps({**measured, **result}), "utf-8")


def read_texts(file: str) -> list[str]:
    texts: list[str] = json.loads(Path(file).read_text("utf-8"))
    return texts
