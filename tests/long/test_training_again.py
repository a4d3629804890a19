"""Training is the same to the last bit: else a sentence near a border is understood on one machine, and a
story of another machine's tests tips."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nlu.pipeline import DATA
from nlu.rasa_format import read
from nlu.train import FEW

ROOT = Path(__file__).resolve().parents[2]
SOME = ("conversation.yml", "medicine.yml", "price.yml", "told_c_without_marks.yml")
"""Short turns, two topics, and sentences on everything; urgent ones and names of goods among them."""
TRAINING = """
import sys
from pathlib import Path
from content.catalog import load
from nlu.train import train
if __name__ == "__main__":
    train(Path(sys.argv[1]), Path(sys.argv[2]), load())
"""
"""As a program of its own: the processes that help it start it anew."""

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Some files of the data, enough that several processes take the sentences apart."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in SOME:
        shutil.copy(DATA / name, folder)
    assert len(read(folder)) >= FEW
    return folder


def trained(data: Path, seed: str) -> bytes:
    """The model's file, from a process whose strings hash by `seed`."""
    program, out = data.parent / "training.py", data.parent / f"{seed}.npz"
    program.write_text(TRAINING, "utf-8")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
    subprocess.run([sys.executable, program, data, out], cwd=ROOT, env=environment, check=True)
    return out.read_bytes()


def test_two_trainings_of_the_same_sentences_give_the_same_file(few: Path) -> None:
    assert trained(few, "1") == trained(few, "2")
