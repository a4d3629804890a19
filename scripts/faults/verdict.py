"""What is said of one promise, and the figures in it."""

from __future__ import annotations

import statistics

import msgspec


class Verdict(msgspec.Struct, frozen=True):
    """`kept` None: a figure that nothing is promised about, or that this act could not show."""

    promise: str
    what: str
    measured: str
    kept: bool | None = None


def percentiles(values: list[float]) -> tuple[float, float, float]:
    """50, 95, 99; zeros of nothing."""
    if len(values) < 2:
        return (values[0],) * 3 if values else (0.0, 0.0, 0.0)
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]


def some(found: list[int] | list[str] | list[float] | list[int | None], count: int) -> str:
    return f"{len(found)} of {count}" + (f" (such as {found[0]})" if found else "")
