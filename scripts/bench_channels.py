"""How long a person waits on each messenger: from the event that leaves the phone to the answer on it.

Over the emulators of tests/support, with the product's own HTTP address, an embedded PostgreSQL with fsync on
and everything on one machine; what the real platforms add is not in it. Run from the repository's root:
`python -m scripts.bench_channels`; `make bench` runs it too.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import tempfile
import time
from pathlib import Path

import structlog

from bot.app import Knowledge, read_knowledge
from bot.storage.embedded import EmbeddedPostgres
from tests.support.phones import MESSENGERS, House, house

PEOPLE = 20
WARM_UP = 2
SAID = (
    "toi mua phai thuoc gia o nha thuoc Minh Anh hom qua het 200k",
    "Thái Nguyên",
    "panadol extra",
    "khong nho",
    "xa Dai Tu",
)


async def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    knowledge = read_knowledge()
    for channel in MESSENGERS:
        waits = await _waits(channel, knowledge)
        cuts = statistics.quantiles(waits, n=100)
        print(f"| {channel}: event to answer, p50 / p95 | {cuts[49]:.0f} / {cuts[94]:.0f} ms |", flush=True)


async def _waits(channel: str, knowledge: Knowledge) -> list[float]:
    """Milliseconds of every message of PEOPLE, who write one after the other."""
    with tempfile.TemporaryDirectory(prefix="ntd bench ") as folder:
        async with (
            EmbeddedPostgres.temporary() as url,
            house(channel, url, Path(folder), knowledge) as home,
        ):
            for _ in range(WARM_UP):
                await _person(home)
            return [wait for _ in range(PEOPLE) for wait in await _person(home)]


async def _person(home: House) -> list[float]:
    phone, waits = home.phone(), []
    for said in SAID:
        began = time.perf_counter()
        writing = asyncio.ensure_future(phone.say(said))
        while not phone.news():  # noqa: ASYNC110 - the emulators tell in three ways; this takes 1 ms at most
            await asyncio.sleep(0.001)
        waits.append((time.perf_counter() - began) * 1000)
        await writing
        await home.settle()
        phone.news()
    return waits


if __name__ == "__main__":
    asyncio.run(main())
