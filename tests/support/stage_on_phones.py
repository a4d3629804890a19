"""The stage of the script player with a phone in the person's hand, and everything they read compared with
what the product believes it said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from bot.delivery.transcript import Line
from bot.player.officers import OfficersOnStage
from bot.player.person import Person, Seen, best_choice
from bot.player.script import Script, ScriptError
from bot.player.terminal import Stage
from bot.storage.tables import case_followers, complaints, evidence
from tests.support.phones import CannotChoose, House, Phone, Received


@dataclass
class HouseWithOfficers:
    home: House
    officers: OfficersOnStage

    @classmethod
    async def of(cls, home: House) -> HouseWithOfficers:
        officers = OfficersOnStage(home.product)
        await officers.take_their_posts()
        return cls(home, officers)


async def stage_on_phone(inside: HouseWithOfficers, script: Script) -> Stage:
    """The stage is swept: numbers of complaints begin with 1, as stories count them."""
    home = inside.home
    async with home.product.database.begin() as uow:
        await uow.execute(text("TRUNCATE complaints, complaint_numbers CASCADE"))
        await uow.commit()
    person = PersonOnPhone(home, name=script.name, language=script.language)
    if script.province is not None:
        await person.lives_in(script.province)
    return Stage(home.product, home.clock, person, inside.officers)


class PersonOnPhone(Person):
    """Does everything on the phone; reads it there too."""

    def __init__(self, home: House, *, name: str | None, language: str | None) -> None:
        super().__init__(
            home.product, home.clock, home.heard, channel=home.channel, name=name, language=language
        )
        self._home = home
        self.phone: Phone = home.phone(name, language)
        self._address = self.phone.address

    def _as_shown(self, line: Line) -> list[Seen]:
        """With all choices: those beyond the buttons stand in the text, which `_compare` looks for."""
        shown = super()._as_shown(line)
        shown[-1].choices = line.choices
        return shown

    def stranger(self) -> PersonOnPhone:
        return PersonOnPhone(self._home, name=None, language=self._language)

    async def say(self, text: str) -> list[Seen]:
        return await self._on_phone(self.phone.say(text))

    async def forward(self, text: str) -> list[Seen]:
        return await self._on_phone(self.phone.forward(text))

    async def photo(self, path: Path) -> list[Seen]:
        data = await asyncio.to_thread(path.read_bytes)
        return await self._on_phone(self.phone.photo(data, path.name))

    async def location(self, place: tuple[float, float]) -> list[Seen]:
        return await self._on_phone(self.phone.location(*place))

    async def contact(self, phone: str) -> list[Seen]:
        return await self._on_phone(self.phone.contact(phone))

    async def choose(self, wish: str) -> list[Seen]:
        chosen = best_choice(wish, self.choices)
        try:
            return await self._on_phone(self.phone.choose(chosen.label))
        except CannotChoose as error:
            raise ScriptError(f"the phone does not show {chosen.label!r}: {error}") from error

    async def _on_phone(self, work: Awaitable[None]) -> list[Seen]:
        before = len(self._heard)
        await work
        try:
            await self._home.turned(before)
        except TimeoutError:
            raise ScriptError("the product did not hear of it.") from None
        await self._home.settle()
        self.outcome = self._heard[-1]
        return await self.news()

    async def news(self) -> list[Seen]:
        await self._home.settle()
        believed = await super().news()
        received = self.phone.news()
        self._compare(believed, received)
        for message in believed:
            message.text = _without_numbers(message)
        return believed

    def _compare(self, believed: list[Seen], received: list[Received]) -> None:
        """Every message reached the phone, in order, whole, with all its choices to be seen."""
        shown = iter(received)
        for message in believed:
            arrived = next((one for one in shown if _same(message.text, one.text)), None)
            if arrived is None:
                texts = "\n---\n".join(one.text for one in received)
                raise ScriptError(f"the phone never showed, or not in order:\n{message.text}\nbut:\n{texts}")
            unseen = [
                choice.label
                for choice in message.choices
                if choice.label not in arrived.labels and f". {choice.label}" not in arrived.text
            ]
            if unseen:
                raise ScriptError(f"the phone does not show the choices {unseen}.")

    async def complaint(self) -> dict[str, Any] | None:
        """Attachments are those that arrived: of what the platform did not give out there is only a trace."""
        found = await super().complaint()
        if found is None:
            return None
        query = (
            select(func.count())
            .select_from(evidence)
            .join(complaints, complaints.c.id == evidence.c.complaint_id)
            .join(case_followers, case_followers.c.complaint_id == complaints.c.id)
            .where(complaints.c.code == found["code"], case_followers.c.contact_id == self._contact_id)
            .where(evidence.c.state == "kept")
        )
        async with self.product.database.begin() as uow:
            found["slots"]["attachments"] = (await uow.execute(query)).scalar_one()
        return found


def _without_numbers(message: Seen) -> str:
    """What is said, apart from what can be chosen: stories look at the two separately."""
    listed = {f"{number}. {choice.label}" for number, choice in enumerate(message.choices, 1)}
    return "\n".join(line for line in message.text.splitlines() if line not in listed)


def _same(believed: str, shown: str) -> bool:
    """The phone may show the agency's name above it."""
    return " ".join(shown.split()).endswith(" ".join(believed.split()))
