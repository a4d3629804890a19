"""One PostgreSQL server process on one cluster folder: found, spawned, waited for, stopped. No policy."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from bot.storage.unprivileged import Identity

log = logging.getLogger(__name__)

POLL_SECONDS = 0.02
STOP_SECONDS = 60.0
PATIENCE_SECONDS = 10.0
LOG_BYTES_KEPT = 1_000_000


class PostmasterError(RuntimeError):
    """The server gave up while it started; the message is what it wrote last."""


class Postmaster:
    """The server of `cluster`, ours by spawn or left running by a process that was killed."""

    def __init__(self, cluster: Path, log_file: Path) -> None:
        self.cluster = cluster
        self._log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    def pid(self) -> int | None:
        """Process id of the running server of this cluster, whoever started it."""
        if self._process is not None:
            return self._process.pid if self._process.poll() is None else None
        try:
            pid = int(self._pid_file().read_text(encoding="utf-8").split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if self._runs_here(pid) else None

    def socket_folder(self) -> Path:
        return Path(self._pid_line(4))

    def drop_stale_pid_file(self) -> None:
        """Another program may have the process id since a crash; PostgreSQL would then refuse to start."""
        if self.pid() is None:
            self._pid_file().unlink(missing_ok=True)

    def spawn(self, programs: Path, settings: Mapping[str, str], identity: Identity) -> int:
        """Returns the process id. In its own session: Ctrl-C in the terminal is for us, not for it."""
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        if self._log_file.exists() and self._log_file.stat().st_size > LOG_BYTES_KEPT:
            self._log_file.unlink()
        self._log_file.touch(mode=0o600)
        with self._log_file.open("ab") as log_to:
            self._log_start = log_to.tell()
            self._process = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(self.cluster), *options],
                stdin=subprocess.DEVNULL,
                stdout=log_to,
                stderr=log_to,
                cwd="/",
                env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
                umask=0o077,
                start_new_session=True,
                user=identity.uid,
                group=identity.uid,
                extra_groups=None if identity.uid is None else [],
            )
        return self._process.pid

    async def wait_ready(self) -> bool:
        """False: it ended, or is shutting down. Recovery has no time limit; after a while the log says so."""
        began, told = time.monotonic(), False
        while (pid := self.pid()) is not None:
            if self._pid_line(0) == str(pid) and (status := self._pid_line(7)) in {"ready", "stopping"}:
                return status == "ready"
            if not told and time.monotonic() - began > PATIENCE_SECONDS:
                log.warning("PostgreSQL is still recovering from a crash; waiting for it")
                told = True
            await asyncio.sleep(POLL_SECONDS)
        return False

    async def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is `pg_ctl stop -m fast`. What has not stopped within a minute is left to recover later."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, how)
            if not await self._gone_within(STOP_SECONDS):
                log.warning(
                    "PostgreSQL did not stop within %.0f s; it will recover at its next start", STOP_SECONDS
                )
                os.kill(pid, signal.SIGQUIT)
                await self._gone_within(STOP_SECONDS)
        self._process = None

    async def _gone_within(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while self.pid() is not None:
            if time.monotonic() > until:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    async def wait_gone(self) -> None:
        await self._gone_within(float("inf"))

    def last_words(self) -> str:
        """The server's own reason for giving up, without time and process id."""
        with self._log_file.open("rb") as log_from:
            log_from.seek(self._log_start)
            lines = log_from.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
        reasons = [line for line in lines if "FATAL:" in line or "PANIC:" in line] or lines
        return reasons[-1].rpartition("FATAL:")[2].rpartition("PANIC:")[2].strip()

    def _pid_file(self) -> Path:
        return self.cluster / "postmaster.pid"

    def _pid_line(self, number: int) -> str:
        try:
            return self._pid_file().read_text(encoding="utf-8").split("\n")[number].strip()
        except (FileNotFoundError, IndexError):
            return ""

    def _runs_here(self, pid: int) -> bool:
        """A server's working directory is its cluster. Without a /proc to ask, a living process is enough."""
        try:
            os.kill(pid, 0)
            return Path(f"/proc/{pid}/cwd").samefile(self.cluster)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        except FileNotFoundError:
            return not Path("/proc/self").exists()
