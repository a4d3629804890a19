from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pypdf import PdfReader

from bot.commands.handoff import handoff

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NTD_DATA_DIR", str(tmp_path))

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(handoff, list(arguments))

    return command


def test_a_client_s_life(run: Run) -> None:
    made = run("client", "So y te", "--province", "hung-yen", "--agency", "so_y_te")
    assert re.fullmatch(r"So y te: key ntd_[\w-]{43}\n", made.output)
    assert run("client", "1022", "--province", "hung-yen").exit_code == 0
    assert run("clients").output == "1022\thung-yen\tactive\t-\nSo y te\thung-yen/so_y_te\tactive\t-\n"
    assert run("client", "So y te", "--renew").output != made.output
    assert run("client", "1022", "--disable").output == "1022 is disabled.\n"
    assert "1022\thung-yen\tdisabled" in run("clients").output
    again = run("client", "1022", "--province", "hung-yen")
    assert (again.exit_code, "already" in again.output) == (1, True)
    assert run("client", "nobody", "--enable").exit_code == 1


def test_a_trial_says_what_came_of_each_way(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run("test", "hung-yen/so_ao").exit_code == 2
    assert "Neither e-mail nor webhook" in run("test", "hung-yen/so_y_te").output
    secret = run("secret").output.strip()
    hook = {"webhook": "https://he-thong.tinh.invalid/", "secrets": [secret], "email": "syt@tinh.example.vn"}
    contacts = tmp_path / "contacts.yml"
    contacts.write_text(json.dumps({"hung-yen": {"so_y_te": hook}}), "utf-8")
    monkeypatch.setenv("NTD_CONTACTS_FILE", str(contacts))
    tried = run("test", "hung-yen/so_y_te")
    assert tried.exit_code == 1
    assert tried.output.splitlines() == [
        "email: no mail server is set up (SMTP_URL, NTD_HANDOFF_FROM)",
        "webhook: the webhook's host name is not known",
    ]


def test_a_province_s_own_slip_is_looked_at(run: Run, tmp_path: Path) -> None:
    slip, own = tmp_path / "slip.pdf", tmp_path / "handoff" / "slip.typ"
    assert run("test", "hung-yen/so_y_te", "--pdf", str(slip)).exit_code == 0
    assert "HY-00-000000" in PdfReader(slip).pages[0].extract_text()
    own.parent.mkdir()
    own.write_text("#unknown", "utf-8")
    broken = run("test", "hung-yen/so_y_te", "--pdf", str(slip))
    assert broken.exit_code == 1
    assert "is not used: unknown variable" in broken.output


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SMTP_URL", "mail.example.vn", "SMTP_URL must read"),
        ("NTD_HANDOFF_FROM", "nobody", "NTD_HANDOFF_FROM"),
        ("NTD_HANDOFF_NETWORKS", "10.0.0.0/8,here", "NTD_HANDOFF_NETWORKS"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    assert words in run("clients").output
