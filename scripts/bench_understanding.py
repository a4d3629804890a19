"""Part of `make bench`: what it takes to understand one message, in a process of its own.

Prints rows for docs/benchmarks.md. Asked are the sentences of the test set with at most 200 characters, first
with words never met before, then again; and a message of 10,000 characters made of them.
"""

from __future__ import annotations

import datetime as dt
import json
import statistics
import time
from pathlib import Path

import psutil

SENTENCES = Path(__file__).parents[1] / "tests" / "data" / "nlu" / "test.jsonl"
SHORT, LONG = 200, 10_000
REPEATS = 9
DAY = dt.date(2026, 3, 16)


def main() -> None:
    process = psutil.Process()
    bare = process.memory_info().rss
    from content.catalog import load
    from nlu.pipeline import build

    begin = time.perf_counter()
    catalog = load()
    read = time.perf_counter()
    pipeline = build(catalog)
    loaded = time.perf_counter()
    texts = [json.loads(line)["text"] for line in SENTENCES.read_text("utf-8").splitlines()]
    short = [text for text in texts if len(text) <= SHORT]
    taken = [_milliseconds(pipeline.parse, text) for text in short]
    again = [_milliseconds(pipeline.parse, text) for text in short]
    long = " ".join(texts)[:LONG]
    longest = statistics.median(_milliseconds(pipeline.parse, long) for _ in range(REPEATS))
    _row("content read; model and lexicons loaded", f"{read - begin:.2f}; {loaded - read:.2f} s")
    _row(f"a message understood (<= {SHORT} characters, new words), p50 / p95", _cuts(taken))
    _row("the same messages again, p50 / p95", _cuts(again))
    _row(f"a message of {LONG:,} characters", f"{longest:.1f} ms")
    memory = (process.memory_info().rss - bare) / 2**20
    _row("memory of understanding, beyond a bare interpreter", f"{memory:.0f} MB")


def _milliseconds(parse: object, text: str) -> float:
    assert callable(parse)
    begin = time.perf_counter()
    parse(text, DAY)
    return (time.perf_counter() - begin) * 1000


def _cuts(taken: list[float]) -> str:
    cuts = statistics.quantiles(taken, n=100)
    return f"{cuts[49]:.2f} / {cuts[94]:.2f} ms"


def _row(what: str, figure: str) -> None:
    print(f"| {what} | {figure} |", flush=True)


if __name__ == "__main__":
    main()
