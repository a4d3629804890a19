"""Events that come while the database is away: kept, and taken up in order, once, as if it were then."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.app import Knowledge, Product, opened
from bot.clock import MovableClock
from bot.delivery.ports import Inbound, Notice, Receipt, Signal, Unavailable
from bot.settings import Settings
from tests.support.cable import Cable
from tests.support.knowledge import shared_knowledge

MOST = 12
"""Events that may wait here."""


class Stand:
    """The product behind a wire to its database, without any platform."""

    def __init__(self, product: Product, cable: Cable, folder: Path) -> None:
        self.product = product
        self.cable = cable
        self.waiting = folder / "spool" / "waiting"

    @property
    def clock(self) -> MovableClock:
        assert isinstance(self.product.clock, MovableClock)
        return self.product.clock

    def event(self, who: str, said: str, id_: str = "", channel: str = "telegram") -> Inbound:
        id_ = id_ or f"{who} {said}"
        return Inbound(channel=channel, event_id=id_, address=who, at=self.clock.now(), text=said)

    async def says(self, who: str, said: str, **more: Any) -> Receipt:
        return await self.product.intake.accept(self.event(who, said, **more))

    async def takes_up(self) -> int:
        """Once the database can be reached again."""
        return await self.product.taking_up.run_due()

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with self.product.database.begin() as uow:
            return [tuple(row) for row in (await uow.execute(text(query))).all()]

    async def said(self) -> dict[str, list[str]]:
        """What had a turn, by person, in the order in which it had it."""
        query = "SELECT event_id FROM messages WHERE author = 'consumer' ORDER BY id"
        found: dict[str, list[str]] = {}
        for (event_id,) in await self.rows(query):
            who, _, said = event_id.partition(" ")
            found.setdefault(who, []).append(said)
        return found

    def files(self) -> list[Path]:
        return sorted(
            (path for path in self.waiting.rglob("*-*") if path.is_file()), key=lambda path: path.name
        )


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return shared_knowledge()


@pytest.fixture
async def stand(database_url: str, tmp_path: Path, knowledge: Knowledge) -> AsyncIterator[Stand]:
    wire = tmp_path / "wire"
    wire.mkdir()
    async with Cable(database_url, wire) as cable:
        settings = Settings(database_url=cable.url, data_dir=tmp_path, spool_max_events=MOST)
        async with opened(settings, clock=MovableClock(), knowledge=knowledge) as product:
            with capture_logs():  # tracebacks of turns that fail on purpose take seconds to be drawn
                yield Stand(product, cable, tmp_path)


async def test_everything_once_and_in_order(stand: Stand) -> None:
    """Who writes again before the spool is empty goes behind what waits, also when the database is back."""
    assert await stand.says("lan", "một") is Receipt.DONE
    await stand.cable.cut()
    for who, said in (("lan", "hai"), ("hoa", "một"), ("lan", "ba")):
        assert await stand.says(who, said) is Receipt.SPOOLED
    assert await stand.says("lan", "ba") is Receipt.SPOOLED  # the platform repeats it all the same
    await stand.cable.mend()
    assert await stand.says("lan", "bốn") is Receipt.SPOOLED
    assert await stand.takes_up() == 5
    everything = {"lan": ["một", "hai", "ba", "bốn"], "hoa": ["một"]}
    assert await stand.said() == everything
    for who, said in (("lan", "hai"), ("hoa", "một")):
        await stand.says(who, said)
    await stand.takes_up()
    assert await stand.said() == everything
    assert stand.files() == []


async def test_a_turn_is_the_one_of_its_time(stand: Stand) -> None:
    """The database is away over a weekend: what somebody said on Friday has Friday's date."""
    await stand.cable.cut()
    friday = stand.clock.now()
    await stand.says("lan", "xin chào")
    stand.clock.move(dt.timedelta(hours=60))
    await stand.cable.mend()
    await stand.takes_up()
    ((seen, at, ends),) = await stand.rows(
        "SELECT c.last_seen_at, m.at, t.expires_at FROM contacts c JOIN messages m ON m.contact_id = c.id"
        " JOIN talks t ON t.contact_id = c.id WHERE m.author = 'consumer'"
    )
    moment = dt.timedelta(seconds=5)
    assert abs(seen - friday) < moment
    assert abs(at - friday) < moment
    assert abs(ends - friday - dt.timedelta(hours=72)) < moment


async def test_leaving_and_coming_back_keep_their_place(stand: Stand) -> None:
    """Who blocks us and comes back while the database is away is there afterwards; or the other way round."""
    for who in ("lan", "hoa"):
        await stand.says(who, "xin chào")
    await stand.cable.cut()
    changes = {"lan": (Signal.LEFT, Signal.RETURNED), "hoa": (Signal.RETURNED, Signal.LEFT)}
    for who, signals in changes.items():
        for signal in signals:
            notice = Notice(channel="telegram", event_id=f"{who} {signal}", address=who, signal=signal)
            assert await stand.product.intake.notice(notice) is Receipt.SPOOLED
    await stand.cable.mend()
    assert await stand.takes_up() == 4
    assert await stand.rows("SELECT stopped FROM contacts ORDER BY id") == [(False,), (True,)]


