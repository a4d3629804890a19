"""A turn that failed is kept, and replayed once at an administrator's word, whoever asks how often."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update
from structlog.testing import capture_logs

from actions.contract import Form, Profile, Talk
from bot.app import Product, opened
from bot.clock import MovableClock
from bot.delivery import transcript
from bot.delivery.ports import Inbound, Notice, Receipt, Signal
from bot.dialogue import contacts as people
from bot.dialogue import letters, talks
from bot.dialogue.letters import By, Letter, Result
from bot.settings import Settings
from bot.storage.tables import complaints, contacts, dead_letters, deliveries, messages
from tests.support.knowledge import shared_knowledge

ADMIN = By("Quản trị")
BREAK = (
    "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'broken'; END$$",
    "CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON talks FOR EACH ROW {when} EXECUTE FUNCTION broken()",
)
"""A turn cannot write its talk any more; its dead letter can be written."""
MEND = ("DROP FUNCTION broken CASCADE",)


class House:
    def __init__(self, product: Product) -> None:
        self.product = product
        self.said = 0

    async def run(self, *statements: str) -> None:
        async with self.product.database.begin() as uow:
            for statement in statements:
                await uow.execute(text(statement))
            await uow.commit()

    async def breaks(self, when: str = "") -> None:
        await self.run(*(statement.format(when=when) for statement in BREAK))

    def event(self, who: str, said: str = "", payload: str | None = None) -> Inbound:
        self.said += 1
        at = self.product.clock.now()
        return Inbound(
            channel="web", event_id=f"e{self.said}", address=who, at=at, text=said, payload=payload
        )

    async def says(self, who: str, said: str = "", payload: str | None = None) -> Receipt:
        receipt = await self.product.engine.accept(self.event(who, said, payload))
        await self.product.dispatcher.drain()
        return receipt

    async def replay(self, letter_id: int) -> Result:
        result = await self.product.letters.replay(letter_id, ADMIN)
        await self.product.dispatcher.drain()
        return result

    async def letters(self) -> list[Letter]:
        async with self.product.database.begin() as uow:
            return await letters.listed(uow)

    async def acts(self) -> list[tuple[int, str, str]]:
        async with self.product.database.begin() as uow:
            return [(done.letter_id, done.act, done.told) for done in await letters.history(uow)]

    async def heard(self, who: str) -> list[str]:
        """What the person was told, in order."""
        async with self.product.database.begin() as uow:
            address = self.product.vault.digest("address", f"web {who}")
            found = await uow.execute(select(contacts.c.id).where(contacts.c.address_hash == address))
            lines = await transcript.since(uow, self.product.vault, found.scalar_one(), 0)
        return [line.line.text for line in lines if line.author == "bot"]

    async def count(self, table: object) -> int:
        async with self.product.database.begin() as uow:
            found = await uow.execute(select(func.count()).select_from(table))  # type: ignore[arg-type]
            return int(found.scalar_one())

    def later(self, **by: float) -> None:
        assert isinstance(self.product.clock, MovableClock)
        self.product.clock.move(dt.timedelta(**by))


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    async with opened(settings, clock=MovableClock(), knowledge=shared_knowledge()) as product:
        with capture_logs():  # to print a traceback with all its variables takes seconds
            yield House(product)


async def failed(house: House, who: str = "lan", said: str = "xin chào") -> Letter:
    await house.breaks()
    assert await house.says(who, said) is Receipt.DEAD
    await house.run(*MEND)
    return (await house.letters())[0]


async def test_a_replay_answers_and_says_what_it_answers(house: House) -> None:
    letter = await failed(house)
    house.later(hours=30)
    sorry = await house.heard("lan")
    assert len(sorry) == 1
    assert await house.replay(letter.id) is Result.DONE
    late, answer, *_ = (await house.heard("lan"))[1:]
    assert f"{letter.at.astimezone(dt.timezone(dt.timedelta(hours=7))):%H:%M %d/%m}" in late
    assert answer
    assert await house.count(deliveries) == await house.count(
        messages.select().where(messages.c.author == "bot").subquery()
    )
    assert [one.open for one in await house.letters()] == [False]
    assert await house.acts() == [(letter.id, "replayed", "")]


async def test_a_second_replay_has_no_second_effect(house: House) -> None:
    """Two administrators press at once, a third later: one complaint, one answer."""
    await house.says("lan", "xin chào")
    await at_consent(house, "lan")
    await house.breaks()
    assert await house.says("lan", "Đồng ý gửi", "consent:yes") is Receipt.DEAD
    assert await house.count(complaints) == 0
    await house.run(*MEND)
    letter = (await house.letters())[0]
    at_once = await asyncio.gather(*(house.replay(letter.id) for _ in range(3)))
    assert sorted(at_once) == [Result.DONE, Result.ENDED, Result.ENDED]
    told = await house.heard("lan")
    assert await house.replay(letter.id) is Result.ENDED
    assert await house.count(complaints) == 1
    assert await house.heard("lan") == told
    assert len(await house.acts()) == 1


async def at_consent(house: House, who: str) -> None:
    """Has told everything and only has to agree."""
    product, now = house.product, house.product.clock.now()
    form = Form(topic="medicine", started_at=now, stage="consent")
    form.slots = form.said = {"what_happened": "mua phai thuoc gia"}
    async with product.database.begin() as uow:
        contact = await people.meet(uow, product.vault, house.event(who), now)
        await people.remember(uow, contact.id, Profile(province="thai-nguyen"))
        talk = Talk(form=form, introduced=True)
        await talks.save(uow, product.vault, contact.id, talk, now, product.settings)
        await uow.commit()


async def test_what_fails_again_stays_with_its_count_and_leaves_nothing(house: House) -> None:
    letter = await failed(house)
    await house.breaks()
    before = await house.count(messages), await house.count(deliveries)
    for tries in (1, 2):
        assert await house.replay(letter.id) is Result.FAILED
        found = (await house.letters())[0]
        assert (found.open, found.tries, found.error) == (True, tries, "DBAPIError")
    assert (await house.count(messages), await house.count(deliveries)) == before
    assert [act for _, act, _ in await house.acts()] == ["failed", "failed"]
    await house.run(*MEND)
    assert await house.replay(letter.id) is Result.DONE


async def test_a_letter_that_nobody_can_read_fails_alone(house: House) -> None:
    first = await failed(house, "lan")
    second = await failed(house, "nam")
    async with house.product.database.begin() as uow:
        lost = update(dead_letters).where(dead_letters.c.id == first.id)
        await uow.execute(lost.values(event_sealed=b"from a lost key"))
        await uow.commit()
    assert await house.replay(first.id) is Result.FAILED
    assert await house.replay(second.id) is Result.DONE
    assert {one.id: one.error for one in await house.letters()}[first.id] == "InvalidToken"


async def test_who_has_left_is_not_answered_nor_brought_back(house: House) -> None:
    letter = await failed(house)
    left = Notice(channel="web", event_id="left", address="lan", signal=Signal.LEFT)
    await house.product.engine.notice(left)
    assert await house.replay(letter.id) is Result.UNREACHABLE
    async with house.product.database.begin() as uow:
        assert (await uow.execute(select(contacts.c.stopped))).scalar_one() is True
    assert (await house.letters())[0].tries == 0


async def test_what_is_set_aside_is_not_replayed(house: House) -> None:
    letter = await failed(house)
    for reason, result in (("đã gọi điện", Result.DONE), ("lần nữa", Result.ENDED)):
        async with house.product.database.begin() as uow:
            now = house.product.clock.now()
            assert await letters.set_aside(uow, letter.id, reason, ADMIN, now) is result
            await uow.commit()
    assert await house.replay(letter.id) is Result.ENDED
    assert await house.acts() == [(letter.id, "set_aside", "đã gọi điện")]
    assert len(await house.heard("lan")) == 1


async def test_deleted_data_take_the_letter_along(house: House) -> None:
    letter = await failed(house)
    withdrew = Notice(channel="web", event_id="gone", address="lan", signal=Signal.WITHDREW)
    await house.product.engine.notice(withdrew)
    assert await house.replay(letter.id) is Result.ENDED
    assert await house.letters() == []


async def test_who_spoke_since_is_marked(house: House) -> None:
    letter = await failed(house)
    assert not letter.spoke_since
    house.later(minutes=1)
    await house.says("lan", "alo")
    assert (await house.letters())[0].spoke_since


async def test_poisoned_events_delay_no_other(house: House) -> None:
    """P8: turns that fail, and hundreds of letters that nobody can read, beside turns that go well."""
    await house.says("poisoned", "xin chào")
    async with house.product.database.begin() as uow:
        poisoned = (await uow.execute(select(contacts.c.id))).scalar_one()
        now = house.product.clock.now()
        row = {"channel": "web", "event_sealed": b"?", "error": "KeyError", "at": now}
        await uow.execute(insert(dead_letters), [row | {"event_id": f"old-{n}"} for n in range(500)])
        await uow.commit()
    await house.breaks(f"WHEN (NEW.contact_id = {poisoned})")
    turns = [house.says("poisoned", f"tin {n}") for n in range(6)]
    others = [house.says(f"person {n}", "xin chào") for n in range(3)]
    receipts = await asyncio.gather(*turns, *others)
    assert receipts == [Receipt.DEAD] * 6 + [Receipt.DONE] * 3
    found = await house.letters()
    assert len(found) == 100
    assert await house.replay(found[0].id) is Result.FAILED
    await house.run(*MEND)
    assert await house.replay(found[1].id) is Result.DONE
