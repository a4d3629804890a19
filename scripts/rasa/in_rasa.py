"""Rasa in its own process and Python 3.10: one message after the other, as its server would parse them.

`python -m scripts.rasa.in_rasa MODEL TEXTS OUT`, started by `scripts/rasa/bench.py`.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from typing import Any

from scripts.rasa.meter import Start, answered, read_texts, write


def main(model: str, texts_file: str, out: str) -> None:
    start = Start()
    from rasa.core.agent import Agent  # type: ignore[import-not-found,unused-ignore]
    from rasa.utils.log_utils import configure_structlog  # type: ignore[import-not-found,unused-ignore]

    configure_structlog(logging.ERROR)  # as its server does; otherwise every message is written out
    agent = Agent.load(model)
    loaded_at = time.perf_counter()
    loop = asyncio.new_event_loop()
    result = answered(read_texts(texts_file), lambda text: loop.run_until_complete(agent.parse_message(text)))
    write(out, start, loaded_at, result | {"answers": [_plain(body) for body in result["answers"]]})


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """What `/model/parse` would say, without the rest."""
    ranking = [
        {"name": one["name"], "confidence": float(one["confidence"])} for one in body["intent_ranking"]
    ]
    entities = [
        {"type": one["entity"], "value": body["text"][one["start"] : one["end"]], "start": one["start"],
         "end": one["end"]}
        for one in body["entities"]
    ]  # fmt: skip
    return {"intent_ranking": ranking, "entities": entities}


if __name__ == "__main__":
    main(*sys.argv[1:])
