"""`ntd route` as other tools call it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from bot.commands.route import route


def _object(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(route, arguments)
    assert result.exit_code == 0, result.output
    [line] = result.stdout.splitlines()
    told: dict[str, object] = json.loads(line)
    return told


def test_without_a_story_only_the_unconditional() -> None:
    assert _object("--province", "thai-nguyen", "--topic", "medicine") == {
        "province": "thai-nguyen",
        "topic": "medicine",
        "lead": {"agency": "so_y_te", "unit": None, "clauses": ["PL.III.8", "PL.III.9"]},
        "coordinating": [],
    }


def test_with_a_story_and_a_commune() -> None:
    told = _object(
        *("--province", "hung-yen", "--topic", "medicine"),
        *("--text", "mua phải thuốc giả", "--commune", "Yên Mỹ"),
    )
    assert told["coordinating"] == [
        {"agency": "cong_an_tinh", "unit": None, "clauses": ["III.7"]},
        {"agency": "so_cong_thuong", "unit": "chi_cuc_qltt", "clauses": ["III.1"]},
        {
            "agency": "ubnd_xa",
            "unit": None,
            "clauses": ["III.12"],
            "commune": {"code": "12073", "name": "Xã Yên Mỹ"},
        },
    ]


def test_agencies_of_another_province_say_so() -> None:
    told = _object("--province", "thai-nguyen", "--topic", "price", "--commune", "12073")
    assert told["lead"] == {"agency": "so_cong_thuong", "unit": "chi_cuc_qltt", "clauses": ["III.2"]}
    parts = told["coordinating"]
    assert isinstance(parts, list)
    assert [(part["agency"], part["province"]) for part in parts] == [
        ("so_cong_thuong", "hung-yen"),
        ("ubnd_xa", "hung-yen"),
    ]


def test_a_complaint_about_the_commune_is_kept_from_it() -> None:
    told = _object(
        *("--province", "hung-yen", "--topic", "agency_conduct"),
        *("--text", "UBND xã không giải quyết đơn của tôi", "--commune", "Yên Mỹ"),
    )
    assert "ubnd_xa" not in json.dumps(told)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--province", "ha-noi", "--topic", "medicine"], "known are hung-yen, thai-nguyen"),
        (["--province", "hung-yen", "--topic", "cars"], "known are"),
        (["--province", "hung-yen"], "--topic"),
        (
            ["--province", "hung-yen", "--topic", "price", "--commune", "Đình Dù"],
            "Xã Đại Đồng (11995, Hưng Yên), or Xã Như Quỳnh (12004, Hưng Yên)",
        ),
        (["--province", "hung-yen", "--topic", "price", "--commune", "Qwxz"], "names no one commune"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_2(arguments: list[str], told: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "route", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
