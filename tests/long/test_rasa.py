"""A real Rasa 3.6, trained for one epoch on a few of our sentences: the whole comparison, and its server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from scripts.rasa import environment

ROOT = Path(__file__).resolve().parents[2]
DEVELOPMENT = ROOT / "tests" / "data" / "nlu" / "dev.jsonl"

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400), pytest.mark.xdist_group("rasa")]


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("some") / "some.jsonl"
    file.write_text("\n".join(DEVELOPMENT.read_text("utf-8").splitlines()[::20]), "utf-8")
    return file


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, some: Path) -> tuple[Path, str]:
    """The folder of the models, and what the comparison printed."""
    if not environment.PYTHON.exists() and environment.find_python() is None:
        pytest.skip("no Python 3.10 is here, which Rasa 3.6 needs")
    folder = tmp_path_factory.mktemp("rasa")
    small = ["--folder", folder, "--sentences", "300", "--epochs", "1", some]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.rasa.bench", *small], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    return folder, done.stdout.decode()


@pytest.fixture
def server(trained: tuple[Path, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = ["-i", "127.0.0.1", "-p", str(port), "-m", "rasa.tar.gz"]
    command = [environment.PYTHON, "-m", "rasa", "run", "--enable-api", *where]
    with subprocess.Popen(command, cwd=trained[0], env=environment.variables()) as process:
        try:
            until_loaded(f"http://127.0.0.1:{port}/status", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def until_loaded(url: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            with urlopen(url, timeout=5) as answer:
                assert answer.status == 200
                return
        except (URLError, OSError):
            time.sleep(1)
    raise AssertionError("the Rasa server ended before it was loaded")


def ntd(url: str, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "nlu", *arguments, "--engine", "rasa"],
        cwd=ROOT,
        env={**os.environ, "RASA_URL": url},
        input=stdin,
        capture_output=True,
        check=False,
    )


def test_the_comparison_has_both_sides(trained: tuple[Path, str]) -> None:
    folder, printed = trained
    assert "Rasa on" in printed
    assert "1 epochs" in printed
    rows = [
        line for line in printed.splitlines() if line.startswith(("| act", "| with entities", "| training"))
    ]
    assert len(rows) >= 12
    assert not [row for row in rows if "nan" in row]
    assert (folder / "rasa.tar.gz.json").exists()


def test_the_server_is_asked(server: str, some: Path) -> None:
    parsed = ntd(server, "parse", stdin="mua phải thuốc giả, gọi 0900000001\n".encode())
    assert parsed.returncode == 0, parsed.stderr
    assert b'"phone"' in parsed.stdout
    evaluated = ntd(server, "eval", str(some))
    assert evaluated.returncode == 0, evaluated.stderr
    assert b'"act_accuracy"' in evaluated.stdout
