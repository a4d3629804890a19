"""The quiz in a talk: old and forged choices end kindly; 15 March is offered in its week."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from actions.contract import Outcome
from bot.app import Knowledge, Product, opened
from bot.clock import VIETNAM, MovableClock
from bot.delivery.ports import Inbound, Receipt
from bot.settings import Settings
from bot.storage.tables import complaints
from content.education import Level, education
from tests.support.knowledge import shared_knowledge


class Stand:
    def __init__(self, product: Product, heard: list[Outcome], clock: MovableClock) -> None:
        self.product, self.heard, self.clock = product, heard, clock
        self._sent = 0

    async def sends(self, text: str = "", payload: str | None = None) -> Outcome:
        self._sent += 1
        event = Inbound(
            channel="web",
            event_id=f"event-{self._sent}",
            address="lan",
            at=dt.datetime.now(dt.UTC),
            text=text,
            payload=payload,
        )
        assert await self.product.engine.accept(event) is Receipt.DONE
        return self.heard[-1]

    def it_is(self, year: int, month: int, day: int) -> None:
        """From now on it is noon of that day in Viet Nam."""
        noon = dt.datetime(year, month, day, 12, tzinfo=VIETNAM)
        self.clock.move(noon - self.clock.now())


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return shared_knowledge()


@pytest.fixture
async def stand(database_url: str, tmp_path: Path, knowledge: Knowledge) -> AsyncIterator[Stand]:
    heard: list[Outcome] = []
    clock = MovableClock()
    settings = Settings(
        database_url=database_url, data_dir=tmp_path, day_themes={"2027": "An toàn là trên hết (ví dụ)"}
    )
    async with opened(settings, clock=clock, observe=heard.append, knowledge=knowledge) as product:
        yield Stand(product, heard, clock)


def current(outcome: Outcome) -> str:
    assert outcome.talk.quiz is not None
    return outcome.talk.quiz.questions[outcome.talk.quiz.answered]


async def test_all_right_is_counted_and_praised(stand: Stand) -> None:
    outcome = await stand.sends(payload="quiz_level:pupils")
    for _ in range(5):
        id_ = current(outcome)
        choices = education().quiz[Level.PUPILS][id_].choices
        right = next(index for index, choice in enumerate(choices) if choice.right)
        outcome = await stand.sends(payload=f"quiz:{id_}:{right}")
        assert "Đúng rồi" in outcome.replies[0].text
    assert "5/5" in outcome.replies[0].text
    assert outcome.talk.quiz is not None
    first = outcome.talk.quiz.questions
    outcome = await stand.sends(payload="quiz_level:pupils")
    assert outcome.talk.quiz is not None
    assert not set(first) & set(outcome.talk.quiz.questions)


async def test_old_and_forged_choices_end_kindly(stand: Stand) -> None:
    outcome = await stand.sends(payload="quiz:seller_at_the_door:0")
    assert "đã qua" in outcome.replies[0].text
    outcome = await stand.sends(payload="quiz_level:elderly")
    open_ = current(outcome)
    forged = (
        "quiz:no_such_question:0", f"quiz:{open_}:9", f"quiz:{open_}:-1", f"quiz:{open_}", f"quiz:{open_}:",
        "quiz:::", f"quiz:{open_}:²",
    )  # fmt: skip
    for payload in forged:
        outcome = await stand.sends(payload=payload)
        assert "Câu 1/5" in outcome.replies[0].text, payload
        assert current(outcome) == open_
    outcome = await stand.sends(payload="quiz_level:wizards")
    assert len(outcome.replies[0].choices) == 4
    await stand.sends(payload="quiz_stop")
    outcome = await stand.sends(payload="quiz_stop:again")
    assert "Đã dừng" in outcome.replies[0].text
    assert outcome.talk.quiz is None
    async with stand.product.database.begin() as uow:
        assert (await uow.execute(select(func.count()).select_from(complaints))).scalar_one() == 0


async def test_15_march_is_offered_in_its_week(stand: Stand) -> None:
    stand.it_is(2027, 3, 7)
    outcome = await stand.sends("chào")
    assert "15/3" not in outcome.replies[0].text
    stand.it_is(2027, 3, 8)
    outcome = await stand.sends("chào")
    assert "Sắp tới Ngày Quyền" in outcome.replies[0].text
    stand.it_is(2027, 3, 15)
    outcome = await stand.sends("chào")
    assert "Hôm nay là Ngày Quyền" in outcome.replies[0].text
    assert outcome.replies[0].choices[-1].payload == "consumer_day"
    assert len(outcome.replies[0].choices) <= 5
    outcome = await stand.sends(payload="consumer_day")
    card, season = outcome.replies
    assert card.text.startswith("Hôm nay là 15/3")
    assert "Chủ đề năm 2027: “An toàn là trên hết (ví dụ)”" in card.text
    assert [line[0] for line in card.text.splitlines() if line.startswith("•")] == ["•"] * 8
    assert "Mẹo ngày 15/3/2027" in season.text
    assert {choice.payload for choice in season.choices} >= {"quiz", "tip", "subscribe"}


async def test_warnings_of_the_season_and_no_theme_where_none_is_set(stand: Stand) -> None:
    stand.it_is(2028, 1, 20)
    outcome = await stand.sends("ngày quyền của người tiêu dùng")
    card, season = outcome.replies
    assert "Chủ đề" not in card.text
    assert "Hôm nay là 15/3" not in card.text
    assert "Dịp Tết" in season.text
    assert "OTP" in season.text
