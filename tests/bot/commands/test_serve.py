"""`ntd serve` as its operator meets it: failures said in one sentence, leftovers taken over."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

READY_SECONDS = 60

Serve = Callable[..., subprocess.Popen[str]]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts `ntd serve`; everything it started is gone afterwards."""
    running: list[subprocess.Popen[str]] = []

    def start(port: int, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve", "--port", str(port)],
            env={**os.environ, "NTD_DATA_DIR": str(tmp_path / "data"), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


def postmaster_of(process: subprocess.Popen[str]) -> psutil.Process:
    """The PostgreSQL that a running `ntd serve` started."""
    children = psutil.Process(process.pid).children()
    return next(child for child in children if "postgres" in child.name())


def wait_ready(port: int, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"ntd serve ended: {process.communicate()}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("ntd serve was not ready in time")


def sentence(process: subprocess.Popen[str], code: int) -> str:
    """The one line that a failed start leaves on stderr."""
    _, said = process.communicate(timeout=READY_SECONDS)
    assert process.returncode == code, said
    lines = [line for line in said.splitlines() if line]
    assert len(lines) == 1, said
    return lines[0]


def test_a_port_in_use(serve: Serve, tmp_path: Path) -> None:
    """Nothing is started, not even the data folder."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert sentence(serve(port), 1).startswith(f"Port {port} is in use")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("DATABASE_URL", "mysql://somewhere"),
        ("NTD_TARGET_WORKING_DAYS", "ten"),
        ("NTD_ENV", "production"),
        ("NTD_PLAN_NUMBERS", "hung-yen"),
        ("NTD_UPLOAD_MAX_MB", "0"),
        ("NTD_KEYS", "short"),
        ("REDIS_URL", "http://somewhere"),
        ("PUBLIC_URL", "tro-ly.example"),
        ("NTD_FORWARDED_ALLOW_IPS", "anybody"),
        ("DATABASE_URL", "postgresql://ntd:hidden@127.0.0.1:port/ntd"),
        ("DATABASE_URL", "postgresql://ntd:hidden@127.0.0.1:1/ntd"),
    ],
)
def test_a_bad_setting(serve: Serve, tmp_path: Path, setting: str, value: str) -> None:
    said = sentence(serve(free_port(), **{setting: value}), 1)
    assert setting in said or "SECRET_KEY" in said
    assert "hidden" not in said
    assert not (tmp_path / "data" / "postgres").exists()


def test_stop_and_start_and_a_second_one(serve: Serve) -> None:
    """SIGTERM ends everything; a second one on the same folder is told so; kill -9 is taken over from."""
    first_port = free_port()
    first = serve(first_port)
    wait_ready(first_port, first)
    assert "another ntd" in sentence(serve(free_port()), 1)
    postmaster = postmaster_of(first)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert postmaster.is_running(), "kill -9 leaves PostgreSQL: else this test shows nothing"
    second_port = free_port()
    second = serve(second_port)
    wait_ready(second_port, second)
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) == 0
    assert not postmaster.is_running() or postmaster.status() == psutil.STATUS_ZOMBIE  # its parent was killed


@pytest.mark.long
def test_a_data_folder_that_is_a_file(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    assert "it is a file, not a folder" in sentence(serve(free_port()), 1)


@pytest.mark.long
def test_a_database_that_is_ended_from_outside_is_said_and_a_new_start_mends_it(serve: Serve) -> None:
    port = free_port()
    first = serve(port)
    wait_ready(port, first)
    postmaster_of(first).kill()
    _, said = first.communicate(timeout=READY_SECONDS)
    assert first.returncode == 1
    assert said.splitlines()[-1] == "the embedded PostgreSQL was ended from outside: start ntd again."
    second = serve(port)
    wait_ready(port, second)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
@pytest.mark.long
def test_a_full_disk(serve: Serve) -> None:
    with tempfile.TemporaryDirectory(prefix="ntd-small-disk-") as name:
        small = Path(name)
        mount = ["mount", "-t", "tmpfs", "-o", "size=20m,mode=755", "tmpfs", str(small)]
        small.chmod(0o755)  # PostgreSQL's own user must get there, or its data would lie on another disk
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("this machine lets nobody mount a disk")
        try:
            assert "make room first" in sentence(serve(free_port(), NTD_DATA_DIR=str(small / "data")), 1)
        finally:
            subprocess.run(["umount", "--lazy", small], check=True)