async def test_a_database_that_hangs_is_found_out_in_time_and_nothing_is_doubled(stand: Stand) -> None:
    """Nothing refuses: only no answer comes. The turn that was under way commits later after all."""
    await stand.says("lan", "một")
    stand.cable.hang()
    began = asyncio.get_running_loop().time()
    assert await stand.says("lan", "hai") is Receipt.SPOOLED
    assert await stand.says("hoa", "một") is Receipt.SPOOLED
    assert asyncio.get_running_loop().time() - began > 1, "it did not hang: this test would show nothing"
    stand.cable.go_on()
    await stand.takes_up()
    assert await stand.said() == {"lan": ["một", "hai"], "hoa": ["một"]}
    assert stand.files() == []


async def test_a_turn_that_is_late_clears_its_own_file(stand: Stand) -> None:
    """Somebody else holds the person's row: a process that was paused in the middle of a turn."""
    await stand.says("lan", "một")
    async with stand.product.database.begin() as uow:
        await uow.execute(text("SELECT 1 FROM contacts FOR UPDATE"))
        assert await stand.says("lan", "hai") is Receipt.SPOOLED
        assert await stand.said() == {"lan": ["một"]}
        assert len(stand.files()) == 1
    async with asyncio.timeout(20):
        while stand.files():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert await stand.said() == {"lan": ["một", "hai"]}


async def test_an_unreadable_file_delays_nobody_and_is_not_lost(stand: Stand) -> None:
    await stand.cable.cut()
    for who, said in (("lan", "một"), ("lan", "hai"), ("hoa", "một")):
        await stand.says(who, said)
    first = stand.files()[0]
    whole = first.read_bytes()
    first.write_bytes(whole[:-4])
    await stand.cable.mend()
    await stand.takes_up()
    assert await stand.said() == {"lan": ["hai"], "hoa": ["một"]}
    assert stand.product.spool.figures().set_aside == 1
    (aside,) = (stand.waiting.parent / "aside").iterdir()
    aside.write_bytes(whole)
    stop = asyncio.Event()
    running = asyncio.create_task(stand.product.taking_up.run(stop))  # the next start tries it again
    async with asyncio.timeout(20):
        while len((await stand.said())["lan"]) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert await stand.said() == {"lan": ["hai", "một"], "hoa": ["một"]}


async def breaks(stand: Stand, table: str, event_id: str) -> None:
    """From now on no row of this event can be written there."""
    async with stand.product.database.begin() as uow:
        await uow.execute(text(f"ALTER TABLE {table} ADD CHECK (event_id <> '{event_id}')"))
        await uow.commit()


async def test_a_turn_that_fails_is_a_dead_letter_as_it_would_have_been(stand: Stand) -> None:
    await breaks(stand, "messages", "lan một")
    await stand.cable.cut()
    for said in ("một", "hai"):
        await stand.says("lan", said)
    await stand.cable.mend()
    assert await stand.takes_up() == 2
    assert await stand.said() == {"lan": ["hai"]}
    assert await stand.rows("SELECT event_id FROM dead_letters") == [("lan một",)]
    assert stand.files() == []


async def test_what_neither_turn_nor_dead_letter_can_take_is_set_aside_after_three_tries(
    stand: Stand,
) -> None:
    await breaks(stand, "inbound_events", "lan một")
    await stand.cable.cut()
    for who, said in (("lan", "một"), ("lan", "hai"), ("hoa", "một")):
        await stand.says(who, said)
    await stand.cable.mend()
    await stand.takes_up()
    assert await stand.said() == {"hoa": ["một"]}
    assert len(stand.files()) == 2, "a chat keeps its order while its first event may still be taken"
    await stand.takes_up()
    await stand.takes_up()
    assert await stand.said() == {"hoa": ["một"], "lan": ["hai"]}
    assert stand.product.spool.figures().set_aside == 1


async def test_where_nothing_can_be_written_the_platform_is_told_so(stand: Stand) -> None:
    await stand.cable.cut()
    for number in range(MOST):
        assert await stand.says("lan", f"{number:02d}") is Receipt.SPOOLED
    with pytest.raises(Unavailable):
        await stand.says("hoa", "một")
    await stand.cable.mend()
    assert await stand.takes_up() == MOST
    while await stand.says("hoa", "một") is Receipt.SPOOLED:  # its repeat
        await stand.takes_up()
    assert await stand.said() == {"lan": [f"{number:02d}" for number in range(MOST)], "hoa": ["một"]}


async def test_two_that_take_up_at_once_double_nothing(stand: Stand, knowledge: Knowledge) -> None:
    """A second process on the same folder; the lease of the first has run out while it was paused."""
    await stand.cable.cut()
    for number in range(12):
        await stand.says(f"person-{number % 4}", f"{number:02d}")
    await stand.cable.mend()
    settings = stand.product.settings
    later = MovableClock()
    later.move(dt.timedelta(minutes=5))
    async with opened(settings, clock=later, knowledge=knowledge) as other:
        await asyncio.gather(stand.takes_up(), other.taking_up.run_due())
        await stand.takes_up()
    assert await stand.said() == {
        f"person-{who}": [f"{number:02d}" for number in range(who, 12, 4)] for who in range(4)
    }
    assert stand.files() == []
