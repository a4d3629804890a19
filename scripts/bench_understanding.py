"""Part of `make bench`: what it takes to understand one message, in a process of its own.

Prints rows for docs/benchmarks.md. Asked are the sentences of the test set with at most 200 characters, first
with words never met before, then again, then for act and topic alone; and a message of 10,000 characters made
of them. Counted is the processor time of the one thread that understands: it waits for nothing, and what else
the machine does is no part of it.
"""

from __future__ import annotations

import datetime as dt
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from content.catalog import Catalog
    from nlu.pipeline import Pipeline

SENTENCES = Path(__file__).parents[1] / "tests" / "data" / "nlu" / "test.jsonl"
SHORT, LONG = 200, 10_000
REPEATS = 9
DAY = dt.date(2026, 3, 16)


def main() -> None:
    process = psutil.Process()
    bare = process.memory_info().rss
    from content.catalog import load
    from nlu.pipeline import build

    begin = time.thread_time()
    catalog = load()
    read = time.thread_time()
    pipeline = build(catalog)
    loaded = time.thread_time()
    texts = [json.loads(line)["text"] for line in SENTENCES.read_text("utf-8").splitlines()]
    short = [text for text in texts if len(text) <= SHORT]
    taken = [_milliseconds(pipeline.parse, text) for text in short]
    again = [_milliseconds(pipeline.parse, text) for text in short]
    classify = _act_and_topic(pipeline, catalog)
    intents = [_milliseconds(classify, text) for text in short]
    long = " ".join(texts)[:LONG]
    longest = statistics.median(_milliseconds(pipeline.parse, long) for _ in range(REPEATS))
    _row("content read; model and lexicons loaded", f"{read - begin:.2f}; {loaded - read:.2f} s")
    _row(f"a message understood (<= {SHORT} characters, new words), p50 / p95", _cuts(taken))
    _row("the same messages again, p50 / p95", _cuts(again))
    _row("act and topic alone, p50 / p95", _cuts(intents))
    _row(f"a message of {LONG:,} characters", f"{longest:.1f} ms")
    memory = (process.memory_info().rss - bare) / 2**20
    _row("memory of understanding, beyond a bare interpreter", f"{memory:.0f} MB")


def _act_and_topic(pipeline: Pipeline, catalog: Catalog) -> Callable[[str, dt.date], object]:
    """What the engine needs, no more: the message made plain, and of entities those that it weighs."""
    from nlu.steps.abbreviations import Abbreviations
    from nlu.steps.entities import EntityFinder
    from nlu.steps.normalise import Message

    abbreviations, finder, engine = (
        Abbreviations(catalog.abbreviations),
        EntityFinder(catalog),
        pipeline.engine,
    )

    def read(text: str, day: dt.date) -> object:
        message = Message(text, abbreviations, engine.spelling)
        return engine.classify(message, finder.find(message, day))

    return read


def _milliseconds(parse: Callable[[str, dt.date], object], text: str) -> float:
    begin = time.thread_time()
    parse(text, DAY)
    return (time.thread_time() - begin) * 1000


def _cuts(taken: list[float]) -> str:
    cuts = statistics.quantiles(taken, n=100)
    return f"{cuts[49]:.2f} / {cuts[94]:.2f} ms"


def _row(what: str, figure: str) -> None:
    print(f"| {what} | {figure} |", flush=True)


if __name__ == "__main__":
    main()
