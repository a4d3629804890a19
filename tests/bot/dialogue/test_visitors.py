"""Somebody writes Chinese, Korean or Japanese: answered in both our languages, with a person within reach,
and never with a sentence that nobody has reviewed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from actions.contract import Outcome
from bot.app import Knowledge, opened
from bot.clock import MovableClock
from bot.delivery.ports import Inbound
from bot.dialogue.engine import Engine
from bot.settings import Settings
from content.catalog import Catalog, visitor_texts
from nlu.scripts import writing_of
from tests.bot.cases.desk import CATALOG
from tests.bot.console.stand import by_rules

OTHERWISE = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7a3]")
DRAFTS = {
    id_: msgspec.structs.replace(text, reviewed=False, reviewed_by="", reviewed_on=None)
    for id_, text in visitor_texts().items()
}
"""As if nobody had reviewed any, whatever the files say one day."""
REVIEWED = {
    id_: msgspec.structs.replace(text, reviewed=True, reviewed_by="X", reviewed_on=dt.date(2026, 11, 22))
    for id_, text in DRAFTS.items()
}
SAID = (
    "我中毒了，怎么办？",
    "出租车多收钱",
    "护照丢了",
    "救命",
    "你好",
    "한국어 되나요?",
    "식중독에 걸렸어요",
    "안녕하세요",
    "日本語でお願いします",
)


class Stand:
    def __init__(self, engine: Engine, heard: list[Outcome]) -> None:
        self._engine, self._heard = engine, heard

    async def says(self, text: str = "", payload: str | None = None, who: str = "chen") -> Outcome:
        event = Inbound(
            channel="web",
            event_id=f"{who}-{len(self._heard)}",
            address=who,
            at=dt.datetime.now(dt.UTC),
            text=text,
            payload=payload,
        )
        await self._engine.accept(event)
        return self._heard[-1]


def shown(outcome: Outcome) -> str:
    return "\n".join(
        (*(r.text for r in outcome.replies), *(c.label for r in outcome.replies for c in r.choices))
    )


@pytest.fixture
def catalog(request: pytest.FixtureRequest) -> Catalog:
    return msgspec.structs.replace(CATALOG, visitors=getattr(request, "param", {}))


@pytest.fixture
async def stand(database_url: str, tmp_path: Path, catalog: Catalog) -> AsyncIterator[Stand]:
    heard: list[Outcome] = []
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    knowledge = Knowledge(catalog, by_rules())
    async with opened(settings, clock=MovableClock(), observe=heard.append, knowledge=knowledge) as product:
        yield Stand(product.engine, heard)


@pytest.mark.parametrize("catalog", [DRAFTS], ids=["drafts"], indirect=True)
async def test_nothing_unreviewed_reaches_a_reply(stand: Stand) -> None:
    for number, text in enumerate(SAID):
        for outcome in (
            await stand.says(text, who=f"visitor-{number}"),
            await stand.says(payload="officer", who=f"visitor-{number}"),
            await stand.says(text, who=f"visitor-{number}"),
        ):
            assert not OTHERWISE.search(shown(outcome)), text


async def test_both_languages_the_numbers_and_a_person(stand: Stand) -> None:
    outcome = await stand.says("我中毒了，怎么办？")
    text = shown(outcome)
    for said in (
        "I cannot read this language",
        "Tôi không đọc được ngôn ngữ này",
        "113 (Police)",
        "115",
        "114",
    ):
        assert said in text
    assert "automated" in text, "the notice is in English, too"
    assert [c.payload for c in outcome.replies[-1].choices] == ["officer", "menu:report", "lang:vi"]


async def test_the_person_s_own_words_go_to_an_officer_as_they_are(stand: Stand) -> None:
    await stand.says("출장 중인데 도와주세요")
    await stand.says(payload="officer")
    await stand.says("호텔에서 돈을 더 받았어요")
    outcome = await stand.says(payload="province:hung-yen")
    assert "HY-" in shown(outcome)
    assert outcome.act == "talk_to_officer"


@pytest.mark.parametrize("catalog", [REVIEWED], ids=["reviewed"], indirect=True)
async def test_what_is_reviewed_is_shown_to_whom_it_is_for(stand: Stand) -> None:
    chinese, korean, japanese = [
        shown(await stand.says(text, who=text))
        for text in ("出租车多收钱", "식중독에 걸렸어요", "日本語でお願いします")
    ]
    assert all(sentence.text in chinese for sentence in REVIEWED["zh"].sentences)
    assert all(sentence.text in korean for sentence in REVIEWED["ko"].sentences)
    assert writing_of(chinese.partition("\n\n")[0]) == "han"
    assert not OTHERWISE.search(japanese)
