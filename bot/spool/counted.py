"""What is counted of the spool, for `/metrics`."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

_WAITING = Gauge("ntd_spool_waiting", "Events that wait on the disk until the database is back")
_SPOOLED = Counter("ntd_spooled_events", "Events that were laid on the disk because the database was away")
_REFUSED = Counter("ntd_spool_refused", "Events that neither the database nor the disk took (answered 503)")
_TAKEN_UP = Counter("ntd_spool_taken_up", "Events that were taken up from the disk")
_SET_ASIDE = Counter("ntd_spool_set_aside", "Events on the disk that could not be taken up")


def spooled(now_waiting: int) -> None:
    _SPOOLED.inc()
    _WAITING.set(now_waiting)


def refused() -> None:
    _REFUSED.inc()


def waiting(number: int) -> None:
    _WAITING.set(number)


def taken_up() -> None:
    _TAKEN_UP.inc()


def set_aside() -> None:
    _SET_ASIDE.inc()
