"""A process that takes a delivery and never finishes it. Arguments: database URL, key. For the kill test."""

from __future__ import annotations

import asyncio
import sys

from bot.clock import SystemClock
from bot.delivery.dispatch import Dispatcher
from bot.delivery.ports import Outgoing
from bot.storage.database import Database
from bot.storage.vault import Vault


class Hanging:
    async def send(self, address: str, message: Outgoing, delivery_id: int) -> str | None:
        print(message.text, flush=True)
        await asyncio.sleep(600)
        return None


if __name__ == "__main__":
    dispatcher = Dispatcher(Database(sys.argv[1]), Vault((sys.argv[2],)), SystemClock(), {"web": Hanging()})
    asyncio.run(dispatcher.run_forever(asyncio.Event()))
