"""What is counted of the platforms' events, for `/metrics`."""

from __future__ import annotations

from prometheus_client import Counter

_UNSUPPORTED = Counter(
    "ntd_unsupported_events",
    "Events of a platform that are answered 200 and not acted upon",
    ["channel", "event"],
)
_REFUSED = Counter("ntd_refused_requests", "Requests to a channel that were refused", ["channel", "why"])


def unsupported(channel: str, event: str) -> None:
    """`event` must come from a fixed list of names, for each becomes a time series: else "other"."""
    _UNSUPPORTED.labels(channel, event).inc()


def refused(channel: str, why: str) -> None:
    """`why`: signature, stale, body ...: one word from a fixed list."""
    _REFUSED.labels(channel, why).inc()
