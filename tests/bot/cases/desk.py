"""A filed complaint, its consumer and officers of several agencies, on a real database."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from argon2 import PasswordHasher
from sqlalchemy import insert, select

from actions.ports import ComplaintDraft, Filed
from bot.app import LIMITS
from bot.cases import filing, work
from bot.cases.directory import Directory
from bot.cases.filing import Registry, Source
from bot.cases.records import Details
from bot.clock import MovableClock
from bot.delivery.ports import Outgoing
from bot.officers import accounts
from bot.officers.accounts import Officer, Place
from bot.settings import Settings
from bot.storage.addresses import address_hash
from bot.storage.database import Database, UnitOfWork
from bot.storage.tables import complaints, contacts, deliveries, handoffs, history, messages, officers
from bot.storage.vault import Vault
from content import catalog

KEY = "bm90LWEtc2VjcmV0LW9ubHktZm9yLXRlc3RzLW9rISE="
CATALOG = catalog.load()
PROVINCE = "thai-nguyen"
COMMUNE = "05443"


@dataclass
class Desk:
    database: Database
    clock: MovableClock = field(default_factory=MovableClock)
    vault: Vault = field(default_factory=lambda: Vault((KEY,)))
    settings: Settings = field(default_factory=Settings)

    @property
    def registry(self) -> Registry:
        return Registry(CATALOG, self.vault, self.settings, Directory({}), LIMITS)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        async with self.database.begin() as uow:
            yield uow
            await uow.commit()

    async def officer(
        self, agency: str, login: str = "", *, province: str = PROVINCE, **place: Any
    ) -> Officer:
        """An account that nobody signs in to: without the time that hashing a password takes."""
        row = {
            "login": login or f"{province}.{agency}",
            "name": f"Cán bộ {login or agency}",
            "password_hash": "-",
            "must_change": False,
            "role": "officer",
            "created_at": self.clock.now(),
            "province": province,
            "agency": agency,
            **place,
        }
        async with self.transaction() as uow:
            made = await uow.execute(insert(officers).returning(*accounts.COLUMNS), row)
            return accounts.from_row(made.one())

    async def contact(self, address: str = "khach", *, channel: str = "web", language: str = "vi") -> int:
        row = {
            "channel": channel,
            "address_hash": address_hash(self.vault, channel, address),
            "address_sealed": self.vault.seal(address),
            "language": language,
            "created_at": self.clock.now(),
            "last_seen_at": self.clock.now(),
        }
        async with self.transaction() as uow:
            return int((await uow.execute(insert(contacts).returning(contacts.c.id), row)).scalar_one())

    async def file(self, *, contact_id: int | None = None, source: Source = "chat", **changes: Any) -> Filed:
        values: dict[str, Any] = {
            "kind": "complaint",
            "province": PROVINCE,
            "topic": "medicine",
            "urgent": False,
            "vulnerable": False,
            "slots": {
                "what_happened": "Mua thuốc ở nhà thuốc gần chợ, vỉ thuốc không có số đăng ký",
                "product": "Viên giảm đau",
                "contact_phone": "0900000001",
            },
            "said": {},
            "attachments": (),
            "conditions": frozenset(),
            "commune": None,
            "incident_commune": None,
            "for_someone_else": False,
            "talk_since": self.clock.now() - dt.timedelta(minutes=5),
        } | changes
        async with self.transaction() as uow:
            return await filing.file(
                uow,
                self.registry,
                ComplaintDraft(**values),
                now=self.clock.now(),
                contact_id=contact_id,
                source=source,
            )

    async def act(self, officer: Officer, code: str, do: work.Do, text: str = "", **more: Any) -> work.Done:
        async with self.transaction() as uow:
            return await work.act(
                uow, self.registry, officer, code, do=do, text=text, now=self.clock.now(), **more
            )

    async def complaint(self, code: str) -> Any:
        return (await self.rows(select(complaints).where(complaints.c.code == code)))[0]

    async def details(self, code: str) -> Details:
        return self.vault.open((await self.complaint(code)).slots_sealed, Details)

    async def parts(self, code: str) -> list[Any]:
        case_id = (await self.complaint(code)).id
        query = select(handoffs).where(handoffs.c.complaint_id == case_id).order_by(handoffs.c.id)
        return await self.rows(query)

    async def history(self, code: str) -> list[tuple[str, str | None]]:
        """What was done, with its note."""
        case_id = (await self.complaint(code)).id
        rows = await self.rows(
            select(history).where(history.c.complaint_id == case_id).order_by(history.c.id)
        )
        return [
            (row.action, self.vault.open(row.note_sealed, str) if row.note_sealed else None) for row in rows
        ]

    async def told(self, contact_id: int) -> list[Any]:
        """What left for the contact, oldest first."""
        query = select(deliveries).where(deliveries.c.contact_id == contact_id).order_by(deliveries.c.id)
        return [self.vault.open(row.body_sealed, Outgoing) for row in await self.rows(query)]

    async def notices(self) -> list[str]:
        query = select(deliveries).where(deliveries.c.channel == "console").order_by(deliveries.c.id)
        return [row.agency for row in await self.rows(query)]

    async def lines(self, contact_id: int) -> list[Any]:
        return await self.rows(select(messages).where(messages.c.contact_id == contact_id))

    async def rows(self, query: Any) -> list[Any]:
        async with self.database.begin() as uow:
            return list((await uow.execute(query)).all())


_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A hash carries its own cost: checking one of these costs next to nothing, whatever the product uses."""


async def account(
    desk: Desk, login: str, place: Place | None, *, password: str, admin: bool = False
) -> Officer:
    """An account that somebody can sign in to."""
    row = {
        "login": login,
        "name": f"Người {login}",
        "password_hash": _QUICK.hash(password),
        "must_change": False,
        "role": "admin" if admin else "officer",
        "created_at": desk.clock.now(),
        **(msgspec.structs.asdict(place) if place else {}),
    }
    async with desk.transaction() as uow:
        made = await uow.execute(insert(officers).returning(*accounts.COLUMNS), row)
        return accounts.from_row(made.one())
