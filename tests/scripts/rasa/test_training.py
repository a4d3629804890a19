"""Where Rasa is set up and trained: which Python, what is said when there is none, what is not done twice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
import yaml

from scripts.rasa import environment, training
from scripts.rasa.environment import NO_PYTHON, RasaError
from scripts.rasa.export import CONFIG
from scripts.rasa.train_in_rasa import like_lengths

ROOT = Path(__file__).resolve().parents[3]


def program(file: Path, works: bool) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\nexit {0 if works else 1}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


def test_no_python_is_one_sentence_and_an_exit_code(tmp_path: Path) -> None:
    elsewhere = "from scripts.rasa import environment as e, training as t; from pathlib import Path; "
    run = f"e.PYTHON = Path({str(tmp_path / 'none')!r}); raise SystemExit(t.main())"
    done = subprocess.run(
        [sys.executable, "-c", elsewhere + run],
        cwd=ROOT,
        env={"PATH": str(tmp_path), "PYENV_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"rasa: {NO_PYTHON}\n")


def test_a_shim_that_fails_leads_to_the_version_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "pyenv" / "shims" / "python3.10", works=False)
    behind = program(tmp_path / "pyenv" / "versions" / "3.10.13" / "bin" / "python3.10", works=True)
    monkeypatch.setenv("PATH", str(tmp_path / "pyenv" / "shims"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))
    assert environment.find_python() == behind


def test_the_python_that_was_named_is_taken_or_none(tmp_path: Path) -> None:
    assert environment.find_python(str(program(tmp_path / "mine", works=True))) == tmp_path / "mine"
    assert environment.find_python(str(program(tmp_path / "old", works=False))) is None


def test_the_size_is_that_of_the_packages_named_without_bytecode(tmp_path: Path) -> None:
    for name, size in (("wanted", 100), ("other", 1000)):
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (tmp_path / f"{name}.py").write_bytes(b"x" * size)
        (tmp_path / f"{name}.pyc").write_bytes(b"x" * size)
        (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n", "utf-8")
        (info / "RECORD").write_text(f"{name}.py,,\n{name}.pyc,,\n", "utf-8")
    lock = tmp_path / "lock.txt"
    lock.write_text("Wanted==1.0 \\\n    --hash=sha256:0\nnot-there==1\n", "utf-8")
    assert environment.installed_bytes(tmp_path, lock) == 100


class Trainer:
    """Makes a file as a training would, and counts how often."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, fresh: Path) -> Sequence[str | Path]:
        self.runs += 1
        bar = "Epochs: 100%|##| 7/7 [1:00:54<00:00, 9.1s/it, t_loss=1.2, i_acc=0.98]"
        made = f"pathlib.Path({str(fresh)!r}).write_text('model')"
        return [sys.executable, "-c", f"import pathlib, time; time.sleep(0.25); {made}; print({bar!r})"]


def test_the_same_inputs_are_trained_once(tmp_path: Path) -> None:
    trainer, out = Trainer(), tmp_path / "m.tar.gz"
    first = training._trained(out, "these", trainer)
    record = first.record
    assert (record.epochs, record.epoch_seconds, record.progress) == (7, 522.0, "t_loss=1.2, i_acc=0.98")
    assert 0.2 <= record.wall_seconds < 60
    assert training._trained(out, "these", trainer) == first
    assert trainer.runs == 1
    assert training._trained(out, "others", trainer).record.inputs == "others"
    out.unlink()
    training._trained(out, "others", trainer)
    assert trainer.runs == 3


def test_a_training_that_fails_leaves_no_record(tmp_path: Path) -> None:
    def fails(fresh: Path) -> Sequence[str | Path]:
        return [sys.executable, "-c", f"open({str(fresh)!r}, 'w'); print('no room'); raise SystemExit(3)"]

    training._trained(tmp_path / "m.tar.gz", "these", Trainer())
    with pytest.raises(RasaError, match="exit code 3"):
        training._trained(tmp_path / "m.tar.gz", "others", fails)
    assert not (tmp_path / "m.tar.gz.json").exists()
    assert (tmp_path / "m.tar.gz.log").read_text() == "no room\n"


def test_the_net_without_entities_is_the_same_but_for_them() -> None:
    whole = yaml.safe_load(CONFIG.read_text("utf-8"))
    apart = yaml.safe_load(training.without_entities(yaml.safe_dump(whole | {"assistant_id": "of its own"})))
    assert [part["name"] for part in apart["pipeline"]] == [part["name"] for part in whole["pipeline"]]
    assert "assistant_id" not in apart
    [changed] = [one for one, other in zip(apart["pipeline"], whole["pipeline"], strict=True) if one != other]
    assert (changed["name"], changed["entity_recognition"]) == ("DIETClassifier", False)


@pytest.mark.parametrize("number", [0, 1, 63, 64, 65, 1500])
def test_messages_of_like_length_share_a_batch_and_none_is_lost(number: int) -> None:
    random = Random(1)
    lengths = [random.choice([3, 5, 8, 90]) for _ in range(number)]
    order = like_lengths(lengths, 64, random.shuffle)
    assert sorted(order) == list(range(number))
    if number == 1500:
        batches = [[lengths[place] for place in order[at : at + 64]] for at in range(0, number, 64)]
        filled = sum(max(batch) * len(batch) for batch in batches)
        assert filled < 1.3 * sum(lengths) < 64 * 90 * len(batches) / 2
        assert batches != sorted(batches)
