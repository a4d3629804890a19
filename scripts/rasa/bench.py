"""`make bench-nlu`: our understanding of messages and Rasa's, trained on the same sentences and asked the
same ones, in one run.

Prints the tables of docs/benchmarks.md. A side that was trained from the same inputs before is not trained
again: its time was written down then. Each side is asked in a process of its own, one message at a time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from nlu.evaluate import Labelled
from nlu.rasa_format import DataError
from nlu.understanding import Understanding
from scripts import setup
from scripts.rasa import environment, training
from scripts.rasa.environment import LOCK, PYTHON, ROOT, VENV, RasaError, say
from scripts.rasa.figures import of_rasa, quality, times
from scripts.rasa.table import Cost, markdown
from scripts.rasa.training import Model

TEST = ROOT / "tests" / "data" / "nlu" / "test.jsonl"
DEVELOPMENT = ROOT / "tests" / "data" / "nlu" / "dev.jsonl"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, default=TEST if TEST.exists() else DEVELOPMENT)
    training.add_options(parser)
    asked = parser.parse_args()
    try:
        print(compare(asked))
    except (RasaError, DataError, OSError, msgspec.MsgspecError) as error:
        print(f"bench-nlu: {error}", file=sys.stderr)
        return 1
    return 0


def compare(asked: argparse.Namespace) -> str:
    labels = read_labels(asked.file)
    environment.ensure(asked.python)
    folder = asked.folder.resolve()
    rasa = training.train_rasa(folder, training.wish(asked))
    apart = training.train_rasa_without_entities(folder)
    ours = training.train_ours(folder)
    texts = [label.text for label in labels]
    mine = ask(sys.executable, "scripts.rasa.ours", ours, texts)
    mine_alone = ask(sys.executable, "scripts.rasa.ours", ours, texts, "intents")
    its = ask(PYTHON, "scripts.rasa.in_rasa", rasa, texts)
    its_alone = ask(PYTHON, "scripts.rasa.in_rasa", apart, texts)
    costs = (
        _cost(mine, mine_alone["milliseconds"], ours, setup.site_packages(), setup.RUN_LOCK),
        _cost(its, its_alone["milliseconds"], rasa, environment.site_packages(VENV), LOCK),
    )
    understood = msgspec.convert(mine["answers"], list[Understanding])
    answered = list(zip(texts, its["answers"], strict=True))
    tables = markdown(
        quality(labels, understood),
        quality(labels, [of_rasa(text, body) for text, body in answered]),
        quality(labels, [of_rasa(text, body, fallback_is_foreign=True) for text, body in answered]),
        costs,
    )
    return f"{_circumstances(asked.file, labels, ours, rasa)}\n\n{tables}"


def _circumstances(file: Path, labels: list[Labelled], ours: Model, rasa: Model) -> str:
    its = rasa.record
    together = ", messages of like length together," if "train_in_rasa" in its.inputs else ""
    epochs = f"{its.epochs} epochs{together} of {its.epoch_seconds:.0f} s"
    return (
        f"{len(labels)} sentences of {file.name}, asked on {training.cores()} cores; ours was trained on "
        f"{ours.record.cores}, Rasa on {its.cores}: {epochs} (the 100 that it recommends: "
        f"{its.epoch_seconds / 36:.1f} hours), after the last {its.progress}."
    )


def read_labels(file: Path) -> list[Labelled]:
    """Each text once: two labels of one text would make one of them wrong on both sides."""
    lines = [line for line in file.read_bytes().split(b"\n") if line.strip()]
    labels = [msgspec.json.decode(line, type=Labelled) for line in lines]
    return list({label.text: label for label in labels}.values())


def ask(python: str | Path, module: str, model: Model, texts: list[str], *more: str) -> dict[str, Any]:
    """What `module` measured with `model`, in a process of its own."""
    say(f"asking {module} {len(texts)} sentences")
    with tempfile.TemporaryDirectory(prefix="ntd bench ") as kept:
        asked, out = Path(kept) / "texts.json", Path(kept) / "out.json"
        asked.write_text(json.dumps(texts), "utf-8")
        command = [python, "-m", module, model.file, asked, out, *more]
        done = subprocess.run(
            command, cwd=ROOT, env=environment.variables(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RasaError(f"{module} ended with an error: {done.stderr.strip()[-2000:]}")
        measured: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return measured


def _cost(
    measured: dict[str, Any], alone: list[float], model: Model, site_packages: Path, lock: Path
) -> Cost:
    return Cost(
        intents=times(alone),
        whole=times(measured["milliseconds"]),
        memory_bytes=measured["memory_bytes"],
        load_seconds=measured["load_seconds"],
        training=model.record,
        model_bytes=model.file.stat().st_size,
        installed_bytes=environment.installed_bytes(site_packages, lock),
    )


if __name__ == "__main__":
    sys.exit(main())
