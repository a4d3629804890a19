"""A process that sends what is queued, as `ntd worker` does, by the real channels. Arguments: the settings as
JSON, and seconds by which its clock is moved. Ends with its standard input."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys

import msgspec

from bot import log
from bot.app import messengers, pacings
from bot.clock import MovableClock
from bot.delivery.dispatch import Dispatcher, Sender
from bot.delivery.pace import Pace
from bot.delivery.world import World
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.listen import Listener
from bot.storage.vault import Vault
from content.catalog import load


async def main(settings: Settings, moved: float) -> None:
    clock, database = MovableClock(), Database(settings.database_url or "")
    clock.move(dt.timedelta(seconds=moved))
    vault, listener = Vault(settings.keys), Listener(settings.database_url or "")
    listener.start()
    senders: dict[str, Sender] = {
        each.name: each for each in messengers(World(settings, database, vault, clock, load()))
    }
    pace = Pace(clock, pacings(settings), settings.redis_url, processes=settings.sending_processes)
    dispatcher = Dispatcher(database, vault, clock, senders, pace)
    stop = asyncio.Event()
    running = asyncio.create_task(dispatcher.run_forever(stop, listener))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    stop.set()
    await running


if __name__ == "__main__":
    log.configure("INFO", json=False)
    asyncio.run(main(msgspec.json.decode(sys.argv[1], type=Settings), float(sys.argv[2])))
