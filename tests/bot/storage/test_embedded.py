"""The embedded PostgreSQL against what happens on real machines: crashes, odd paths, root, no room."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from bot.storage import embedded, unprivileged
from bot.storage.embedded import EmbeddedError, EmbeddedPostgres

OWNER = """
import asyncio, sys
from pathlib import Path
from bot.storage.embedded import EmbeddedPostgres

async def own() -> None:
    folder = sys.argv[1]
    server = EmbeddedPostgres(Path(folder)) if folder else EmbeddedPostgres.temporary()
    await server.start()
    print(server.folder, flush=True)
    await asyncio.sleep(600)

asyncio.run(own())
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change its user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, with a space, and open to other users (pytest's own folders are long and closed)."""
    above = Path(tempfile.mkdtemp(prefix="ntd "))
    above.chmod(0o755)
    yield above / "dữ liệu" / "postgres"
    shutil.rmtree(above)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stands in for /var/lib/ntd."""
    above = Path(tempfile.mkdtemp(prefix="ntd-elsewhere-"))
    above.chmod(0o755)
    monkeypatch.setattr(unprivileged, "ELSEWHERE", above / "ntd")
    yield above / "ntd"
    shutil.rmtree(above)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url.replace("+asyncpg", "", 1))
    try:
        yield connection
    finally:
        await connection.close()


async def write(url: str) -> None:
    async with connected(url) as connection:
        await connection.execute("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('phản ánh')")


async def read(url: str) -> str:
    async with connected(url) as connection:
        return str(await connection.fetchval("SELECT word FROM kept"))


def own_and_be_killed(folder: Path | str) -> tuple[Path, int]:
    """Another process starts the server and is killed; returns the folder and the server's process id."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    real = Path(owner.stdout.readline().strip())
    pid = server_pid(real)
    owner.kill()
    owner.communicate()
    return real, pid


def server_pid(folder: Path) -> int:
    return int((folder / "cluster" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")


def gone_within(seconds: float, *conditions: object) -> bool:
    """Each condition is a process id or a path."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(alive(c) if isinstance(c, int) else Path(str(c)).exists() for c in conditions):
            return True
        time.sleep(0.05)
    return False


async def test_data_outlive_a_stop_and_nothing_runs_on(folder: Path) -> None:
    async with EmbeddedPostgres(folder) as url:
        await write(url)
        pid = server_pid(folder)
    assert gone_within(1, pid, folder / "cluster" / "postmaster.pid")
    async with EmbeddedPostgres(folder) as url:
        assert await read(url) == "phản ánh"


async def test_only_its_owner_reaches_it(folder: Path) -> None:
    async with EmbeddedPostgres(folder) as url:
        async with connected(url) as connection:
            assert await connection.fetchval("SHOW listen_addresses") == ""
            assert await connection.fetchval("SHOW fsync") == "on"
        for private, mode in (
            ("socket", 0o700),
            ("cluster", 0o700),
            ("password", 0o600),
            ("server.log", 0o600),
        ):
            assert stat.S_IMODE((folder / private).stat().st_mode) == mode, private
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(re.sub(r":[0-9a-f]{48}@", ":guessed@", url).replace("+asyncpg", "", 1))


async def test_a_second_instance_is_refused_in_one_sentence(folder: Path) -> None:
    async with EmbeddedPostgres(folder) as url:
        with pytest.raises(
            EmbeddedError, match=rf"another ntd \(process {os.getpid()}\) is running on .*NTD_DATA_DIR"
        ):
            await EmbeddedPostgres(folder).start()
        async with connected(url) as connection:
            assert await connection.fetchval("SELECT 1") == 1
    async with EmbeddedPostgres(folder):
        pass


@pytest.mark.long
async def test_a_server_left_by_a_killed_owner_is_taken_over(folder: Path) -> None:
    _, orphan = await asyncio.to_thread(own_and_be_killed, folder)
    assert alive(orphan)
    async with EmbeddedPostgres(folder) as url:
        assert server_pid(folder) == orphan
        await write(url)
    assert gone_within(1, orphan)
    async with EmbeddedPostgres(folder) as url:
        assert await read(url) == "phản ánh"


@pytest.mark.long
async def test_a_hung_orphan_is_replaced(folder: Path) -> None:
    """Its socket was swept away, so it lives but answers nobody."""
    _, orphan = await asyncio.to_thread(own_and_be_killed, folder)
    shutil.rmtree(folder / "socket")
    async with EmbeddedPostgres(folder) as url:
        assert server_pid(folder) != orphan
        await write(url)
    assert gone_within(1, orphan)


async def test_a_crash_of_everything_is_recovered_from(folder: Path) -> None:
    async with EmbeddedPostgres(folder):
        pass
    _, orphan = await asyncio.to_thread(own_and_be_killed, folder)
    async with EmbeddedPostgres(folder) as url:
        await write(url)
        os.kill(orphan, signal.SIGKILL)
        assert gone_within(5, orphan)
    async with EmbeddedPostgres(folder) as url:
        assert await read(url) == "phản ánh"
    assert "database system was not properly shut down" in (folder / "server.log").read_text(encoding="utf-8")


@pytest.mark.long
async def test_a_process_id_that_went_to_somebody_else_is_no_server(folder: Path) -> None:
    async with EmbeddedPostgres(folder) as url:
        await write(url)
    somebody = await asyncio.create_subprocess_exec("sleep", "60")
    pid_file = folder / "cluster" / "postmaster.pid"
    pid_file.write_text(
        f"{somebody.pid}\n{folder / 'cluster'}\n0\n5432\n{folder}\n\n\nready\n", encoding="utf-8"
    )
    try:
        async with EmbeddedPostgres(folder) as url:
            assert await read(url) == "phản ánh"
        assert alive(somebody.pid)
    finally:
        somebody.kill()
        await somebody.wait()


@pytest.mark.long
async def test_an_interrupted_creation_is_begun_again(folder: Path) -> None:
    half = folder / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n", encoding="utf-8")
    (folder / "password.new").write_text("half", encoding="utf-8")
    async with EmbeddedPostgres(folder) as url:
        await write(url)
    assert not half.exists()


@pytest.mark.long
async def test_a_long_path_works_although_sockets_have_short_ones(folder: Path) -> None:
    deep = folder / ("thư mục rất sâu " * 10).strip()
    async with EmbeddedPostgres(deep) as url:
        await write(url)
        async with connected(url) as connection:
            socket_folder = Path((await connection.fetchval("SHOW unix_socket_directories")).strip('"'))
        assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
    assert not socket_folder.exists()


async def test_no_room_is_said_before_anything_is_begun(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "FREE_BYTES_NEEDED", 10**18)
    with pytest.raises(EmbeddedError, match=r"MB are free on the disk of .*make room first"):
        await EmbeddedPostgres(folder).start()
    assert not (folder / "cluster").exists()


async def test_a_folder_that_cannot_be_made_is_one_sentence(folder: Path) -> None:
    folder.parent.parent.joinpath("dữ liệu").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(EmbeddedError, match=r"cannot start: .*dữ liệu"):
        await EmbeddedPostgres(folder).start()


@pytest.mark.long
async def test_a_broken_cluster_says_why_and_leaves_nothing_running(folder: Path) -> None:
    async with EmbeddedPostgres(folder):
        pass
    (folder / "cluster" / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedError, match=r"did not start: .*pg_control"):
        await EmbeddedPostgres(folder).start()
    with pytest.raises(EmbeddedError, match="did not start"):
        await EmbeddedPostgres(folder).start()


@pytest.mark.long
async def test_a_cluster_of_another_version_is_not_touched(folder: Path) -> None:
    async with EmbeddedPostgres(folder):
        pass
    (folder / "cluster" / "PG_VERSION").write_text("12\n", encoding="utf-8")
    with pytest.raises(EmbeddedError, match="was made by PostgreSQL 12, which is not installed"):
        await EmbeddedPostgres(folder).start()


async def test_a_temporary_one_leaves_nothing_when_stopped() -> None:
    server = EmbeddedPostgres.temporary()
    async with server as url:
        await write(url)
        pid = server_pid(server.folder)
    assert gone_within(1, pid, server.folder)


@pytest.mark.long
async def test_a_temporary_one_leaves_nothing_when_its_owner_is_killed() -> None:
    folder, pid = await asyncio.to_thread(own_and_be_killed, "")
    assert gone_within(10, pid, folder)


@as_root
@pytest.mark.long
async def test_root_opens_no_folder_above_the_data(folder: Path, elsewhere: Path) -> None:
    """Where the data folder is closed, the server runs in a place of its own, as a user nobody else is."""
    closed = folder.parent
    closed.mkdir(mode=0o700)
    async with EmbeddedPostgres(folder) as url:
        await write(url)
        async with connected(url) as connection:
            cluster = Path(await connection.fetchval("SHOW data_directory"))
        assert elsewhere in cluster.parents
        assert cluster.stat().st_uid not in {0, 65534}
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    async with EmbeddedPostgres(folder) as url:
        assert await read(url) == "phản ánh"


@as_root
@pytest.mark.long
async def test_root_copies_programs_that_the_server_s_user_cannot_reach(
    folder: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = Path(tempfile.mkdtemp(prefix="ntd-closed-"))
    package = embedded._programs(folder / "cluster").parent.parent
    for part in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.with_name(part), closed / part, symlinks=True)
    monkeypatch.setattr(embedded, "_programs", lambda cluster: closed / package.name / "pginstall18" / "bin")
    try:
        async with EmbeddedPostgres(folder) as url:
            await write(url)
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert list(elsewhere.glob("postgresql-*/*/pginstall18/bin/postgres"))
    finally:
        shutil.rmtree(closed)
