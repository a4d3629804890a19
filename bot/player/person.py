"""One person on one channel, played: what they do goes in as verified events, what they see comes from the
transcript."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from actions.contract import Outcome
from bot.app import Product
from bot.cases.records import Details
from bot.clock import MovableClock
from bot.delivery import transcript
from bot.delivery.fit import fit
from bot.delivery.ports import Inbound, Outgoing, OutgoingChoice, Upload
from bot.delivery.transcript import Line
from bot.dialogue import contacts as people
from bot.player.script import ScriptError
from bot.storage.tables import case_followers, complaints, contacts, evidence, handoffs
from nlu.steps.fold import fold


class Seen(msgspec.Struct):
    """A message that the person got."""

    text: str
    choices: tuple[OutgoingChoice, ...]


class Person:
    def __init__(
        self,
        product: Product,
        clock: MovableClock,
        heard: list[Outcome],
        *,
        channel: str,
        name: str | None,
        language: str | None,
    ) -> None:
        """`heard` grows by the outcome of every turn."""
        self.product = product
        self.channel = channel
        self.clock = clock
        self.outcome: Outcome | None = None
        self.choices: tuple[OutgoingChoice, ...] = ()
        self._name = name
        self._language = language
        self._address = uuid.uuid4().hex
        self._contact_id: int | None = None
        self._seen = 0
        self._heard = heard

    def stranger(self) -> Person:
        """Somebody else on the same channel."""
        return Person(
            self.product, self.clock, self._heard, channel=self.channel, name=None, language=self._language
        )

    async def lives_in(self, province: str) -> None:
        """The person's province is known from the start, as after an earlier conversation."""
        async with self.product.database.begin() as uow:
            hello = Inbound(
                channel=self.channel,
                event_id="",
                address=self._address,
                at=self.clock.now(),
                display_name=self._name,
                language=self._language,
            )
            contact = await people.meet(uow, self.product.vault, hello, self.clock.now())
            profile = msgspec.structs.replace(contact.profile, province=province)
            await people.remember(uow, contact.id, profile)
            await uow.commit()
        self._contact_id = contact.id

    async def say(self, text: str) -> list[Seen]:
        return await self._do(text=text)

    async def forward(self, text: str) -> list[Seen]:
        return await self._do(text=text, forwarded=True)

    async def photo(self, path: Path) -> list[Seen]:
        data = await asyncio.to_thread(path.read_bytes)
        return await self._do(uploads=(Upload(data, path.name),))

    async def location(self, place: tuple[float, float]) -> list[Seen]:
        return await self._do(location=place)

    async def contact(self, phone: str) -> list[Seen]:
        return await self._do(shared_phone=phone, text=phone)

    async def choose(self, wish: str) -> list[Seen]:
        chosen = best_choice(wish, self.choices)
        return await self._do(text=chosen.label, payload=chosen.payload)

    async def _do(self, **event: Any) -> list[Seen]:
        inbound = Inbound(
            channel=self.channel,
            event_id=uuid.uuid4().hex,
            address=self._address,
            at=self.clock.now(),
            display_name=self._name,
            language=self._language,
            **event,
        )
        before = len(self._heard)
        await self.product.engine.accept(inbound)
        await self.product.dispatcher.drain()
        self.outcome = self._heard[-1] if len(self._heard) > before else None
        return await self.news()

    async def news(self) -> list[Seen]:
        """What came since the person last looked."""
        async with self.product.database.begin() as uow:
            if self._contact_id is None:
                query = select(contacts.c.id).order_by(contacts.c.id.desc()).limit(1)
                self._contact_id = (await uow.execute(query)).scalar_one_or_none()
            if self._contact_id is None:
                return []
            lines = await transcript.since(uow, self.product.vault, self._contact_id, self._seen)
        self._seen = max([self._seen, *(line.id for line in lines)])
        told = [said.line for said in lines if said.author != "consumer"]
        if told:
            self.choices = tuple(choice for line in told for choice in line.choices)
        return [message for line in told for message in self._as_shown(line)]

    def _as_shown(self, line: Line) -> list[Seen]:
        """The line as the channel shows it: in pieces, with numbers, with no more buttons than it has."""
        limits = self.product.registry.limits[self.channel]
        pieces = fit(Outgoing(line.text, line.choices), limits)
        shown = [Seen(piece.text, piece.choices) for piece in pieces]
        if limits.choices == 0:
            shown[-1].choices = line.choices  # no buttons: they are listed all the same, as numbers are
        return shown

    async def complaint(self) -> dict[str, Any] | None:
        """The newest complaint of this conversation, as the contract shows it."""
        if self._contact_id is None:
            return None
        async with self.product.database.begin() as uow:
            query = (
                select(complaints)
                .join(case_followers, case_followers.c.complaint_id == complaints.c.id)
                .where(case_followers.c.contact_id == self._contact_id)
                .order_by(complaints.c.id.desc())
                .limit(1)
            )
            row = (await uow.execute(query)).first()
            if row is None:
                return None
            parts_query = select(handoffs).where(
                handoffs.c.complaint_id == row.id, handoffs.c.state.not_in(("returned", "transferred"))
            )
            parts = (await uow.execute(parts_query.order_by(handoffs.c.id))).all()
            files = (await uow.execute(select(evidence.c.id).where(evidence.c.complaint_id == row.id))).all()
        return self._shown(row, parts, len(files))

    def _shown(self, row: Any, parts: Any, files: int) -> dict[str, Any]:
        details = self.product.vault.open(row.slots_sealed, Details)
        lead = next(part for part in parts if part.lead)
        others = [part for part in parts if not part.lead]
        return {
            "code": row.code,
            "topic": row.topic,
            "province": row.province,
            "state": row.state,
            "lead": _part(lead, row.province),
            "coordinating": [_part(part, row.province, self.product) for part in others],
            "urgent": row.urgent,
            "vulnerable": row.vulnerable,
            "slots": {**_numbers(details.slots), "attachments": files},
        }


def _part(part: Any, home: str, product: Product | None = None) -> dict[str, Any]:
    shown: dict[str, Any] = {"agency": part.agency, "unit": part.unit, "clauses": list(part.clauses)}
    if part.commune and product is not None:
        name = product.catalog.commune_by_code[part.commune][1].name
        shown["commune"] = {"code": part.commune, "name": name}
    if part.province != home:
        shown["province"] = part.province
    return shown


def _numbers(slots: dict[str, str]) -> dict[str, Any]:
    """Money and people as integers, as the contract has them."""
    return {key: int(value) if key in ("money", "people") else value for key, value in slots.items()}


def best_choice(wish: str, choices: tuple[OutgoingChoice, ...]) -> OutgoingChoice:
    """The choice whose label or payload fits best, folded. Raises ScriptError when none does."""
    folded = fold(wish).strip()

    def fit(choice: OutgoingChoice) -> int:
        label, payload = fold(choice.label), choice.payload.lower()
        if folded in (label, payload):
            return 3
        if label.startswith(folded) or payload.startswith(folded):
            return 2
        return int(folded in label or label in folded)

    best = max(choices, key=fit, default=None)
    if best is None or fit(best) == 0:
        offered = ", ".join(choice.label for choice in choices) or "none"
        raise ScriptError(f"no choice fits {wish!r}; offered: {offered}.")
    return best
