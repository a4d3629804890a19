"""The stories of tests/conversations, played on phones: over each messenger's emulator and the product's own
HTTP address. By default those that use what channels differ in; all of them under `make test-long`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.app import Knowledge, read_knowledge
from bot.player.script import read_script
from bot.player.terminal import play
from tests.support.phones import MESSENGERS, house
from tests.support.postgres import Databases
from tests.support.stage_on_phones import HouseWithOfficers, stage_on_phone

FOLDER = Path(__file__).parent / "conversations"
STORIES = sorted(FOLDER.glob("*.yml"))

CHOSEN = (
    "fake_medicine",
    "1_bank_fraud_urgent",
    "1_two_complaints_one_photo",
    "1_officer_asks",
    "1_officer_did_not_help",
    "1_tracking_elsewhere",
    "1_withdraw",
    "2_english_change_language",
)

_NO_FORWARDING = "the platform does not tell that a text was forwarded: it looks like the person's own"
_FETCHED_LATER = "what is no photo is refused after the turn, when it is fetched (tests/contracts shows that)"

_NO_LANGUAGE = "the platform does not tell the app's language, and `hello` alone is said in Vietnamese too"

IMPOSSIBLE = {
    ("zalo", "2_english_officer"): _NO_LANGUAGE,
    ("zalo_bot", "2_english_officer"): _NO_LANGUAGE,
    ("zalo", "2_greeting_by_name"): "events of an OA carry no name of the person",
    ("zalo", "1_forwarded_scam"): _NO_FORWARDING,
    ("zalo_bot", "1_forwarded_scam"): _NO_FORWARDING,
    ("telegram", "1_photo_as_evidence"): _FETCHED_LATER,
    ("zalo", "1_photo_as_evidence"): _FETCHED_LATER,
    ("zalo_bot", "1_photo_as_evidence"): _FETCHED_LATER,
}
"""Stories about something that the platform does not have."""


class Houses:
    """One product and one emulator for each channel, opened when a story first needs it."""

    def __init__(self, databases: Databases, folder: Path) -> None:
        self._databases, self._folder = databases, folder
        self._stack = AsyncExitStack()
        self._open: dict[str, HouseWithOfficers] = {}
        self._knowledge: Knowledge | None = None

    async def of(self, channel: str) -> HouseWithOfficers:
        if channel not in self._open:
            self._knowledge = self._knowledge or read_knowledge()
            folder = self._folder / channel
            home = await self._stack.enter_async_context(
                house(channel, self._databases.fresh(), folder, self._knowledge)
            )
            self._open[channel] = await HouseWithOfficers.of(home)
        return self._open[channel]

    async def close(self) -> None:
        await self._stack.aclose()


@pytest.fixture(scope="session")
async def houses(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Houses]:
    found = Houses(databases, tmp_path_factory.mktemp("houses"))
    yield found
    await found.close()


async def plays(houses: Houses, channel: str, path: Path) -> None:
    if reason := IMPOSSIBLE.get((channel, path.stem)):
        pytest.skip(reason)
    script = read_script(path)
    home = await houses.of(channel)
    stage = await stage_on_phone(home, script)
    async with asyncio.timeout(150):
        told = [turn async for turn in play(stage, script)]
    assert told


@pytest.mark.parametrize("story", CHOSEN)
@pytest.mark.parametrize("channel", MESSENGERS)
async def test_the_story_comes_out_on_a_phone(houses: Houses, channel: str, story: str) -> None:
    await plays(houses, channel, FOLDER / f"{story}.yml")


@pytest.mark.long
@pytest.mark.parametrize("path", [p for p in STORIES if p.stem not in CHOSEN], ids=lambda path: path.stem)
@pytest.mark.parametrize("channel", MESSENGERS)
async def test_every_story_comes_out_on_a_phone(houses: Houses, channel: str, path: Path) -> None:
    await plays(houses, channel, path)


def test_what_is_left_out_is_there_and_has_a_reason() -> None:
    stems = {path.stem for path in STORIES}
    assert set(CHOSEN) <= stems
    assert {story for _, story in IMPOSSIBLE} <= stems
    assert all(IMPOSSIBLE.values())
