"""A Python 3.10 and Rasa Open Source in an environment of their own, var/rasa/venv.

Rasa 3.6 runs on no newer Python and asks for older packages than ours, so it never shares our environment.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "rasa"
VENV = FOLDER / "venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "deploy" / "rasa" / "requirements.txt"
FREE_BYTES_NEEDED = 6_000_000_000
NO_PYTHON = (
    "Rasa 3.6 needs Python 3.10 and none was found on PATH or in pyenv: install one (pyenv install 3.10), "
    "or name it: make rasa RASA_PYTHON=/path/to/python3.10"
)
_CHECK = "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 10))"


class RasaError(Exception):
    """One sentence for the person who typed `make`."""


def find_python(named: str | None = None) -> Path | None:
    """A Python 3.10 that runs: `named` alone where it is given, else the first on PATH or in pyenv."""
    for candidate in [Path(named)] if named else _candidates():
        if _is_right(candidate):
            return candidate
    return None


def _candidates() -> Iterator[Path]:
    """pyenv's shim of a version that is not switched on fails, so its versions are looked at as well."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    for folder in folders:
        yield from (folder / name for name in ("python3.10", "python3", "python"))
    roots = [folder.parent for folder in folders if folder.name == "shims"]
    for root in (*roots, Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()):
        yield from sorted(root.glob("versions/3.10.*/bin/python3.10"), reverse=True)


def _is_right(python: Path) -> bool:
    """Names on PATH may be anything: each is run before it is believed."""
    try:
        done = subprocess.run([python, "-c", _CHECK], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def ensure(named: str | None = None) -> None:
    """Install what `LOCK` names unless it is there already. Raises RasaError."""
    stamp = VENV / "installed.txt"
    wanted = LOCK.read_text("utf-8")
    if PYTHON.exists() and stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    python = find_python(named)
    if python is None:
        raise RasaError(NO_PYTHON)
    _check_disk()
    say(f"creating {VENV.relative_to(ROOT)} with {python} and installing Rasa (2.5 GB, some minutes)")
    shutil.rmtree(VENV, ignore_errors=True)
    call(python, "-m", "venv", VENV, failure=f"{python} could not make an environment")
    options = ["-q", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--require-hashes"]
    failure = f"the packages of {LOCK.relative_to(ROOT)} could not be installed; pip's message above says why"
    call(PYTHON, "-m", "pip", "install", *options, "-r", LOCK, failure=failure)
    stamp.write_text(wanted, "utf-8")


def _check_disk() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(FOLDER).free
    if free < FREE_BYTES_NEEDED:
        raise RasaError(
            f"{free / 1e9:.1f} GB are free on the disk and Rasa needs {FREE_BYTES_NEEDED / 1e9:.1f} GB"
        )


def variables() -> dict[str, str]:
    """The environment for Rasa's processes. It reports to nobody, and keeps no cache of trained parts: each
    training is measured whole."""
    rasa = {"RASA_TELEMETRY_ENABLED": "false", "RASA_MAX_CACHE_SIZE": "0", "LOG_LEVEL": "INFO"}
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
    return {**os.environ, **rasa, **quiet, "PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1"}


def installed_bytes(site_packages: Path, lock: Path) -> int:
    """The size of the packages that `lock` names and `site_packages` holds, without bytecode."""
    names = {_plain(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock.read_text("utf-8"), re.M)}
    found = [d for d in metadata.distributions(path=[str(site_packages)]) if _plain(d.name) in names]
    files = {Path(str(d.locate_file(file))) for d in found for file in d.files or ()}
    return sum(file.stat().st_size for file in files if file.suffix != ".pyc" and file.is_file())


def site_packages(venv: Path) -> Path:
    return next((venv / "lib").glob("python3.*/site-packages"))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def call(*command: str | Path, failure: str) -> None:
    if subprocess.run(command, cwd=ROOT, env=variables(), check=False).returncode != 0:
        raise RasaError(failure)


def say(sentence: str) -> None:
    print(f"rasa: {sentence}", file=sys.stderr, flush=True)
