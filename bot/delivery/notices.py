"""Notices to agencies: the queue itself holds the case, so a notice only wakes the officers' open pages."""

from __future__ import annotations

from bot.delivery.ledger import CONSOLE
from bot.delivery.ports import Outgoing, SendFailed
from bot.storage.database import Database, out_of_reach


class ConsoleSender:
    """Tells the topic `console` which agency has news; the payload is `province/agency`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:  # noqa: ARG002
        try:
            await self._database.notify(CONSOLE, address)
        except Exception as error:
            if out_of_reach(error):
                raise SendFailed("the database cannot be reached", retry=True, our_fault=True) from error
            raise
        return None
