from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from bot.commands.officer import officer
from content.catalog import load

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", database_url)

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(officer, list(arguments))

    return command


AN = ("add", "an.nguyen", "--name", "Nguyễn Văn An", "--province", "hung-yen", "--agency", "so_y_te")


def test_an_officer_s_life(run: Run) -> None:
    made = run(*AN)
    assert re.fullmatch(r"an\.nguyen: one-time password [A-Z2-9]{4}(-[A-Z2-9]{2,4}){3}\n", made.output)
    assert run("list").output == "an.nguyen\tNguyễn Văn An\tofficer\thung-yen/so_y_te\tactive\n"
    renewed = run("reset", "an.nguyen").output
    assert "one-time password" in renewed
    assert renewed != made.output
    assert run("disable", "AN.NGUYEN").exit_code == 0
    assert run("list").output.endswith("disabled\n")
    assert run("enable", "an.nguyen").exit_code == 0
    assert run("list").output.endswith("active\n")


def test_an_officer_of_a_commune_and_an_administrator(run: Run) -> None:
    commune = load().provinces["thai-nguyen"].communes[0]
    place = ("--province", "thai-nguyen", "--agency", "ubnd_xa", "--commune", commune.name)
    assert run("add", "binh.le", "--name", "Lê Bình", *place).exit_code == 0
    assert run("add", "quan.tri", "--name", "Quản trị", "--admin").exit_code == 0
    listed = run("list").output
    assert f"thai-nguyen/ubnd_xa/{commune.code}" in listed
    assert "quan.tri\tQuản trị\tadmin\t-\tactive" in listed
    last = run("disable", "quan.tri")
    assert last.exit_code == 1
    assert "only active administrator" in last.output


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("add", "hai", "--name", "Hai"), 2, "--province"),
        (("add", "hai", "--name", "Hai", "--province", "ha-noi", "--agency", "so_y_te"), 2, "hung-yen"),
        (("add", "hai", "--name", "Hai", "--province", "hung-yen", "--agency", "so_ao"), 2, "so_y_te"),
        ((*AN, "--unit", "chi_cuc_qltt"), 2, "has no unit"),
        ((*AN, "--commune", "1"), 2, "goes with the agency ubnd_xa"),
        (("add", "hai", "--name", "Hai", "--province", "hung-yen", "--agency", "ubnd_xa"), 2, "ubnd_xa"),
        (("add", "Có Dấu", *AN[2:]), 1, "lower-case letters"),
        (("reset", "khong.co"), 2, "There is no officer"),
        (("disable", "khong.co"), 2, "There is no officer"),
    ],
)
def test_what_is_refused_in_a_sentence(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = run(*arguments)
    assert done.exit_code == code
    assert words in done.output
    assert "Traceback" not in done.output


def test_a_login_stands_once(run: Run) -> None:
    assert run(*AN).exit_code == 0
    again = run(*AN)
    assert again.exit_code == 1
    assert "exists already" in again.output
