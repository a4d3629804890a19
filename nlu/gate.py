"""May a fresh model replace the present one? Both are asked the same frozen sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from nlu.evaluate import Labelled, evaluate
from nlu.pipeline import Pipeline
from nlu.rasa_format import DataError

_SETS = Path(__file__).parent.parent / "tests" / "data" / "nlu"
FROZEN = tuple(_SETS / name for name in ("dev.jsonl", "urgent.jsonl", "calm.jsonl"))
"""Of a clone. They are no training data: whoever trains on them makes the comparison worthless."""

TOLERANCE = 0.005
"""By so much a share may fall: half a sentence in a hundred is chance. What is urgent has no tolerance."""

_ALL_HEARD, _ALL_CALM = "urgent", "calm"


class Figure(msgspec.Struct, frozen=True):
    """A share of right answers on one file."""

    file: str
    what: str
    share: float


class Worse(msgspec.Struct, frozen=True):
    """A figure that fell, and from what."""

    before: Figure
    after: Figure

    def __str__(self) -> str:
        was, now = self.before, self.after
        return f"{was.what} on {was.file} {was.share:.1%} -> {now.share:.1%}"


FrozenSets = Mapping[str, Sequence[Labelled]]
"""By file name."""


def read(files: Iterable[Path]) -> FrozenSets:
    """Raises DataError."""
    return {file.name: _labels(file) for file in files}


def _labels(file: Path) -> list[Labelled]:
    try:
        lines = file.read_bytes().splitlines()
        return [msgspec.json.decode(line, type=Labelled) for line in lines if line.strip()]
    except (OSError, msgspec.MsgspecError) as error:
        raise DataError(f"{file}: cannot be read as frozen sentences ({error}).") from error


def figures(pipeline: Pipeline, frozen: FrozenSets) -> list[Figure]:
    """A file without acts is one of what must be heard as urgent, or must not, by the beginning of its name:
    `urgent...`, `calm...`. One with foreign intents is measured by them."""
    return [
        Figure(file, what, share)
        for file, labels in frozen.items()
        for what, share in _shares(pipeline, file, labels).items()
        if share is not None
    ]


def _shares(pipeline: Pipeline, file: str, labels: Sequence[Labelled]) -> dict[str, float | None]:
    if any(label.act or label.intent for label in labels):
        found = evaluate(labels, pipeline.understand)
        return {what: found.get(f"{what}_accuracy") for what in ("act", "topic", "intent")}
    alarms = [pipeline.parse(label.text).urgent for label in labels]
    if not alarms:
        return {}
    if file.startswith(_ALL_HEARD):
        return {_ALL_HEARD: sum(alarms) / len(alarms)}
    return {_ALL_CALM: 1 - sum(alarms) / len(alarms)}


def worse(before: Iterable[Figure], after: Iterable[Figure]) -> list[Worse]:
    """The figures that fell by more than chance; one that there is no longer has fallen to nothing."""
    now = {(figure.file, figure.what): figure for figure in after}
    found = []
    for was in before:
        figure = now.get((was.file, was.what), Figure(was.file, was.what, 0.0))
        if figure.share < was.share - (0 if was.what == _ALL_HEARD else TOLERANCE):
            found.append(Worse(was, figure))
    return found
