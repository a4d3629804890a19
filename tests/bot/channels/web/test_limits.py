"""Rates and network addresses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from bot.channels.web.origin import Proxies
from bot.channels.web.rates import HOUSEHOLD, Rates
from tests.support.redis import RedisServer


def connection(peer: str | None, forwarded: str | None = None) -> Any:
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    return cast(Any, SimpleNamespace(client=peer and SimpleNamespace(host=peer), headers=headers))


@pytest.mark.parametrize(
    ("allowed", "peer", "forwarded", "client"),
    [
        ("127.0.0.1", "203.0.113.5", None, "203.0.113.5"),
        ("127.0.0.1", "203.0.113.5", "198.51.100.7", "203.0.113.5"),
        ("127.0.0.1", "127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "127.0.0.1", "10.0.0.1, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1, 10.0.0.0/8", "127.0.0.1", "198.51.100.7, 10.0.0.1", "198.51.100.7"),
        ("127.0.0.1", None, "198.51.100.7", "198.51.100.7"),
        ("*", "203.0.113.5", "198.51.100.7, 10.0.0.1", "198.51.100.7"),
        ("", "127.0.0.1", "198.51.100.7", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", "<script>", "unknown"),
        ("127.0.0.1", "2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
    ],
)
def test_only_named_proxies_are_believed(
    allowed: str, peer: str | None, forwarded: str | None, client: str
) -> None:
    assert Proxies(allowed).client(connection(peer, forwarded)) == client


async def test_a_session_has_its_limit() -> None:
    rates = Rates(None, messages_per_minute=2)
    waits = [await rates.wait("message", "one", "net") for _ in range(3)]
    assert waits[:2] == [0, 0]
    assert 1 <= waits[2] <= 60
    assert await rates.wait("message", "two", "net") == 0


async def test_a_network_address_has_its_limit() -> None:
    rates = Rates(None, messages_per_minute=1)
    waits = [await rates.wait("message", f"session {n}", "net") for n in range(HOUSEHOLD + 1)]
    assert waits[:HOUSEHOLD] == [0] * HOUSEHOLD
    assert waits[HOUSEHOLD] > 0


async def test_processes_count_together_in_redis(redis_url: str) -> None:
    one, other = (Rates(redis_url, messages_per_minute=2) for _ in range(2))
    assert [await one.wait("message", "s", "n"), await other.wait("message", "s", "n")] == [0, 0]
    assert await one.wait("message", "s", "n") > 0


async def test_redis_away_costs_nobody_a_message_and_is_said_once() -> None:
    server = RedisServer()
    rates = Rates(server.url, messages_per_minute=2)
    assert await rates.wait("message", "s", "n") == 0
    server.stop()
    with capture_logs() as logs:
        waits = [await rates.wait("message", "s", "n") for _ in range(3)]
    assert waits[:2] == [0, 0]
    assert waits[2] > 0
    assert [entry["event"] for entry in logs] == ["rate_limits_local"]
