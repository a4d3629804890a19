"""When a message may go: the platforms' rates, the rests that they ask for, and the night.

The dispatcher asks before every send; who has to wait goes back into the ledger with the moment at which it
is worth asking again. Counted in Redis for all processes together. Without Redis one process counts alone, at
the whole rate; where Redis is set and away, each of `processes` goes at its part of the rate.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping

import structlog
from redis.exceptions import RedisError

from bot.clock import VIETNAM, Clock
from bot.delivery.rates import GO, Counted, Lane, Pacing, Turn
from bot.delivery.shared_rates import SharedRates

_AGAIN_SECONDS = 5.0
"""For which Redis is left alone after it failed."""

_QUEUE_SECONDS = 0.5
"""So much of a queue is enough: no more rows are claimed to be told to wait."""

_LOW = 0.1
"""Of the platform's rate left, as it tells: bulk rests."""
_LOW_SECONDS = 10.0

EVENING, MORNING = dt.time(21, 30), dt.time(6, 30)
"""Between them no broadcast is sent (Zalo refuses some from 22:00 to 6:00, code -234)."""

log = structlog.get_logger(__name__)


def until_morning(now: dt.datetime) -> dt.datetime | None:
    """When broadcasts may go again; None by day. Viet Nam's time."""
    local = now.astimezone(VIETNAM)
    if MORNING <= local.time() < EVENING:
        return None
    day = local.date() + dt.timedelta(days=1 if local.time() >= EVENING else 0)
    return dt.datetime.combine(day, MORNING, VIETNAM).astimezone(dt.UTC)


