"""A photo that came later, a photo beside a case, and an operator's own list, on the real stack."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from actions.contract import Form, Pending, Talk
from bot.app import Product, opened
from bot.clock import MovableClock
from bot.delivery import transcript
from bot.delivery.ports import Inbound
from bot.dialogue import talks
from bot.settings import Settings
from bot.storage.tables import contacts
from content.suspicion import OPERATORS_LIST
from nlu.suspicious.report import Seen
from tests.support.knowledge import shared_knowledge

FALSE_BANK = Seen("https://vietc0mbank.example/login")
OWN_LIST = """
vietcombank:
  name: {vi: Vietcombank, en: Vietcombank}
  words: [vietcombank]
  domains: [vietcombank.com.vn]
  checked: 2026-11-22
"""


class Stand:
    def __init__(self, product: Product) -> None:
        self.product, self._events = product, itertools.count()

    async def says(self, text: str) -> list[str]:
        event = f"event-{next(self._events)}"
        now = self.product.clock.now()
        await self.product.engine.accept(
            Inbound(channel="web", event_id=event, address="khach", at=now, text=text)
        )
        return await self.told()

    async def photo_comes(self, *codes: Seen) -> list[str]:
        """As the fetching of a messenger's file hands it over."""
        async with self.product.database.begin() as uow:
            contact_id = (await uow.execute(select(contacts.c.id))).scalar_one()
            await self.product.engine.photo_came(uow, contact_id, "0" * 32, codes)
            await uow.commit()
        return await self.told()

    async def stands_at(self, talk: Talk) -> None:
        async with self.product.database.begin() as uow:
            contact_id = (await uow.execute(select(contacts.c.id))).scalar_one()
            now = self.product.clock.now()
            await talks.save(uow, self.product.vault, contact_id, talk, now, self.product.settings)
            await uow.commit()

    async def told(self) -> list[str]:
        """All that the bot has said."""
        async with self.product.database.begin() as uow:
            contact_id = (await uow.execute(select(contacts.c.id))).scalar_one()
            lines = await transcript.since(uow, self.product.vault, contact_id, 0)
        return [said.line.text for said in lines if said.author == "bot"]


@pytest.fixture
async def stand(database_url: str, tmp_path: Path) -> AsyncIterator[Stand]:
    (tmp_path / OPERATORS_LIST).write_text(OWN_LIST)
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    async with opened(settings, clock=MovableClock(), knowledge=shared_knowledge()) as product:
        yield Stand(product)


async def test_a_photo_that_had_to_be_fetched_is_answered_when_it_is_there(stand: Stand) -> None:
    before = await stand.says("xin chào")
    after = await stand.photo_comes(FALSE_BANK)
    assert len(after) == len(before) + 1
    assert "viết gần giống tên Vietcombank" in after[-1]
    assert "vietcombank.com.vn" in after[-1]  # of the operator's own list


async def test_a_photo_without_a_code_is_spoken_of_only_where_one_was_to_be_looked_at(stand: Stand) -> None:
    before = await stand.says("xin chào")
    assert await stand.photo_comes() == before
    before = await stand.says("kiểm tra giúp mã QR này có lừa đảo không")
    assert "Bạn gửi vào đây" in before[-1]
    after = await stand.photo_comes()
    assert "chưa đọc được mã nào" in after[-1]


@pytest.mark.parametrize("question", [None, Pending("what_to_check")])
async def test_a_photo_for_an_open_form_stays_the_forms(stand: Stand, question: Pending | None) -> None:
    before = await stand.says("xin chào")
    form = Form(topic="medicine", started_at=stand.product.clock.now(), asked="evidence")
    await stand.stands_at(Talk(form=form, pending=question, introduced=True))
    assert await stand.photo_comes(FALSE_BANK) == before


async def test_whoever_clicked_before_hears_the_urgent_steps(stand: Stand) -> None:
    await stand.says("https://vietc0mbank.example/login")
    told = await stand.says("tôi bấm rồi")
    assert told[-1].startswith("GỌI NGAY")


async def test_the_same_words_mean_nothing_where_nothing_was_looked_at(stand: Stand) -> None:
    told = await stand.says("tôi bấm rồi")
    assert not told[-1].startswith("GỌI NGAY")
