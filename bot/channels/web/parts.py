"""What the handlers of the web channel work with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.channels.web.origin import Origins, Proxies
from bot.channels.web.page import Page
from bot.channels.web.rates import Rates
from bot.channels.web.sessions import Sessions
from bot.clock import Clock
from bot.delivery.ports import Intake
from bot.storage.addresses import address_hash
from bot.storage.database import Database, UnitOfWork
from bot.storage.listen import Listener
from bot.storage.tables import contacts, evidence
from bot.storage.vault import Vault

ReadEvidence = Callable[[str], Awaitable[tuple[str, bytes] | None]]
"""Evidence id -> content type and bytes; None where there is no such file any more."""

NEWS = "web_chat"
"""The topic under which a page hears of new lines; the payload is the contact's address hash in hex."""


@dataclass
class Parts:
    database: Database
    vault: Vault
    listener: Listener
    clock: Clock
    read_evidence: ReadEvidence
    page: Page
    sessions: Sessions
    origins: Origins
    proxies: Proxies
    rates: Rates
    upload_max_mb: int
    intake: Intake | None = None
    streams: Counter[str] = field(default_factory=Counter)
    """Open streams by address."""

    def news_payload(self, address: str) -> str:
        return address_hash(self.vault, "web", address).hex()

    async def contact_id(self, uow: UnitOfWork, address: str) -> int | None:
        """None until the first message of a session."""
        query = select(contacts.c.id).where(
            contacts.c.channel == "web", contacts.c.address_hash == address_hash(self.vault, "web", address)
        )
        found: int | None = (await uow.execute(query)).scalar_one_or_none()
        return found

    async def owns_evidence(self, uow: UnitOfWork, address: str, evidence_id: str) -> bool:
        contact = await self.contact_id(uow, address)
        query = select(evidence.c.id).where(evidence.c.id == evidence_id, evidence.c.contact_id == contact)
        return contact is not None and (await uow.execute(query)).first() is not None