class Pace:
    def __init__(
        self,
        clock: Clock,
        pacings: Mapping[str, Pacing] | None = None,
        redis_url: str | None = None,
        *,
        processes: int = 1,
        again_seconds: float = _AGAIN_SECONDS,
    ) -> None:
        """`pacings` by channel; one without is never made to wait, unless it asks for a rest.
        `processes` that send, counted only while Redis is away."""
        self._clock = clock
        self._pacings = dict(pacings or {})
        self._shared = SharedRates(redis_url) if redis_url else None
        self._processes = processes
        self._again_seconds = again_seconds
        self._away_until: float | None = None
        self._careful_until = 0.0
        """Redis is back here, and others may not have seen it yet."""
        self._counts: dict[str, Counted] = {}
        self._rests: dict[tuple[str, Lane], dt.datetime] = {}
        self._full: dict[tuple[str, Lane], dt.datetime] = {}
        self._flooded: dict[str, int] = {}

    @property
    def alone(self) -> bool:
        """Redis is set and away: this process goes at its part of the rate."""
        return self._away_until is not None

    @property
    def state(self) -> str:
        """For `/health/ready`."""
        if self._shared is None:
            return "alone"
        return "redis away" if self.alone else "shared"

    async def ask(self, channel: str, chat: int | None, lane: Lane) -> Turn:
        """Counts one send to the contact `chat`, or tells how long it has to wait. Raises nothing."""
        wait = self._resting(channel, lane)
        if wait > 0:
            return Turn(wait, "rest")
        pacing = self._pacings.get(channel)
        if pacing is None:
            return GO
        turn = await self._ask(channel, pacing, chat, lane)
        until = self._clock.now() + dt.timedelta(seconds=turn.wait)
        if turn.why == "rest":
            self._rests[channel, lane] = until
        elif turn.why == "rate" and turn.wait > _QUEUE_SECONDS:
            self._full[channel, lane] = until - dt.timedelta(seconds=_QUEUE_SECONDS / 2)
        return turn

    def open(self, channel: str, lane: Lane, *, one_chat: bool = False) -> bool:
        """Whether it is worth claiming rows of the lane now, as far as this process knows. `one_chat`: of one
        chat only, which has to be told its place even where many wait."""
        now = self._clock.now()
        if lane == "bulk" and until_morning(now):
            return False
        return self._resting(channel, lane) <= 0 and (one_chat or self._full.get((channel, lane), now) <= now)

    async def rest(
        self, channel: str, seconds: float, chat: int | None = None, *, only_here: bool = False
    ) -> None:
        """The platform has asked for it. `chat`: it asked while that one was sent to, and does not say
        whether it means all: then bulk rests, and everything once a second chat meets the same. `only_here`:
        something has to be mended, and a process that is started anew tries it at once. Raises nothing."""
        whole = chat is None or self._second(channel, chat)
        if self._shared and not only_here:
            try:
                whole = await self._shared.rest(channel, seconds, chat) or whole
            except (RedisError, OSError) as error:
                self._lost(error)
        until = self._clock.now() + dt.timedelta(seconds=seconds)
        for lane in ("talk", "bulk") if whole else ("bulk",):
            self._rests[channel, lane] = max(self._rests.get((channel, lane), until), until)
        if chat is not None:
            self._flooded[channel] = chat
        log.warning("channel_rests", channel=channel, seconds=seconds, whole=whole)

    async def heed(self, channel: str, limit: int, left: int) -> None:
        """What the platform told with an answer: its rate, for the pacing's seconds, and what is left."""
        pacing = self._pacings.get(channel)
        if pacing is None or limit < 1:
            return
        if limit < pacing.amount:
            log.warning("rate_lower_than_set", channel=channel, set=pacing.amount, told=limit)
            self._pacings[channel] = pacing.lowered(limit)
        if left < limit * _LOW and self._resting(channel, "bulk") <= 0:
            until = self._clock.now() + dt.timedelta(seconds=_LOW_SECONDS)
            self._rests[channel, "bulk"] = until
            log.info("rate_nearly_used", channel=channel, left=left)

    def too_late(self, channel: str, last_seen: dt.datetime | None) -> bool:
        """Whether a broadcast would reach the person outside of the time in which it costs nothing."""
        pacing = self._pacings.get(channel)
        if pacing is None or pacing.bulk_within is None or last_seen is None:
            return False
        return self._clock.now() - last_seen > pacing.bulk_within

    async def close(self) -> None:
        if self._shared:
            await self._shared.close()

    def _resting(self, channel: str, lane: Lane) -> float:
        now = self._clock.now()
        return (self._rests.get((channel, lane), now) - now).total_seconds()

    def _second(self, channel: str, chat: int) -> bool:
        return self._resting(channel, "bulk") > 0 and self._flooded.get(channel, chat) != chat

    async def _ask(self, channel: str, pacing: Pacing, chat: int | None, lane: Lane) -> Turn:
        if self._shared is None:
            return self._count(channel, 0.0).ask(pacing, chat, lane)
        now, mine = time.monotonic(), None
        if self.alone or now < self._careful_until:
            mine = self._ask_alone(channel, pacing, chat, lane)
            if mine.wait > 0 or (self._away_until is not None and now < self._away_until):
                return mine
        try:
            turn = await self._shared.ask(channel, pacing, chat, lane)
        except (RedisError, OSError) as error:
            self._lost(error)
            return mine or self._ask_alone(channel, pacing, chat, lane)
        self._found()
        return turn

    def _ask_alone(self, channel: str, pacing: Pacing, chat: int | None, lane: Lane) -> Turn:
        """Taken over from Redis the rate counts as used up: nobody knows what the others have just sent."""
        mine = pacing.for_one_of(self._processes)
        return self._count(channel, self._seconds() + mine.interval).ask(mine, chat, lane)

    def _count(self, channel: str, used_up: float) -> Counted:
        if channel not in self._counts:
            self._counts[channel] = Counted(self._seconds, used_up=used_up)
        return self._counts[channel]

    def _seconds(self) -> float:
        return self._clock.now().timestamp()

    def _lost(self, error: Exception) -> None:
        if not self.alone:
            log.warning("pace_alone", reason=type(error).__name__, processes=self._processes)
            self._counts.clear()
        self._away_until = time.monotonic() + self._again_seconds

    def _found(self) -> None:
        """It goes on at its own part, now counted by all, until every other one must have looked too."""
        if self.alone:
            log.info("pace_shared_again")
            self._away_until = None
            self._careful_until = time.monotonic() + 2 * self._again_seconds
