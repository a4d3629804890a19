"""Delivers updates to the bot's own address: in order within a chat, chats side by side, with repeats."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp

from tests.support.telegram.queue import BY_WEBHOOK, Pending, UpdateQueue
from tests.support.telegram.wire import Json

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
LONGEST_RETRY_AFTER = 3600
LONGEST_DELAY = 60
READ_TIMEOUT = 60.0
GONE_FOR = 23 * 3600
Reply = Callable[[Json], Awaitable[None]]


@dataclass
class Attempt:
    """One request to the bot. `status` is 0 when no answer came; `pause`: seconds until the next, before
    `pace` shortens them."""

    update_id: int
    status: int
    pause: float = 0.0


@dataclass
class Address:
    url: str
    secret: str = ""
    max_connections: int = 40
    certificate: bool = False


@dataclass
class Webhook:
    """`pace`: every wait is multiplied by it. `reply` gets a method call that stood in the bot's answer."""

    queue: UpdateQueue
    reply: Reply
    pace: float = 1.0
    address: Address | None = None
    last_error: str = ""
    last_error_at: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    _lines: dict[int, deque[Pending]] = field(default_factory=dict)
    _workers: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None
    _gone_since: float | None = None

    async def set(self, address: Address | None) -> None:
        await self.stop()
        self.address = address
        self.queue.listener = None if address is None else self._take
        self.last_error, self.last_error_at, self._gone_since = "", 0, None
        if address is not None:
            self.queue.interrupt(BY_WEBHOOK)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=address.max_connections),
                timeout=aiohttp.ClientTimeout(total=READ_TIMEOUT),
            )
            for update in self.queue.live():
                self._take(update)

    async def stop(self) -> None:
        """Ends every delivery; what was not taken stays in the queue."""
        workers = list(self._workers.values())
        self._lines, self._workers = {}, {}
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def info(self) -> Json:
        """getWebhookInfo."""
        shown: Json = {
            "url": self.address.url if self.address else "",
            "has_custom_certificate": bool(self.address and self.address.certificate),
            "pending_update_count": len(self.queue.live()),
        }
        if self.address:
            shown |= {"max_connections": self.address.max_connections, "ip_address": "127.0.0.1"}
        if self.last_error:
            shown |= {"last_error_date": self.last_error_at, "last_error_message": self.last_error}
        if self.queue.allowed:
            shown["allowed_updates"] = self.queue.allowed
        return shown

    def _take(self, update: Pending) -> None:
        self._lines.setdefault(update.line, deque()).append(update)
        if update.line not in self._workers:
            self._workers[update.line] = asyncio.create_task(self._deliver_line(update.line))

    async def _deliver_line(self, line: int) -> None:
        waiting = self._lines[line]
        while waiting:
            await self._deliver(waiting[0])
            self.queue.pending.pop(waiting.popleft(), None)
            self.queue.changes.tell()
        del self._lines[line], self._workers[line]

    async def _deliver(self, update: Pending) -> None:
        """Until the bot takes it: at once a second time, then after 2, 4, 8 ... seconds, or as it asks."""
        delay, failures = 1.0, 0
        while update in self.queue.pending and update.expires_at > self.queue.now():
            problem, retry_after = await self._attempt(update)
            if not problem:
                return
            self.last_error, self.last_error_at = problem, int(self.queue.now())
            self.queue.changes.tell()
            pause = float(retry_after)
            if not retry_after and failures:
                delay = min(delay * 2, LONGEST_DELAY * (1 + random.random()))
                pause = delay
            failures += 1
            self.attempts[-1].pause = pause
            await asyncio.sleep(pause * self.pace)

    async def _attempt(self, update: Pending) -> tuple[str, int]:
        """What was wrong with the answer, and the seconds that it asked for; ("", 0) when the bot took it."""
        assert self._session is not None
        assert self.address is not None
        headers = {SECRET_HEADER: self.address.secret} if self.address.secret else {}
        status = 0
        try:
            async with self._session.post(self.address.url, json=update.body, headers=headers) as answer:
                status = answer.status
                if 200 <= status <= 299:
                    await self._take_reply(answer)
                    return "", 0
                return (
                    f"Wrong response from the webhook: {status} {answer.reason}",
                    min(_seconds(answer.headers.get("Retry-After", "")), LONGEST_RETRY_AFTER),
                )
        except TimeoutError:
            return "Read timeout expired", 0
        except aiohttp.ClientConnectorError:
            return "Connection refused", 0
        except aiohttp.ClientError:
            return "Webhook connection closed", 0
        finally:
            self.attempts.append(Attempt(update.id, status))
            self._note_gone(status)

    def _note_gone(self, status: int) -> None:
        """HTTP 410 for 23 hours takes the webhook away."""
        if status != 410:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = self.queue.now()
        elif self.queue.now() - self._gone_since > GONE_FOR:
            self.address, self.queue.listener, self.queue.pending = None, None, {}

    async def _take_reply(self, answer: aiohttp.ClientResponse) -> None:
        """A call may stand in the answer; what becomes of it nobody is told."""
        body = await answer.read()
        if answer.content_type != "application/json" or not body:
            return
        with contextlib.suppress(ValueError):
            call = await answer.json()
            if isinstance(call, dict) and call.get("method"):
                await self.reply(call)


def _seconds(header: str) -> int:
    return int(header) if header.isdigit() else 0
