"""The spool on a real disk: what is written outlives us, what cannot be written leaves nothing."""

from __future__ import annotations

import datetime as dt
import errno
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.spool.store import HEAD, Figures, Spool, Unreadable, figures
from bot.storage.vault import Vault

KEY = Fernet.generate_key().decode()
NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
LAN, HOA = "telegram\x001", "zalo\x002"


def opened(folder: Path, *keys: str, most: int = 1000) -> Spool:
    return Spool(folder, Vault(keys or (KEY,)), most)


def contents(spool: Spool) -> list[bytes]:
    return [spool.read(name) for name in spool.waiting()]


def later(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "spool" / "waiting").rglob("*") if path.is_file())


def test_what_was_put_is_there_for_the_next_process_in_order(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    for chat, content, at in ((LAN, b"1", 0), (HOA, b"2", 1), (LAN, b"3", 2)):
        spool.put(chat, content, later(at))
    after = opened(tmp_path)
    assert contents(after) == [b"1", b"2", b"3"]
    assert (after.holds(LAN), after.holds(HOA), after.holds("web\x001")) == (True, True, False)
    assert after.figures() == Figures(3, NOW, 0) == figures(tmp_path)
    assert after.id == spool.id


def test_a_chat_keeps_its_order_when_the_clock_goes_back(tmp_path: Path) -> None:
    first, second = opened(tmp_path), opened(tmp_path)
    first.put(LAN, b"1", later(0))
    second.put(LAN, b"2", later(-3600))
    first.put(LAN, b"3", later(-3600))
    assert contents(first) == [b"1", b"2", b"3"]


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.put(LAN, "số 0900000001".encode(), NOW)
    (file,) = files(tmp_path)
    written = file.read_bytes()
    assert written.startswith(HEAD)
    assert b"0900000001" not in written
    assert "telegram" not in str(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o700


def test_what_is_taken_up_leaves_nothing_behind(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.put(LAN, b"1", NOW)
    (name,) = spool.waiting()
    spool.remove(name)
    spool.remove(name)
    assert not spool.holds(LAN)
    assert list((tmp_path / "spool" / "waiting").iterdir()) == []
    with pytest.raises(FileNotFoundError):
        spool.read(name)


def test_a_key_that_was_replaced_still_opens_it_and_one_that_is_gone_does_not(tmp_path: Path) -> None:
    opened(tmp_path).put(LAN, b"1", NOW)
    fresh = Fernet.generate_key().decode()
    assert contents(opened(tmp_path, fresh, KEY)) == [b"1"]
    without = opened(tmp_path, fresh)
    with pytest.raises(Unreadable):
        contents(without)


@pytest.mark.parametrize("damage", ["cut", "altered", "empty", "of another version"])
def test_a_damaged_file_is_told_and_set_aside_alone(tmp_path: Path, damage: str) -> None:
    spool = opened(tmp_path)
    spool.put(LAN, b"1", NOW)
    (file,) = files(tmp_path)
    written = file.read_bytes()
    file.write_bytes(
        {
            "cut": written[:-5],
            "altered": written[:-5] + b"AAAA=",
            "empty": b"",
            "of another version": b"ntd-spool 9\n" + written[len(HEAD) :],
        }[damage]
    )
    spool.put(LAN, b"2", NOW)
    damaged, whole = spool.waiting()
    with pytest.raises(Unreadable):
        spool.read(damaged)
    spool.set_aside(damaged)
    assert spool.waiting() == [whole]
    assert spool.figures().set_aside == 1
    assert spool.restore() == 1
    assert spool.waiting() == [damaged, whole]


def test_what_was_set_aside_goes_after_its_time_and_so_do_halves_of_the_dead(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    for at in (0, 3600):
        spool.put(LAN, b"1", later(at))
        spool.set_aside(spool.waiting()[0])
    spool.put(HOA, b"2", NOW)
    (file,) = files(tmp_path)
    young, old = (file.with_name(f".{letter}.part") for letter in "ab")
    for half, age in ((young, 1), (old, 3600)):
        half.write_bytes(b"half")
        os.utime(half, times=(later(-age).timestamp(),) * 2)
    assert spool.tidy(NOW + dt.timedelta(days=7, seconds=60), dt.timedelta(days=7)) == 1
    assert spool.figures() == Figures(1, NOW, 1)
    assert not old.exists()
    assert spool.tidy(NOW, dt.timedelta(days=7)) == 0
    assert contents(spool) == [b"2"]


def test_no_more_wait_than_may(tmp_path: Path) -> None:
    """Also when another process wrote them, or took them up."""
    spool, other = opened(tmp_path, most=2), opened(tmp_path)
    other.put(LAN, b"1", later(1))
    spool.put(HOA, b"2", later(2))
    spool.waiting()
    refused = tried(spool, HOA, b"3", later(3))
    assert refused is not None
    assert refused.errno == errno.EDQUOT
    other.remove(other.waiting()[0])
    spool.put(HOA, b"3", later(3))
    assert contents(spool) == [b"2", b"3"]


def test_writers_and_a_taker_side_by_side_lose_nothing(tmp_path: Path) -> None:
    """Folders come and go under the writers' hands."""
    spools = [opened(tmp_path) for _ in range(4)]
    taken: list[bytes] = []
    writing = True

    def write(number: int) -> None:
        for event in range(25):
            spools[number].put(f"telegram\x00{number}", b"%d-%03d" % (number, event), later(event))

    def take() -> None:
        reader = opened(tmp_path)
        while writing or reader.waiting():
            for name in reader.waiting():
                taken.append(reader.read(name))
                reader.remove(name)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    taker = threading.Thread(target=take)
    for thread in (*writers, taker):
        thread.start()
    for thread in writers:
        thread.join()
    writing = False
    taker.join()
    for number in range(4):
        own = [content for content in taken if content.startswith(b"%d-" % number)]
        assert own == [b"%d-%03d" % (number, event) for event in range(25)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("a small disk of its own needs the right to mount")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def tried(spool: Spool, chat: str, content: bytes, at: dt.datetime) -> OSError | None:
    try:
        spool.put(chat, content, at)
    except OSError as error:
        return error
    return None


def test_a_full_disk_refuses_and_leaves_no_half(small_disk: Path) -> None:
    spool = opened(small_disk)
    kept = 0
    while (refused := tried(spool, LAN, b"x" * 3000, later(kept))) is None:
        kept += 1
    assert refused.errno == errno.ENOSPC
    assert kept > 3
    assert len(files(small_disk)) == kept
    assert contents(spool) == [b"x" * 3000] * kept
    spool.remove(spool.waiting()[0])
    spool.put(LAN, b"y" * 3000, later(kept))
    assert contents(spool)[-1] == b"y" * 3000
