"""Live news from PostgreSQL: one LISTEN connection a process, fanned out to whoever subscribed.

News can be missed while the connection is away. Every subscriber then gets `MISSED` and looks for itself, so
what is shown is at most late, never wrong.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

import asyncpg
import structlog

MISSED = ""
"""Stands for payloads that nobody can name any more: look again."""

_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_BACKLOG = 64
_CHECK_SECONDS = 30.0
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)

log = structlog.get_logger(__name__)


class Subscription:
    """The news of one subscriber, in order. Ends when the listener ends."""

    def __init__(self) -> None:
        self._payloads: deque[str] = deque()
        self._news = asyncio.Event()
        self.ended = False

    async def wait(self, seconds: float) -> str | None:
        """The next payload, or None after `seconds` without any or at the end."""
        if not self._payloads and not self.ended:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), seconds)
        payload = self._payloads.popleft() if self._payloads else None
        if not self._payloads:
            self._news.clear()
        return payload

    async def __aiter__(self) -> AsyncIterator[str]:
        while not self.ended:
            payload = await self.wait(_CHECK_SECONDS)
            if payload is not None:
                yield payload

    def put(self, payload: str) -> None:
        if len(self._payloads) >= _BACKLOG:
            self._payloads.clear()
            payload = MISSED
        self._payloads.append(payload)
        self._news.set()

    def end(self) -> None:
        self.ended = True
        self._news.set()


class Listener:
    def __init__(self, url: str) -> None:
        self._dsn = url.replace("postgresql+asyncpg://", "postgresql://", 1)
        self._subscribers: dict[tuple[str, str | None], set[Subscription]] = defaultdict(set)
        self._topics: set[str] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ending = False

    def start(self) -> None:
        """Connects in the background, and again whenever the connection is lost."""
        self._task = asyncio.create_task(self._run(), name="postgresql-listen")

    def end_streams(self) -> None:
        """Ends every subscription. To be called before a server waits for its open streams to finish."""
        self._ending = True
        for subscribers in self._subscribers.values():
            for subscriber in subscribers:
                subscriber.end()

    async def close(self) -> None:
        self.end_streams()
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @contextmanager
    def subscribe(self, topic: str, only: str | None = None) -> Iterator[Subscription]:
        """News of `topic`; with `only`, those whose payload is just that."""
        subscription = Subscription()
        if self._ending:
            subscription.end()
        self._subscribers[topic, only].add(subscription)
        if topic not in self._topics:
            self._topics.add(topic)
            self._wake.set()
        try:
            yield subscription
        finally:
            others = self._subscribers[topic, only]
            others.discard(subscription)
            if not others:
                del self._subscribers[topic, only]

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                connection = await asyncpg.connect(self._dsn, timeout=10)
            except _AWAY as error:
                if failures == 0:
                    log.warning("live_updates_away", error=type(error).__name__)
                await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
                failures += 1
                continue
            failures = 0
            try:
                await self._watch(connection)
            except _AWAY as error:
                log.warning("live_updates_lost", error=type(error).__name__)
            finally:
                connection.terminate()

    async def _watch(self, connection: asyncpg.Connection) -> None:
        """Returns or raises when the connection is lost."""
        connection.add_termination_listener(lambda _: self._wake.set())
        listening: set[str] = set()
        while not connection.is_closed():
            self._wake.clear()
            for topic in self._topics - listening:
                await connection.add_listener(topic, self._heard)
                listening.add(topic)
                self._missed(topic)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _CHECK_SECONDS)
                continue
            await connection.execute("SELECT 1", timeout=5)

    def _heard(self, _connection: object, _process: int, topic: str, payload: object) -> None:
        for only in (None, str(payload)):
            for subscriber in self._subscribers.get((topic, only), ()):
                subscriber.put(str(payload))

    def _missed(self, topic: str) -> None:
        for (subscribed, _), subscribers in self._subscribers.items():
            if subscribed == topic:
                for subscriber in subscribers:
                    subscriber.put(MISSED)
