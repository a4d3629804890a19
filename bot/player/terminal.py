"""The stage: the product on a throw-away database, and its two audiences, a person and a script."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from actions.contract import Outcome
from bot.app import Knowledge, Product, opened
from bot.clock import MovableClock
from bot.player.expectations import check
from bot.player.officers import OfficersOnStage
from bot.player.person import Person, Seen
from bot.player.script import Script, ScriptError, ScriptTurn
from bot.settings import Settings
from bot.storage.embedded import EmbeddedPostgres


class Stage(msgspec.Struct):
    product: Product
    clock: MovableClock
    person: Person
    officers: OfficersOnStage
    people: dict[str, Person] = {}
    """Everybody who has acted, by the name that the script gives them."""
    filed: str = ""
    """The last message that told a code and a secret."""

    def turn_to(self, name: str) -> None:
        """Lets another person act, on an account of their own."""
        self.people.setdefault("", self.person)
        if name not in self.people:
            self.people[name] = self.person.stranger()
        self.person = self.people[name]

    def filled_in(self, text: str) -> str:
        """`{code}` and `{secret}` stand for those of the newest complaint."""
        codes = _CODES.search(self.filed)
        if codes is None:
            return text
        return text.replace("{code}", codes[1]).replace("{secret}", codes[2])


_CODES = re.compile(r"([A-Z]{2}-\d{2}-\d{6})\D.*?\b([A-Z2-9]{6})\b", re.DOTALL)


@asynccontextmanager
async def stage(
    *,
    channel: str,
    province: str | None,
    name: str | None = None,
    language: str | None = None,
    url: str | None = None,
    knowledge: Knowledge | None = None,
) -> AsyncIterator[Stage]:
    """A product of its own: on a throw-away cluster unless `url` names an empty migrated database."""
    with tempfile.TemporaryDirectory(prefix="ntd-") as folder:
        async with AsyncExitStack() as stack:
            address = url or await stack.enter_async_context(EmbeddedPostgres.temporary())
            clock, heard = MovableClock(), list[Outcome]()
            settings = Settings(database_url=address, data_dir=Path(folder))
            product = await stack.enter_async_context(
                opened(settings, clock=clock, observe=heard.append, knowledge=knowledge)
            )
            _require(product, channel, province)
            person = Person(product, clock, heard, channel=channel, name=name, language=language)
            officers = OfficersOnStage(product)
            await officers.take_their_posts()
            if province is not None:
                await person.lives_in(province)
            yield Stage(product, clock, person, officers)


def _require(product: Product, channel: str, province: str | None) -> None:
    if channel not in product.registry.limits:
        known = ", ".join(product.registry.limits)
        raise ScriptError(f"The channel {channel!r} is not there; there are: {known}.")
    if province is not None and province not in product.catalog.provinces:
        raise ScriptError(f"There is no province {province!r}.")


async def play_file(script: Script, *, as_json: bool) -> None:
    async with stage(
        channel=script.channel, province=script.province, name=script.name, language=script.language
    ) as ready:
        async for told in play(ready, script):
            if as_json:
                sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
                sys.stdout.buffer.flush()


async def play(ready: Stage, script: Script) -> AsyncIterator[dict[str, Any]]:
    """Plays every turn; yields what the contract prints. Raises ScriptError at the first surprise."""
    told: dict[str, Any] = {}
    for number, turn in enumerate(script.turns, 1):
        try:
            if turn.expect is not None:
                check(turn.expect, told)
                continue
            told = await _told(ready, turn)
        except ScriptError as error:
            raise ScriptError(f"{script.path}, turn {number}: {error}") from error
        if turn.person is None:
            yield told


async def _told(ready: Stage, turn: ScriptTurn) -> dict[str, Any]:
    person = ready.person
    person.outcome = None
    user, seen = await _played(ready, turn)
    outcome = person.outcome
    for message in seen:
        if _CODES.search(message.text):
            ready.filed = message.text
    return {
        "user": user,
        "replies": [_reply(message) for message in seen],
        "act": outcome.act if outcome else None,
        "topic": outcome.topic if outcome else None,
        "urgent": bool(outcome and outcome.urgent),
        "complaint": await person.complaint(),
    }


def _reply(message: Seen) -> dict[str, Any]:
    choices = [{"label": choice.label, "payload": choice.payload} for choice in message.choices]
    return {"text": message.text, "choices": choices}


async def _played(ready: Stage, turn: ScriptTurn) -> tuple[str, list[Seen]]:
    person = ready.person
    if turn.person is not None:
        ready.turn_to(turn.person)
        return "", []
    if turn.say is not None:
        said = ready.filled_in(turn.say)
        return said, await person.say(said)
    if turn.choose is not None:
        return turn.choose, await person.choose(turn.choose)
    if turn.forward is not None:
        return turn.forward, await person.forward(turn.forward)
    if turn.photo is not None:
        if not turn.photo.is_file():
            raise ScriptError(f"there is no file {turn.photo.name}.")
        return f"[photo {turn.photo.name}]", await person.photo(turn.photo)
    if turn.location is not None:
        return f"[location {turn.location[0]}, {turn.location[1]}]", await person.location(turn.location)
    if turn.contact is not None:
        return f"[contact {turn.contact}]", await person.contact(turn.contact)
    if turn.officer is not None:
        await ready.officers.act(turn.officer)
        return f"[officer {turn.officer.agency}: {turn.officer.do}]", await person.news()
    if turn.wait is not None:
        ready.clock.move(turn.wait)
    return "", await person.news()


async def talk(province: str | None, channel: str, *, as_json: bool) -> None:
    """A conversation with whoever sits at the terminal, until an empty line or Ctrl+D."""
    async with stage(channel=channel, province=province) as ready:
        while line := _typed():
            told = await _told(ready, ScriptTurn(say=line))
            if as_json:
                click.echo(msgspec.json.encode(told).decode())
            else:
                _show(told)


def _typed() -> str:
    try:
        click.echo("> ", nl=False, err=True)
        return input().strip()
    except EOFError:
        return ""


def _show(told: dict[str, Any]) -> None:
    for reply in told["replies"]:
        click.echo(reply["text"])
        for choice in reply["choices"]:
            click.echo(f"   [{choice['label']}]")
        click.echo()
