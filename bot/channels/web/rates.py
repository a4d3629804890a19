"""How much one session and one network address may send."""

from __future__ import annotations

import math
import time

import structlog
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

log = structlog.get_logger(__name__)

_REDIS_PAUSE = 30.0
"""Seconds for which Redis is left alone after it failed."""

HOUSEHOLD = 15
"""Mobile networks put many people behind one address: it may send as much as this many sessions."""


class Rates:
    """Counts in Redis when there is one, so that all processes count together.

    Redis away: each process counts for itself, so a flood gets at most as many times through as there are
    processes; nobody is refused for it.
    """

    def __init__(self, redis_url: str | None, *, messages_per_minute: int) -> None:
        self._local = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = SlidingWindowCounterRateLimiter(_redis(redis_url)) if redis_url else None
        self._shared_again_at = 0.0
        self._limits: dict[str, tuple[RateLimitItem, ...]] = {
            "message": (RateLimitItemPerMinute(messages_per_minute),),
            "photos": (RateLimitItemPerMinute(6), RateLimitItemPerDay(60)),
            "read": (RateLimitItemPerMinute(240),),
        }

    async def wait(self, kind: str, session: str, network: str) -> int:
        """Counts one request. 0: go on; otherwise the seconds to wait."""
        for limit in self._limits[kind]:
            crowd = type(limit)(limit.amount * HOUSEHOLD)
            for item, key in ((limit, f"session {session}"), (crowd, f"network {network}")):
                seconds = await self._hit(item, kind, key)
                if seconds:
                    return seconds
        return 0

    async def _hit(self, item: RateLimitItem, *key: str) -> int:
        if self._shared and time.monotonic() >= self._shared_again_at:
            try:
                seconds = await _hit(self._shared, item, *key)
            except StorageError as error:
                if self._shared_again_at == 0.0:
                    log.warning("rate_limits_local", reason=type(error.storage_error).__name__)
                self._shared_again_at = time.monotonic() + _REDIS_PAUSE
            else:
                if self._shared_again_at:
                    log.info("rate_limits_shared_again")
                    self._shared_again_at = 0.0
                return seconds
        return await _hit(self._local, item, *key)


async def _hit(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItem, *key: str) -> int:
    if await limiter.hit(item, *key):
        return 0
    window = await limiter.get_window_stats(item, *key)
    return max(1, math.ceil(window.reset_time - time.time()))


def _redis(url: str) -> Storage:
    url = url.replace("unix://", "redis+unix://", 1) if url.startswith("unix://") else url
    return RedisStorage(
        f"async+{url}",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="ntd-web",
        socket_timeout=0.5,
        socket_connect_timeout=0.5,
    )
