"""Fixtures of every test: databases, Redis, a browser, and the rule that tests reach this machine only."""

from __future__ import annotations

import functools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings as hypothesis_settings
from playwright.async_api import Browser, async_playwright

from content import catalog
from tests.support.browser import ARGUMENTS, MISSING, find_chromium
from tests.support.network import NetworkGuard
from tests.support.postgres import Databases
from tests.support.redis import RedisServer

ON_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

# Content does not change while the tests run: each process reads it once, whatever module asks.
catalog.load = functools.cache(catalog.load)


_configure = structlog.configure


def _never_cached(**config: Any) -> None:
    """Loggers that keep their first configuration, as the product's do, hide from `capture_logs`."""
    _configure(**config | {"cache_logger_on_first_use": False})


structlog.configure = _never_cached
# By default every variable of every frame of a traceback is printed, which takes seconds.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

hypothesis_settings.register_profile("ntd", deadline=None, print_blob=True, derandomize=ON_CI)
hypothesis_settings.load_profile("ntd")


@pytest.fixture(autouse=True)
def network_guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[NetworkGuard]:
    guard = NetworkGuard()
    guard.install(monkeypatch)
    yield guard
    assert not guard.attempts, f"this test tried to reach {', '.join(sorted(set(guard.attempts)))}"


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """One throw-away PostgreSQL per test process, started by the first test that needs it."""
    found = Databases()
    yield found
    found.close()


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """SQLAlchemy URL of a new database with all migrations."""
    url = databases.fresh()
    yield url
    databases.drop(url)


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """SQLAlchemy URL of a new database without any table."""
    url = databases.empty()
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """URL of a real, empty Redis."""
    redis_server.flush()
    return redis_server.url


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Where there is none, browser tests are skipped, loudly; on CI they fail."""
    found = find_chromium()
    if found is None:
        (pytest.fail if ON_CI else pytest.skip)(MISSING)
    return found


@pytest.fixture(scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """A running Chromium; each test opens its own context (`await browser.new_context(viewport=...)`)."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield running
        await running.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses the browser carries the marker, so that `-m 'not browser'` can leave it out."""
    for item in items:
        if {"browser", "chromium"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [
        report for report in terminalreporter.stats.get("skipped", []) if MISSING in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section("BROWSER TESTS DID NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests were skipped: {MISSING}", red=True)
