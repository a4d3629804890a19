"""Set-up on machines that are not ready for it, and set-up that has nothing to do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import healthy, lock, setup

ROOT = Path(__file__).resolve().parents[2]


def find_python(path: Path, *named: str) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(ROOT / "scripts" / "find-python.sh"), *named]
    return subprocess.run(command, check=False, capture_output=True, text=True, env={"PATH": str(path)})


def pretend_python(folder: Path, name: str, version: str, new_enough: bool) -> None:
    program = folder / name
    lines = ["#!/bin/sh", f'[ "$1" = --version ] && echo "Python {version}" && exit 0']
    lines.append(f"exit {0 if new_enough else 1}")
    program.write_text("\n".join(lines), encoding="utf-8")
    program.chmod(0o755)


def test_an_old_python_is_one_clear_sentence(tmp_path: Path) -> None:
    pretend_python(tmp_path, "python3", "3.9.2", new_enough=False)
    done = find_python(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("ntd needs Python 3.11 or newer and found Python 3.9.2: install one")
    assert len(done.stderr.splitlines()) == 1


def test_no_python_at_all_is_one_clear_sentence(tmp_path: Path) -> None:
    done = find_python(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "found no Python 3" in done.stderr


def test_a_newer_python_beside_an_old_one_is_taken(tmp_path: Path) -> None:
    pretend_python(tmp_path, "python3", "3.9.2", new_enough=False)
    pretend_python(tmp_path, "python3.12", "3.12.1", new_enough=True)
    assert find_python(tmp_path).stdout.strip() == str(tmp_path / "python3.12")


def test_the_python_that_was_named_comes_first(tmp_path: Path) -> None:
    pretend_python(tmp_path, "python3", "3.12.1", new_enough=True)
    pretend_python(tmp_path, "my python", "3.13.0", new_enough=True)
    assert find_python(tmp_path, str(tmp_path / "my python")).stdout.strip() == str(tmp_path / "my python")


@pytest.fixture
def stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps.json")
    return tmp_path / "stamps.json"


def test_a_step_is_done_once_for_the_same_inputs(stamps: Path, tmp_path: Path) -> None:
    done: list[str] = []
    made = tmp_path / "made"

    def work() -> None:
        done.append("once more")
        made.touch()

    for stamp in ("inputs 1", "inputs 1", "inputs 2"):
        setup.step("thing", stamp, "making the thing", work, [made])
    assert len(done) == 2
    made.unlink()
    setup.step("thing", "inputs 2", "making the thing", work, [made])
    assert len(done) == 3


def test_a_step_that_failed_is_done_again(stamps: Path) -> None:
    def fail() -> None:
        raise setup.SetupError("no network")

    with pytest.raises(setup.SetupError):
        setup.step("thing", "inputs", "making the thing", fail)
    assert "thing" not in setup.read_stamps()


def test_a_torn_stamp_file_means_nothing_was_done(stamps: Path) -> None:
    stamps.write_text('{"thing": "inp', encoding="utf-8")
    assert setup.read_stamps() == {}
    setup.write_stamp("thing", "inputs")
    assert json.loads(stamps.read_text(encoding="utf-8")) == {"thing": "inputs"}


def test_no_room_is_said_before_anything_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "FREE_BYTES_NEEDED", {"dev": 10**18})
    with pytest.raises(setup.SetupError, match=r"GB are free on the disk of .* make room first"):
        setup.check_disk("dev")


def test_the_development_lock_holds_all_of_the_run_lock() -> None:
    """Else an installation for tests would not be the one that runs."""
    run, dev = (
        {line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if "==" in line}
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert run
    assert run <= dev


def test_no_lock_names_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert lock.refuse_addresses() == 0
    assert "requirements-dev.txt" in capsys.readouterr().out


def test_a_lock_that_names_an_address_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("requirements.txt", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "requirements.txt").write_text(
        "--index-url https://mirror.example/simple\n", encoding="utf-8"
    )
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    assert lock.refuse_addresses() == 1
    assert "must not be committed" in capsys.readouterr().err


def test_the_ntd_command_finds_this_clone_from_anywhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [ROOT / ".venv" / "bin" / "ntd", "--help"], check=False, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "serve" in done.stdout


def test_an_address_that_nobody_serves_is_not_healthy(capsys: pytest.CaptureFixture[str]) -> None:
    assert healthy.main("http://127.0.0.1:9/health/ready") == 1
    assert "refused" in capsys.readouterr().out


def test_every_target_of_the_makefile_explains_itself() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True, env=environment
    )
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("run", "setup", "test", "test-long", "check", "lock", "help"):
        assert f"make {target} " in done.stdout
        assert f"\n{target}:" in makefile
