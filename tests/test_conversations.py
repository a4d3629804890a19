"""Every story under tests/conversations, played on the real stack by the player of `ntd chat --script`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from bot.app import Knowledge, Product
from bot.player.script import Expectation, Script, ScriptTurn, read_script
from bot.player.terminal import play, stage
from content.schema import Language
from nlu.understanding import SECRET_ENTITIES
from tests.support.knowledge import shared_knowledge

STORIES = sorted((Path(__file__).parent / "conversations").glob("*.yml"))
ENOUGH = 40
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ .-](?=\d)")


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return shared_knowledge()


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
async def test_the_story_comes_out(path: Path, knowledge: Knowledge, database_url: str) -> None:
    script = read_script(path)
    told: list[dict[str, Any]] = []
    async with stage(
        channel=script.channel,
        province=script.province,
        name=script.name,
        language=script.language,
        url=database_url,
        knowledge=knowledge,
    ) as ready:
        async for turn in play(ready, script):
            told.append(turn)
            _keeps_the_channels_limits(turn, ready.product, script.channel)
    assert told, f"{path.name} has no turns"
    _danger_comes_first(script, told, knowledge)
    _no_agency_too_many(script, told)
    _no_secret_comes_back(script, told, knowledge)


def test_there_are_enough_stories() -> None:
    assert len(STORIES) >= ENOUGH


def test_every_topic_is_filed_in_a_story(knowledge: Knowledge) -> None:
    filed = {
        expected.complaint["topic"]
        for path in STORIES
        for expected in _expectations(read_script(path))
        if expected.complaint and {"topic", "lead"} <= expected.complaint.keys()
    }
    assert filed == set(knowledge.catalog.topics)


def test_every_story_expects_something() -> None:
    assert not [path.name for path in STORIES if not any(_expectations(read_script(path)))]


def _expectations(script: Script) -> Iterator[Expectation]:
    return (turn.expect for turn in script.turns if turn.expect is not None)


def _played(script: Script, told: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Expectation]]:
    """What was told beside what was expected of it; a change of persons tells nothing."""
    now: dict[str, Any] | None = None
    rest = iter(told)
    for turn in script.turns:
        if turn.expect is None:
            now = None if turn.person is not None else next(rest)
        elif now is not None:
            yield now, turn.expect


def _keeps_the_channels_limits(turn: dict[str, Any], product: Product, channel: str) -> None:
    limits = product.channels[channel].limits
    for reply in turn["replies"]:
        assert reply["text"].strip(), turn["user"]
        assert len(reply["text"]) <= limits.text, turn["user"]
        assert len(reply["choices"]) <= limits.choices, f"{turn['user']}: {len(reply['choices'])} choices"
        labels = [choice["label"] for choice in reply["choices"]]
        assert len(set(labels)) == len(labels), f"{turn['user']}: two choices read the same: {labels}"


def _danger_comes_first(script: Script, told: list[dict[str, Any]], knowledge: Knowledge) -> None:
    """Whoever is in danger reads the number to call before anything else."""
    languages: tuple[Language, ...] = get_args(Language)
    openings = tuple(knowledge.catalog.say(each, "guidance.urgent_call", numbers="") for each in languages)
    for turn, expected in _played(script, told):
        if expected.urgent and turn["act"] in ("ask", "report"):
            first = turn["replies"][0]["text"]
            assert first.startswith(openings), first


def _no_agency_too_many(script: Script, told: list[dict[str, Any]]) -> None:
    """A story that lists the coordinating agencies lists all of them."""
    for turn, expected in _played(script, told):
        if expected.complaint and "coordinating" in expected.complaint:
            found = turn["complaint"]["coordinating"]
            assert len(found) == len(expected.complaint["coordinating"]), found


def _no_secret_comes_back(script: Script, told: list[dict[str, Any]], knowledge: Knowledge) -> None:
    """An OTP or a card's number that the person typed is in no reply and in no complaint."""
    secrets = [secret for turn in script.turns for secret in _secrets(turn, knowledge)]
    for turn in told:
        answered = _BETWEEN_DIGITS.sub(
            "", json.dumps([turn["replies"], turn["complaint"]], ensure_ascii=False)
        )
        assert not [secret for secret in secrets if secret in answered], turn["user"]


def _secrets(turn: ScriptTurn, knowledge: Knowledge) -> list[str]:
    found = knowledge.pipeline.extract(turn.say or turn.forward or "")
    return [re.sub(r"\D", "", entity.value) for entity in found if entity.type in SECRET_ENTITIES]
