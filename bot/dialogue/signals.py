"""What people do instead of saying something: blocking us, coming back, withdrawing their consent."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from actions.contract import Profile
from bot.delivery import ledger
from bot.delivery.ports import Notice, Signal
from bot.dialogue.contacts import Contact
from bot.dialogue.personal_data import ContactData
from bot.dialogue.subscriptions import ContactSubscriptions
from bot.storage.addresses import address_hash
from bot.storage.database import UnitOfWork
from bot.storage.tables import contacts, deliveries
from bot.storage.vault import Vault


async def heed(uow: UnitOfWork, vault: Vault, notice: Notice, now: dt.datetime) -> None:
    """Nobody is made a contact by it: of a stranger there is nothing to stop and nothing to delete."""
    query = select(contacts).where(
        contacts.c.channel == notice.channel,
        contacts.c.address_hash == address_hash(vault, notice.channel, notice.address),
    )
    row = (await uow.execute(query.with_for_update())).one_or_none()
    if row is None:
        return
    if notice.signal is Signal.RETURNED:
        await uow.execute(update(contacts).where(contacts.c.id == row.id).values(stopped=False))
        return
    await ContactSubscriptions(uow, row.id, now).unsubscribe()
    await ledger.stop_contact(uow, row.id, now, f"the person {notice.signal}")
    if notice.signal is Signal.WITHDREW:
        contact = Contact(row.id, row.channel, Profile(language=row.language), row.created_at, is_new=False)
        await ContactData(uow, vault, contact, now).delete()
        await uow.execute(
            update(deliveries)
            .where(deliveries.c.contact_id == row.id, deliveries.c.ended_at.is_not(None))
            .values(body_sealed=b"")
        )
