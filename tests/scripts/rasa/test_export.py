"""Our sentences as a Rasa project: as they are, and with copies whose entities stand where they stood."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from nlu.rasa_format import Example, Mark, read, unmark
from scripts.rasa.export import annotated, carried, copies, export

DATA = """version: "3.1"
nlu:
- intent: report_bank_fraud
  metadata: {urgent: true}
  examples: |
    - em vừa chuyển khoản [5 triệu](money) cho số [0900000001](phone), giờ nó chặn rồi
    - bị lừa [hôm qua](date)
- intent: greet
  examples: |
    - xin chào ạ
    - alo
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.yml").write_text(DATA, "utf-8")
    (folder / "notes.txt").write_text("not training data", "utf-8")
    return folder


def test_our_files_stand_in_the_project_as_they_are(data: Path, tmp_path: Path) -> None:
    project = export(data, tmp_path / "project")
    assert (project / "data" / "sentences" / "a.yml").read_bytes() == (data / "a.yml").read_bytes()
    assert not list(project.rglob("notes.txt"))
    assert "DIETClassifier" in {part["name"] for part in yaml.safe_load(config(project))["pipeline"]}


def config(project: Path) -> str:
    return (project / "config.yml").read_text("utf-8")


def test_the_copies_can_be_read_again_with_their_entities(data: Path, tmp_path: Path) -> None:
    project = export(data, tmp_path / "project")
    made = read(project / "data" / "copies.yml")
    by_intent = {intent: [e for e in made if e.intent == intent] for intent in ("report_bank_fraud", "greet")}
    assert len(by_intent["report_bank_fraud"]) in (3, 4)  # noise may make what is there already
    folded = next(e for e in made if e.text.startswith("em vua chuyen khoan 5 trieu"))
    assert [(m.type, folded.text[m.start : m.end]) for m in folded.marks] == [
        ("money", "5 trieu"),
        ("phone", "0900000001"),
    ]


def test_a_sentence_has_two_copies_at_most_and_none_like_another() -> None:
    texts = ["bị lừa rồi", "alo", "toi bi lua", "mua phải hàng giả ở chợ"]
    for text in texts:
        made = [e.text for e in copies([Example(text, "inform", False, (), "a#0")])]
        assert len(made) <= 2
        assert len({text, *made}) == 1 + len(made)


def test_another_export_is_the_same(data: Path, tmp_path: Path) -> None:
    one, two = (export(data, tmp_path / name) / "data" / "copies.yml" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_a_small_export_has_every_intent_and_the_epochs_asked_for(data: Path, tmp_path: Path) -> None:
    project = export(data, tmp_path / "project", sentences=2, epochs=3)
    kept = read(project / "data" / "sentences.yml")
    assert sorted(e.intent for e in kept) == ["greet", "report_bank_fraud"]
    [diet] = [p for p in yaml.safe_load(config(project))["pipeline"] if p["name"] == "DIETClassifier"]
    assert diet["epochs"] == 3


@pytest.mark.parametrize(
    ("line", "copy", "values"),
    [
        ("mất [5 triệu](money) rồi", "mat 5 trieu roi", ["5 trieu"]),
        ("mất [5 triệu](money) rồi", "mất 5 tr r", ["5 tr"]),
        ("gọi [0900000001](phone) nhé", "gọi0900000001 nhé", ["0900000001"]),
        ("mua [sầu riêng](product) ở chợ", "mua sầuu rieengf ở chợ", ["sầuu rieengf"]),
        ("[hôm qua](date) ở [xã Đại Từ](commune)", "homqua o xa dai tuuu", ["homqua", "xa dai tuuu"]),
        ("ăn [phở](product) rồi", "ăn rồi", []),
    ],
)
def test_entities_are_found_again_in_what_was_typed_badly(line: str, copy: str, values: list[str]) -> None:
    text, marks = unmark(line)
    assert [copy[m.start : m.end] for m in carried(text, marks, copy)] == values


def test_annotations_are_written_as_they_are_read() -> None:
    text, marks = "mất 5tr, gọi 0900000001", (Mark("phone", 13, 23), Mark("money", 4, 7))
    line = annotated(text, marks)
    assert line == "mất [5tr](money), gọi [0900000001](phone)"
    assert unmark(line) == (text, tuple(sorted(marks, key=lambda m: m.start)))
