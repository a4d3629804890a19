"""The rate of a platform, counted in Redis by all processes together: `rates.Counted` as one script.

It runs by the clock of Redis, so processes whose clocks differ still agree. The keys hold numbers of contacts
and moments, and end by themselves.
"""

from __future__ import annotations

import math
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from bot.delivery.rates import GO, Lane, Pacing, Turn

SECONDS = 1.0
"""For one question: beyond it Redis counts as away. A connection that was closed is opened again once."""

_MICRO = 1_000_000

_ASK = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local interval, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2])
local chat_interval, chat_tolerance = tonumber(ARGV[3]), tonumber(ARGV[4])

local function used(key)
  return math.max(tonumber(redis.call('GET', key) or '0'), now)
end
local function use(key, till)
  redis.call('SET', key, string.format('%.0f', till), 'PX', math.ceil((till - now) / 1000) + 1000)
end

local rest = redis.call('PTTL', KEYS[1])
if ARGV[5] == 'bulk' then rest = math.max(rest, redis.call('PTTL', KEYS[2])) end
if rest > 0 then return {rest * 1000, 'rest'} end

local all = used(KEYS[3])
local wait, chat, chat_wait = all - now - tolerance, now, 0
if chat_interval > 0 then
  chat = used(KEYS[4])
  chat_wait = chat - now - chat_tolerance
end
if chat_wait > 0 and chat_wait > wait then return {chat_wait, 'chat'} end
if wait > 0 then
  local place = math.max(tonumber(redis.call('GET', KEYS[5]) or '0'), now + wait)
  use(KEYS[5], place + interval)
  return {place - now, 'rate'}
end
use(KEYS[3], all + interval)
if chat_interval > 0 then use(KEYS[4], chat + chat_interval) end
return {0, 'go'}
"""

_REST = """
local key = KEYS[1]
if ARGV[2] ~= '' then
  local other = redis.call('GET', KEYS[2])
  if not other or other == ARGV[2] then key = KEYS[2] end
end
if redis.call('PTTL', key) < tonumber(ARGV[1]) then redis.call('SET', key, ARGV[2], 'PX', ARGV[1]) end
return key == KEYS[1] and 1 or 0
"""


class SharedRates:
    """Raises redis.RedisError or OSError where Redis is away."""

    def __init__(self, url: str) -> None:
        url = url.replace("redis+unix://", "unix://", 1)
        self._redis = Redis.from_url(
            url,
            socket_timeout=SECONDS,
            socket_connect_timeout=SECONDS,
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
        self._ask = self._redis.register_script(_ASK)
        self._rest = self._redis.register_script(_REST)

    async def ask(self, channel: str, pacing: Pacing, chat: int | None, lane: Lane) -> Turn:
        """The first to ask for is asked; see `rates.Counted.ask`."""
        chat_seconds = pacing.chat_seconds if chat is not None else 0.0
        given = (
            round(pacing.interval * _MICRO),
            round(pacing.interval * (pacing.burst(lane) - 1) * _MICRO),
            round(chat_seconds * _MICRO),
            round(chat_seconds * (pacing.chat_burst - 1) * _MICRO),
            lane,
        )
        names = ("rest", "bulk rest", "all", f"chat {chat}", f"queue {lane}")
        told = cast(list[Any], await self._ask(keys=_keys(channel, *names), args=given))
        wait, why = int(told[0]) / _MICRO, told[1].decode()
        return GO if why == "go" else Turn(wait, why)

    async def rest(self, channel: str, seconds: float, chat: int | None) -> bool:
        """Whether the whole channel rests now, and not only bulk; see `pace.Pace.rest`."""
        given = (math.ceil(seconds * 1000), "" if chat is None else str(chat))
        return bool(await self._rest(keys=_keys(channel, "rest", "bulk rest"), args=given))

    async def close(self) -> None:
        await self._redis.aclose()


def _keys(channel: str, *names: str) -> list[str]:
    """All of a channel in one slot, where Redis is a cluster."""
    return [f"ntd pace {{{channel}}} {name}" for name in names]
