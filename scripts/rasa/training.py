"""Trains both sides from the same sentences, each once for the same inputs: beside a model lies the record of
what it was made from and of how long that took.

`make rasa` trains Rasa; the comparison (`scripts/rasa/bench.py`) trains ours and a Rasa without entities too.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import yaml

from nlu.pipeline import DATA
from nlu.rasa_format import DataError
from scripts import setup
from scripts.rasa import environment
from scripts.rasa.environment import FOLDER, LOCK, PYTHON, ROOT, RasaError, say
from scripts.rasa.export import export


class Record(msgspec.Struct, frozen=True):
    """A training run: a hash of its inputs, wall clock and processor time of its process, the cores that it
    might use; of Rasa the epochs, the seconds of each (without reading the data and preparing the net), and
    what it said of the last one ("t_loss=1.2, i_acc=0.98")."""

    inputs: str
    wall_seconds: float
    processor_seconds: float
    cores: int
    epochs: int = 0
    epoch_seconds: float = 0.0
    progress: str = ""


class Wish(msgspec.Struct, frozen=True):
    """How Rasa is trained where it is not as the configuration says: on fewer sentences or epochs, for trying
    things out, or with messages of like length together, which is four times as fast (train_in_rasa.py)."""

    sentences: int | None = None
    epochs: int | None = None
    like_lengths: bool = False


class Model(msgspec.Struct, frozen=True):
    file: Path
    record: Record


def train_rasa(folder: Path, wish: Wish) -> Model:
    """Export the data to `folder`/project and train on them. Raises RasaError, DataError."""
    project = export(DATA, folder / "project", wish.sentences, wish.epochs)
    return _train_project(project, folder / "rasa.tar.gz", wish.like_lengths)


def train_rasa_without_entities(folder: Path) -> Model:
    """The same sentences, words and sizes, for one epoch and without entities: to time what Rasa needs for
    act and topic alone. It answers nothing of use. Needs `train_rasa` before."""
    project, apart = folder / "project", folder / "project-without-entities"
    apart.mkdir(exist_ok=True)
    (apart / "config.yml").write_text(without_entities((project / "config.yml").read_text("utf-8")), "utf-8")
    if not (apart / "data").exists():
        (apart / "data").symlink_to(project / "data")
    return _train_project(apart, folder / "rasa-without-entities.tar.gz", like_lengths=True)


def without_entities(config: str) -> str:
    """Rasa writes an `assistant_id` of its own into a configuration when it trains: that is left out."""
    parts = yaml.safe_load(config)
    parts.pop("assistant_id", None)
    for part in parts["pipeline"]:
        if part["name"] == "DIETClassifier":
            part |= {"epochs": 1, "entity_recognition": False}
    return str(yaml.safe_dump(parts, sort_keys=False))


def _train_project(project: Path, out: Path, like_lengths: bool) -> Model:
    files = sorted(file for file in (project / "data").rglob("*.yml"))
    module = "scripts.rasa.train_in_rasa" if like_lengths else "rasa"
    inputs = f"{module} {_hash([project / 'config.yml', LOCK, *files])}"

    def command(fresh: Path) -> list[str | Path]:
        where = ["--fixed-model-name", fresh.name.removesuffix(".tar.gz"), "--out", str(fresh.parent)]
        options = ["--config", str(project / "config.yml"), "--nlu", str(project / "data"), *where]
        return [PYTHON, "-m", module, "train", "nlu", *options]

    return _trained(out, inputs, command)


def train_ours(folder: Path) -> Model:
    """Our own model, by the command that people use. Raises RasaError."""
    inputs = _hash([*setup.model_inputs(), ROOT / "requirements.txt"])

    def command(fresh: Path) -> list[str | Path]:
        return [sys.executable, "-m", "bot", "nlu", "train", "--out", fresh]

    return _trained(folder / "ours.npz", inputs, command)


def _trained(out: Path, inputs: str, command: Callable[[Path], Sequence[str | Path]]) -> Model:
    """The model `out`, trained now unless it comes from these inputs."""
    kept = out.with_name(f"{out.name}.json")
    if out.exists() and kept.exists():
        record = msgspec.json.decode(kept.read_bytes(), type=Record)
        if record.inputs == inputs:
            return Model(out, record)
    log = out.with_name(f"{out.name}.log")
    say(f"training {out}; how far it is stands in {log}")
    kept.unlink(missing_ok=True)
    fresh = out.with_name(f"fresh-{out.name}")
    fresh.unlink(missing_ok=True)
    wall, processor = _run(command(fresh), log)
    if not fresh.exists():
        raise RasaError(f"no model came of the training; {log} says why")
    fresh.replace(out)
    told = _told(log.read_text("utf-8", "replace"))
    record = Record(inputs, round(wall, 1), round(processor, 1), cores(), *told)
    kept.write_bytes(msgspec.json.encode(record))
    return Model(out, record)


def _run(command: Sequence[str | Path], log: Path) -> tuple[float, float]:
    """Seconds of wall clock, and of processor time of the process and all that it started."""
    began, before = time.perf_counter(), os.times()
    with log.open("wb") as out:
        done = subprocess.run(
            command, cwd=ROOT, env=environment.variables(), stdout=out, stderr=subprocess.STDOUT, check=False
        )
    after = os.times()
    if done.returncode != 0:
        raise RasaError(f"training ended with exit code {done.returncode}; {log} says why")
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - began, spent


def _told(log: str) -> tuple[int, float, str]:
    """What the last progress bar says: its epochs, the seconds of each, and how good the last one was."""
    bars = re.findall(r"(\d+)/\1 \[([\d:]+)<[^\]]*?, (t_loss=[^\]]+)\]", log)
    if not bars:
        return 0, 0.0, ""
    epochs, elapsed, progress = bars[-1]
    seconds = sum(int(part) * 60**place for place, part in enumerate(reversed(elapsed.split(":"))))
    return int(epochs), round(seconds / int(epochs), 1), progress


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--python", help="the Python 3.10 to take")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where project and models are kept")
    parser.add_argument("--sentences", type=int, help="train Rasa on about so many only, to try things out")
    parser.add_argument("--epochs", type=int, help="fewer than the 100 of the configuration")
    parser.add_argument(
        "--like-lengths", action="store_true", help="train Rasa with messages of like length together: faster"
    )


def wish(asked: argparse.Namespace) -> Wish:
    return Wish(asked.sentences, asked.epochs, asked.like_lengths)


def main() -> int:
    parser = argparse.ArgumentParser(description="Set up Rasa and train it from nlu/data: `make rasa`.")
    add_options(parser)
    asked = parser.parse_args()
    try:
        environment.ensure(asked.python)
        model = train_rasa(asked.folder.resolve(), wish(asked))
    except (RasaError, DataError) as error:
        print(f"rasa: {error}", file=sys.stderr)
        return 1
    record = model.record
    print(
        f"{model.file}: {record.epochs} epochs, {record.wall_seconds:.0f} s, of processor time "
        f"{record.processor_seconds:.0f} s ({record.progress})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
