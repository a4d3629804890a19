"""The fault harness in its short form: it runs, things fall, every promise is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from scripts.faults.run import STATE, ActKind, State, Wanted, run

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


@pytest.mark.parametrize("kind", ["alone", "several"])
def test_nothing_is_lost_and_nothing_twice(tmp_path: Path, kind: ActKind) -> None:
    wanted = Wanted(events=300, kills=3, seed=5, rate=40.0, only=kind, hurry=True)
    kept = asyncio.run(run(wanted, tmp_path / "faults", resume=False))
    state = msgspec.json.decode((tmp_path / "faults" / STATE).read_bytes(), type=State)
    verdicts = [verdict for played in state.played for verdict in played.verdicts]
    assert kept, [verdict for verdict in verdicts if verdict.kept is False]
    assert len(verdicts) > 20


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", "utf-8")
    with pytest.raises(SystemExit):
        asyncio.run(run(Wanted(events=10, kills=0, seed=1, rate=10.0), tmp_path, resume=False))
    assert (tmp_path / "letter.txt").exists()
