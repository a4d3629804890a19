"""What is kept about a contact, seen and deleted (implements `actions.ports.PersonalData`)."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import delete, func, select, update

from actions.contract import Profile
from actions.ports import DataSummary
from bot.cases.book import LIVE, counted
from bot.dialogue import contacts as people
from bot.dialogue import talks
from bot.dialogue.contacts import Contact
from bot.dialogue.subscriptions import ContactSubscriptions
from bot.learning import reviews
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, contacts, dead_letters, deliveries, evidence, messages
from bot.storage.vault import Vault
from nlu.understanding import Understanding


class ContactData:
    def __init__(self, uow: UnitOfWork, vault: Vault, contact: Contact, now: dt.datetime) -> None:
        self._uow = uow
        self._vault = vault
        self._contact = contact
        self._now = now
        self._learning = bool(contact.profile.learning)

    async def summary(self) -> DataSummary:
        query = select(func.count()).where(messages.c.contact_id == self._contact.id)
        return DataSummary(
            messages=(await self._uow.execute(query)).scalar_one(),
            complaints=await counted(self._uow, self._contact.id),
            subscribed=await ContactSubscriptions(self._uow, self._contact.id, self._now).subscribed(),
            since=self._contact.created_at,
            for_learning=await reviews.held(self._uow, self._contact.id),
        )

    async def allow_learning(self, allowed: bool) -> None:
        self._learning = allowed
        await reviews.allow(self._uow, self._contact.id, allowed, self._now)

    async def keep_for_learning(self, understanding: Understanding) -> None:
        if self._learning:
            await reviews.note(
                self._uow,
                self._vault,
                contact_id=self._contact.id,
                province=self._contact.profile.province,
                understanding=understanding,
                source="unsure",
                now=self._now,
            )

    async def delete(self) -> str:
        """Deletes the talk, the transcript outside complaints, loose files, the subscription, the profile,
        what was sent, what was kept for training, and events whose turn failed.

        Returns the receipt number. Complaints stay with the agency that handles them until they end; of what
        was sent for them stays that it was sent, without its words.
        """
        id_ = self._contact.id
        await talks.forget(self._uow, id_)
        await self._uow.execute(
            delete(messages).where(messages.c.contact_id == id_, messages.c.complaint_id.is_(None))
        )
        await self._uow.execute(
            delete(evidence).where(evidence.c.contact_id == id_, evidence.c.complaint_id.is_(None))
        )
        await self._forget_deliveries(id_)
        address = select(contacts.c.address_hash).where(contacts.c.id == id_).scalar_subquery()
        await self._uow.execute(delete(dead_letters).where(dead_letters.c.address_hash == address))
        await ContactSubscriptions(self._uow, id_, self._now).unsubscribe()
        await people.remember(self._uow, id_, Profile(language=self._contact.profile.language))
        await reviews.forget(self._uow, id_)
        self._learning = False
        emptied = {"first_name_sealed": None, "learning": None, "learning_at": None}
        await self._uow.execute(update(contacts).where(contacts.c.id == id_).values(emptied))
        return f"DL-{self._now:%y%m%d}-{secrets.token_hex(3).upper()}"

    async def _forget_deliveries(self, id_: int) -> None:
        """What ended goes, but for the bare fate of an open case's messages; what waits is still sent."""
        ended = (deliveries.c.contact_id == id_) & deliveries.c.ended_at.is_not(None)
        under_way = select(complaints.c.id).where(complaints.c.state.in_(LIVE))
        open_case = deliveries.c.complaint_id.in_(under_way)
        await self._uow.execute(delete(deliveries).where(ended, func.coalesce(~open_case, True)))
        await self._uow.execute(update(deliveries).where(ended).values(body_sealed=b""))
