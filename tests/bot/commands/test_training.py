"""`ntd nlu train` takes no step back, `ntd nlu inbox` writes what it learns beside the data."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from bot.commands import training
from bot.commands.nlu import nlu
from bot.learning import reviews
from bot.storage.database import Database
from bot.storage.tables import contacts
from bot.storage.vault import Vault
from nlu.rasa_format import read
from nlu.understanding import Understanding
from tests.bot.cases.desk import CATALOG

KEY = "bm90LWEtc2VjcmV0LW9ubHktZm9yLXRlc3RzLW9rISE="
SAID = {
    "greet": ("chào bạn", "xin chào", "alo ad ơi"),
    "report_medicine": ("mua phải thuốc giả", "bán thuốc hết hạn cho tôi", "nhà thuốc bán thuốc lạ"),
    "ask_price": ("chặt chém thì báo ai", "tính giá gấp đôi có đúng không", "bán đắt quá thì sao"),
    "out_of_scope": ("mai trời có mưa không", "kể chuyện cười đi", "mấy giờ rồi"),
}
WRONG = dict(zip(SAID, [*list(SAID.values())[1:], SAID["greet"]], strict=True))
ENDS = ("ạ", "nhé", "với", "hả")
FROZEN = """{"text": "mua phải thuốc giả", "act": "report", "topic": "medicine"}
{"text": "chặt chém thì báo ai", "act": "ask", "topic": "price"}
{"text": "xin chào", "act": "greet"}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With `good/`, `wrong/` and frozen sentences; the data folder is `var`."""
    monkeypatch.setenv("NTD_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("content.catalog.load", lambda: CATALOG)  # read once, for time's sake
    for name, said in (("good", SAID), ("wrong", WRONG)):
        (tmp_path / name).mkdir()
        blocks = [
            f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {text}\n" for text in texts)
            for intent, texts in said.items()
        ]
        (tmp_path / name / "data.yml").write_text("nlu:\n" + "".join(blocks), "utf-8")
    (tmp_path / "dev.jsonl").write_text(FROZEN, "utf-8")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(nlu, arguments)


def train(data: str, *more: str) -> Result:
    return run("train", "--data", data, "--out", "m.npz", "--frozen", "dev.jsonl", *more)


def test_a_model_that_is_worse_does_not_land(folder: Path) -> None:
    assert train("good").exit_code == 0, "with no model yet, any lands"
    good = (folder / "m.npz").read_bytes()
    worse = train("wrong")
    assert worse.exit_code == 1
    [sentence] = worse.stderr.splitlines()
    assert "m.npz stays" in sentence
    assert "act on dev.jsonl 100.0% -> 0.0%" in sentence
    assert (folder / "m.npz").read_bytes() == good
    assert train("wrong", "--force").exit_code == 0
    assert (folder / "m.npz").read_bytes() != good
    assert sorted(path.name for path in folder.glob("m.npz*")) == ["m.npz"]


def test_a_present_file_that_is_no_model_is_replaced(folder: Path) -> None:
    (folder / "m.npz").write_bytes(b"torn")
    done = train("good")
    assert done.exit_code == 0, done.stderr
    assert "cannot be used" in done.stderr


def test_without_frozen_sentences_it_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlu.gate.FROZEN", (folder / "none.jsonl",))
    (folder / "m.npz").write_bytes(b"")
    done = run("train", "--data", "good", "--out", "m.npz")
    assert done.exit_code == 0
    assert "--frozen" in done.stderr


def test_labelled_sentences_are_learnt_too(folder: Path) -> None:
    labelled = "nlu:\n- intent: thanks\n  examples: |\n    - cảm ơn ad\n    - tks nha\n    - cám ơn nhiều\n"
    (folder / "inbox.yml").write_text(labelled, "utf-8")
    assert "trained on 15 sentences" in train("good", "--inbox", "inbox.yml").stdout
    (folder / "inbox.yml").write_text(labelled.replace("thanks", "report_gone"), "utf-8")
    unknown = train("good", "--inbox", "inbox.yml")
    assert unknown.exit_code == 1
    assert "report_gone" in unknown.stderr


@pytest.mark.long
def test_set_up_always_gets_its_model_and_the_inbox_only_where_it_does_no_harm(folder: Path) -> None:
    assert train("good").exit_code == 0
    more = "".join(
        f"- intent: {intent}\n  examples: |\n"
        + "".join(f"    - {text} {end}\n" for text in texts for end in ENDS)
        for intent, texts in SAID.items()
    )
    (folder / "inbox.yml").write_text("nlu:\n" + more, "utf-8")
    fine = train("good", "--afresh", "--inbox", "inbox.yml")
    assert fine.exit_code == 0
    assert fine.stdout.count("trained on") == 2, fine.stderr
    poison = "".join(
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {text}\n" for text in texts)
        for intent, texts in WRONG.items()
    )
    (folder / "inbox.yml").write_text("nlu:\n" + poison, "utf-8")
    harmful = train("good", "--afresh", "--inbox", "inbox.yml")
    assert harmful.exit_code == 0
    assert "Without inbox.yml: m.npz stays" in harmful.stderr
    assert train("wrong", "--afresh").exit_code == 0, "a changed tree sets itself up"


def test_a_package_that_may_not_be_written_is_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.learning.model.MODEL", folder / "dev.jsonl" / "model" / "model.npz")
    assert training._place() == folder / "var" / "nlu" / "model.npz"
    (folder / "package").mkdir()
    monkeypatch.setattr("bot.learning.model.MODEL", folder / "package" / "model" / "model.npz")
    assert training._place() == folder / "package" / "model" / "model.npz"


async def _labelled(url: str) -> None:
    vault, now = Vault((KEY,)), dt.datetime.now(dt.UTC)
    database = Database(url, pool_size=1)
    async with database.begin() as uow:
        row = {
            "channel": "web", "address_hash": b"1", "address_sealed": b"", "language": "vi",
            "created_at": now, "last_seen_at": now,
        }  # fmt: skip
        contact = (await uow.execute(insert(contacts).returning(contacts.c.id), row)).scalar_one()
        await reviews.allow(uow, contact, True, now)
        understood = Understanding(text="tks ad nha", act="inform", topic=None, confidence=0.1, urgent=False)
        await reviews.note(
            uow, vault, contact_id=contact, province=None, understanding=understood, source="unsure", now=now
        )
        reader = reviews.Reader("hung-yen", focal=False)
        [one] = (await reviews.page(uow, vault, reader, "waiting", 1)).items
        given = reviews.Label("thanks", None, False)
        await reviews.label(uow, reader, one.id, given, officer_id=None, now=now)
        await uow.commit()
    await database.close()


async def test_inbox_writes_what_is_labelled(
    folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NTD_KEYS", KEY)
    nothing = await asyncio.to_thread(run, "inbox")
    assert (nothing.exit_code, nothing.stdout) == (0, "Nothing is labelled yet.\n")
    await _labelled(database_url)
    done = await asyncio.to_thread(run, "inbox")
    assert done.exit_code == 0, done.stderr
    assert "1 labelled sentences" in done.stdout
    [example] = read(folder / "var" / "nlu" / "inbox.yml")
    assert (example.text, example.intent) == ("tks ad nha", "thanks")
    assert training._labelled() == folder / "var" / "nlu" / "inbox.yml"
