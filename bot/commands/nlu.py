"""`ntd nlu`: train, try and measure the understanding of messages."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands.training import inbox, present_model, train

if TYPE_CHECKING:
    from nlu.pipeline import Pipeline
    from nlu.steps.classify import Reading
    from nlu.understanding import Understanding

_ENGINE = click.option(
    "--engine",
    type=click.Choice(["linear", "rasa"]),
    default="linear",
    show_default=True,
    help="rasa: the server at RASA_URL.",
)
_MODEL = click.option(
    "--model",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A model file other than the set-up's own.",
)


@click.group()
def nlu() -> None:
    """Train, try and measure the understanding of messages."""


nlu.add_command(train)
nlu.add_command(inbox)


@nlu.command(epilog='Example: echo "e bi lua 5tr" | ntd nlu parse')
@_ENGINE
@_MODEL
def parse(engine: str, model: Path | None) -> None:
    """Read lines from standard input, write one JSON object for each."""
    pipeline = _pipeline(engine, model)
    today = _today()
    for raw in sys.stdin.buffer:
        text = raw.removesuffix(b"\n").decode("utf-8", "surrogateescape")
        _write(_as_json(*_understand(pipeline, text, today)))


@nlu.command("eval", epilog="Example: ntd nlu eval tests/data/dev.jsonl")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_ENGINE
@_MODEL
def evaluate(file: Path, engine: str, model: Path | None) -> None:
    """Measure against a file of labelled sentences; the last line printed is one JSON object."""
    import msgspec

    from nlu.evaluate import Labelled
    from nlu.evaluate import evaluate as measure

    pipeline = _pipeline(engine, model)
    today = _today()
    try:
        lines = [line for line in file.read_bytes().split(b"\n") if line.strip()]
        labels = [msgspec.json.decode(line, type=Labelled) for line in lines]
    except msgspec.MsgspecError as error:
        raise click.ClickException(f"{file}: {error}.") from error
    _write(measure(labels, lambda text: _understand(pipeline, text, today)))


def _pipeline(engine: str, model: Path | None) -> Pipeline:
    from content.catalog import load
    from nlu.engines.network import ModelError
    from nlu.pipeline import build

    if model is not None and not model.exists():
        raise click.UsageError(f"There is no model file {model}.")
    try:
        return build(load(), model or present_model(), _rasa() if engine == "rasa" else None)
    except ModelError as error:
        raise click.ClickException(str(error)) from error


def _today() -> dt.date:
    from bot.clock import VIETNAM, SystemClock

    return SystemClock().now().astimezone(VIETNAM).date()


def _rasa() -> Any:
    from bot.settings import read
    from nlu.engines.rasa import RasaEngine

    url = read().rasa_url
    if not url:
        raise click.UsageError("--engine rasa needs the setting RASA_URL, such as http://localhost:5005.")
    return RasaEngine(url)


def _understand(pipeline: Pipeline, text: str, today: dt.date) -> tuple[Understanding, Reading]:
    from nlu.engines.rasa import RasaAway

    try:
        return pipeline.understand(text, today)
    except RasaAway as error:
        raise click.ClickException(str(error)) from error


def _as_json(understanding: Understanding, reading: Reading) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "text": understanding.text,
        "act": understanding.act,
        "topic": understanding.topic,
        "confidence": understanding.confidence,
        "urgent": understanding.urgent,
        "entities": [
            {"type": e.type, "value": e.value, "start": e.start, "end": e.end, "normal": e.normal}
            for e in understanding.entities
        ],
        "alternatives": [
            {"act": g.act, "topic": g.topic, "confidence": g.confidence} for g in understanding.alternatives
        ],
    }
    if reading.intent is not None:
        answer |= {"intent": reading.intent, "intent_confidence": reading.intent_confidence}
    return answer


def _write(answer: dict[str, Any]) -> None:
    """One line; characters that UTF-8 cannot carry (halves of a pair, stray bytes) go as JSON escapes."""
    line = json.dumps(answer, ensure_ascii=False)
    try:
        encoded = line.encode()
    except UnicodeEncodeError:
        encoded = json.dumps(answer).encode()
    sys.stdout.buffer.write(encoded + b"\n")
    sys.stdout.buffer.flush()
