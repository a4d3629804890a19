"""The contacts file changes while the product runs; a broken one changes nothing and says what is wrong."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.cases.directory import Directory, DirectoryError, read
from bot.cases.filing import Registry
from bot.cases.standing import standing
from bot.storage.database import Database
from tests.bot.handoff.post_office import SECRET, Mailbox, PostOffice

LEAD = "so_y_te"


def write(file: Path, address: str) -> None:
    file.write_text(f"thai-nguyen:\n  {LEAD}:\n    email: {address}\n", "utf-8")


def address(directory: Directory) -> str | None:
    return directory.reach("thai-nguyen", LEAD).email


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write(tmp_path / "contacts.yml", "cu@tinh.example.vn")
    return tmp_path / "contacts.yml"


def test_a_change_is_taken_up(file: Path) -> None:
    directory = read(file)
    assert address(directory) == "cu@tinh.example.vn"
    write(file, "moi-hon@tinh.example.vn")
    assert address(directory) == "moi-hon@tinh.example.vn"


def test_a_file_put_in_its_place_is_taken_up_though_its_times_are_the_same(file: Path) -> None:
    directory, before = read(file), file.stat()
    other = file.with_name("other.yml")
    write(other, "ab@tinh.example.vn")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert other.stat().st_size == before.st_size
    other.replace(file)
    assert address(directory) == "ab@tinh.example.vn"


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ("thai-nguyen: [", "no YAML"),
        ("", "null"),
        (f"thai-nguyen: {{{LEAD}: {{mail: x@y.vn}}}}", "mail"),
        (f"thai-nguyen: {{{LEAD}: {{webhook: https://x.vn/, secrets: [{SECRET[:30]}]}}}}", "a secret"),
        (f"thai-nguyen: {{{LEAD}: {{secrets: [{SECRET}]]}}}}", "no YAML (line 1, column"),
        (None, "No such file"),
    ],
    ids=["cut off", "empty", "a field unknown", "a secret that is none", "beside a secret", "gone"],
)
def test_a_broken_file_keeps_the_last_good_one_and_is_told_once(
    file: Path, broken: str | None, fault: str
) -> None:
    directory = read(file)
    if broken is None:
        file.unlink()
    else:
        file.write_text(broken, "utf-8")
    with capture_logs() as logs:
        for _ in range(3):
            assert address(directory) == "cu@tinh.example.vn"
    (told,) = logs
    assert (told["event"], told["log_level"]) == ("contacts_file_broken", "error")
    assert directory.fault == told["fault"]
    assert fault in told["fault"]
    assert "\n" not in told["fault"]
    assert SECRET[:20] not in told["fault"]
    write(file, "moi@tinh.example.vn")
    assert address(directory) == "moi@tinh.example.vn"
    assert directory.fault is None


def test_what_is_no_yaml_stops_the_start_and_shows_no_secret(file: Path) -> None:
    file.write_text(f"thai-nguyen:\n  {LEAD}:\n    secrets: [{SECRET}]]\n", "utf-8")
    with pytest.raises(DirectoryError, match=r"it is no YAML \(line 3, column \d+\)\.$") as told:
        read(file)
    assert SECRET[:20] not in str(told.value)


class Listed(PostOffice):
    """Its addresses stand in a file."""

    contacts: Directory

    @property
    def registry(self) -> Registry:
        made = super().registry
        return Registry(made.catalog, made.vault, made.settings, self.contacts, made.limits)


@pytest.fixture
async def listed(database_url: str, box: Mailbox, file: Path) -> AsyncIterator[Listed]:
    database = Database(database_url, pool_size=4)
    office = Listed(database)
    office.contacts = read(file)
    office.set(smtp_url=f"smtp://127.0.0.1:{box.port}", handoff_from="ntd@tinh.example.vn")
    yield office
    await database.close()
    office.folder.cleanup()


async def test_what_is_queued_goes_to_the_address_of_now_and_health_tells_of_a_fault(
    listed: Listed, box: Mailbox, file: Path
) -> None:
    worker = listed.worker()
    first = await listed.file()
    write(file, "moi@tinh.example.vn")
    await worker.run_due()
    file.write_text("hỏng: [", "utf-8")
    await listed.file()
    await worker.run_due()
    await worker.close()
    assert [letter["To"] for letter in box.letters] == ["moi@tinh.example.vn"] * 2
    assert first.case.code in box.letters[0]["Subject"]
    async with listed.database.begin() as uow:
        told = await standing(uow, listed.registry, listed.clock.now())
    assert "no YAML" in str(told["contacts_fault"])
