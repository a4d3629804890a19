"""The comparison as a Markdown table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from scripts.rasa.figures import Quality, Times
from scripts.rasa.training import Record

NOTHING = "–"


class Cost(msgspec.Struct, frozen=True):
    """What one side takes; bytes and seconds. `intents` are the times for act and topic alone."""

    intents: Times
    whole: Times
    memory_bytes: int
    load_seconds: float
    training: Record
    model_bytes: int
    installed_bytes: int


def markdown(ours: Quality, rasa: Quality, falling_back: Quality, costs: tuple[Cost, Cost]) -> str:
    """Two tables: how well (with Rasa's fallback read in both ways), and at what cost."""
    return "\n".join([*_quality_rows([ours, rasa, falling_back]), "", *_cost_rows(*costs)])


def _quality_rows(sides: Sequence[Quality]) -> Iterator[str]:
    yield "| right answers | ours | Rasa DIET | Rasa, its fallback read as out of scope |"
    yield "|---|---|---|---|"
    names = ("", *sides[0].shown["by_style"])
    for title, key in (("act", "act_accuracy"), ("topic", "topic_accuracy")):
        for style in names:
            figures = [(s.shown["by_style"][style] if style else s.shown)[key] for s in sides]
            yield _row(f"{title}, {_count(sides[0], style)}", map(percent, figures))
    for style in names:
        yield _row(f"out of scope F1, {style or 'all'}", (two(s.foreign_f1.get(style)) for s in sides))
    yield _row("out of scope wrongly accepted", (percent(s.wrongly_accepted) for s in sides))
    yield _row("entities F1", (two(s.shown["entity_f1"]) for s in sides))
    yield _row("expected calibration error", (two(s.shown["ece"]) for s in sides))
    yield _row("wrong answers with confidence > 0.9", map(_certain, sides))


def _count(side: Quality, style: str) -> str:
    of = side.shown["by_style"][style] if style else side.shown
    return f"{style or 'all'} ({of['n']})"


def _certain(side: Quality) -> str:
    if not side.wrong:
        return NOTHING
    return f"{percent(side.certain_of_wrong / side.wrong)} ({side.certain_of_wrong} of {side.wrong})"


def _cost_rows(ours: Cost, rasa: Cost) -> Iterator[str]:
    yield "| cost | ours | Rasa DIET | ratio |"
    yield "|---|---|---|---|"
    timed: tuple[tuple[str, Callable[[Cost], Times]], ...] = (
        ("act and topic alone", lambda cost: cost.intents),
        ("with entities", lambda cost: cost.whole),
    )
    for title, of in timed:
        for part in ("p50", "p95", "p99"):
            pair = [getattr(of(cost), part) for cost in (ours, rasa)]
            yield _row(f"{title}, {part}", [*(f"{ms:.2f} ms" for ms in pair), times_less(*pair)])
    yield _compared("memory over a bare interpreter", ours.memory_bytes, rasa.memory_bytes, megabytes)
    yield _compared("imports and model loaded", ours.load_seconds, rasa.load_seconds, seconds)
    mine, its = ours.training, rasa.training
    yield _compared("training, wall clock", mine.wall_seconds, its.wall_seconds, seconds)
    yield _compared("training, processor time", mine.processor_seconds, its.processor_seconds, seconds)
    yield _compared("model file", ours.model_bytes, rasa.model_bytes, megabytes)
    yield _compared("installed packages", ours.installed_bytes, rasa.installed_bytes, megabytes)


def _compared(title: str, ours: float, rasa: float, shown: Callable[[float], str]) -> str:
    return _row(title, [shown(ours), shown(rasa), times_less(ours, rasa)])


def _row(title: str, cells: Sequence[str] | Iterator[str]) -> str:
    return f"| {title} | {' | '.join(cells)} |"


def times_less(ours: float, rasa: float) -> str:
    """How many times as much Rasa takes."""
    ratio = rasa / ours if ours else 0.0
    return f"{ratio:.0f} ×" if ratio >= 10 else f"{ratio:.1f} ×"


def percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share * 100:.1f} %"


def two(figure: float | None) -> str:
    return NOTHING if figure is None else f"{figure:.2f}"


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB" if size < 1e8 else f"{size / 1e6:,.0f} MB"


def seconds(duration: float) -> str:
    return f"{duration:.2f} s" if duration < 10 else f"{duration:,.0f} s"
