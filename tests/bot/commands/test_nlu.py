"""`ntd nlu` as other programs use it: bytes in, JSON lines out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DATA = """nlu:
- intent: greet
  examples: |
    - chào bạn
    - xin chào
    - alo
- intent: report_medicine
  examples: |
    - thuốc giả
    - bán thuốc hết hạn
    - nhà thuốc bán thuốc lạ
- intent: report_price
  examples: |
    - chặt chém
    - tính giá gấp đôi
    - bán đắt quá
"""


def ntd(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "nlu", *arguments],
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )


def answers(run: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.decode("utf-8").split("\n")[:-1]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    (folder / "data").mkdir()
    (folder / "data" / "a.yml").write_text(DATA, "utf-8")
    run = ntd("train", "--data", str(folder / "data"), "--out", str(folder / "m.npz"))
    assert run.returncode == 0, run.stderr
    assert b"9 sentences" in run.stdout
    return folder / "m.npz"


def test_one_line_in_one_object_out(model: Path) -> None:
    lines = ["thuốc giả, gọi 0912345678", "", "dòng có \r và \u2028 bên trong", "👍 a\u0301", "x" * 10_000]
    stdin = "\n".join(lines).encode() + b"\nbad \xff\xed\xa0\x80 bytes"
    found = answers(ntd("parse", "--model", str(model), stdin=stdin))
    assert [one["text"] for one in found[:-1]] == lines
    assert found[-1]["text"] == "bad \udcff\udced\udca0\udc80 bytes"
    assert found[0]["act"] == "report"
    [phone] = found[0]["entities"]
    assert found[0]["text"][phone["start"] : phone["end"]] == phone["value"] == "0912345678"
    assert {"act", "topic", "confidence", "urgent", "entities", "alternatives"} <= found[0].keys()


def test_eval_ends_with_its_figures(model: Path, tmp_path: Path) -> None:
    rows = [
        {"text": "thuốc giả", "act": "report", "topic": "medicine", "urgent": False, "style": "standard",
         "entities": [], "alt_topics": []},
        {"text": "xin chào", "act": "greet", "topic": None, "style": "standard", "entities": []},
    ]  # fmt: skip
    file = tmp_path / "dev.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    run = ntd("eval", str(file), "--model", str(model))
    figures = json.loads(run.stdout.decode().splitlines()[-1])
    assert figures["n"] == 2
    assert figures["act_accuracy"] == figures["topic_accuracy"] == 1.0
    more = {"urgent_precision", "urgent_recall", "out_of_scope_f1", "entity_f1", "ece", "by_style"}
    assert more <= figures.keys()


def test_wrong_use_is_one_sentence(tmp_path: Path) -> None:
    missing = ntd("parse", "--model", str(tmp_path / "none.npz"))
    assert (missing.returncode, missing.stdout) == (2, b"")
    assert missing.stderr.decode().count("\n") == 1
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{", "utf-8")
    assert ntd("eval", str(broken)).returncode == 1
    (tmp_path / "empty").mkdir()
    assert ntd("train", "--data", str(tmp_path / "empty"), "--out", str(tmp_path / "m")).returncode == 1


def test_rasa_needs_an_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RASA_URL", raising=False)
    run = ntd("parse", "--engine", "rasa", stdin=b"x\n")
    assert run.returncode == 2
    assert b"RASA_URL" in run.stderr
