"""Our pipeline in a process of its own, measured as Rasa is.

`python -m scripts.rasa.ours MODEL TEXTS OUT`, started by `scripts/rasa/bench.py`; with `intents` behind, act
and topic alone are timed. That is a process of its own, too: the engine remembers words that it met.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.rasa.meter import Start, answered, read_texts, write

if TYPE_CHECKING:
    from content.catalog import Catalog
    from nlu.pipeline import Pipeline


def main(model: str, texts_file: str, out: str, what: str = "all") -> None:
    start = Start()
    from content.catalog import load
    from nlu.pipeline import build

    catalog = load()
    pipeline = build(catalog, Path(model))
    loaded_at = time.perf_counter()
    parse = pipeline.parse if what == "all" else _act_and_topic(pipeline, catalog)
    result = answered(read_texts(texts_file), parse)
    write(out, start, loaded_at, result | {"answers": _plain(result["answers"])})


def _act_and_topic(pipeline: Pipeline, catalog: Catalog) -> Callable[[str], Any]:
    """What the engine needs, no more: the message made plain, and of entities those that it weighs."""
    from nlu.steps.abbreviations import Abbreviations
    from nlu.steps.entities import EntityFinder
    from nlu.steps.normalise import Message

    abbreviations, finder, day = Abbreviations(catalog.abbreviations), EntityFinder(catalog), dt.date.today()  # noqa: DTZ011

    def read(text: str) -> Any:
        message = Message(text, abbreviations)
        return pipeline.engine.classify(message, finder.find(message, day))

    return read


def _plain(answers: list[Any]) -> Any:
    import msgspec

    return msgspec.to_builtins(answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
