"""The choices that stand last in a chat: an officer's message offers some too, and may be newer than ours."""

from __future__ import annotations

from sqlalchemy import text

from actions.contract import Choice
from bot.delivery.transcript import Line
from bot.storage.database import UnitOfWork
from bot.storage.vault import Vault


async def by_an_officer(uow: UnitOfWork, vault: Vault, contact_id: int) -> tuple[Choice, ...]:
    """Those of the last message of an officer that the person got after our last reply, if there is any."""
    sealed = (await uow.execute(_LAST, {"contact_id": contact_id})).scalar_one_or_none()
    if sealed is None:
        return ()
    return tuple(Choice(choice.label, choice.payload) for choice in vault.open(sealed, Line).choices)


_LAST = text(
    """
    SELECT m.body_sealed FROM messages m
    JOIN deliveries d ON d.complaint_id = m.complaint_id AND d.contact_id = m.contact_id
                     AND d.created_at = m.at
    WHERE m.contact_id = :contact_id AND m.author = 'officer' AND NOT d.held
      AND d.state IN ('queued', 'sent', 'uncertain')
      AND d.due_at >= coalesce((SELECT t.updated_at FROM talks t WHERE t.contact_id = :contact_id),
                               '-infinity'::timestamptz)
    ORDER BY d.id DESC
    LIMIT 1
    """
)
"""`due_at` is when it went: what had to wait for the person's message goes behind the reply to that."""
