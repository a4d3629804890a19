"""A turn that dies anywhere, once for each of its awaits: the platform sends again, and the effect is there
exactly once."""

from __future__ import annotations

import datetime as dt
import functools
import signal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from actions.contract import Form, Profile, Talk
from bot.app import Knowledge, Product, opened
from bot.delivery.ports import Inbound
from bot.dialogue import contacts, talks
from bot.settings import Settings
from tests.support.forked import in_child
from tests.support.kill_at_await import KilledAt
from tests.support.knowledge import shared_knowledge

PEOPLE = 80
"""More than a filing turn has awaits."""


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return shared_knowledge()


def event(n: int, name: str, **what: Any) -> Inbound:
    return Inbound(
        channel="web", event_id=f"{n}-{name}", address=f"person-{n}", at=dt.datetime.now(dt.UTC), **what
    )


async def up_to_consent(product: Product, n: int) -> None:
    """A person who has told everything and only has to agree."""
    now = product.clock.now()
    form = Form(topic="medicine", started_at=now, stage="consent")
    form.slots = form.said = {"what_happened": "mua phai thuoc gia"}
    async with product.database.begin() as uow:
        contact = await contacts.meet(uow, product.vault, event(n, "before"), now)
        await contacts.remember(uow, contact.id, Profile(province="thai-nguyen"))
        talk = Talk(form=form, introduced=True)
        await talks.save(uow, product.vault, contact.id, talk, now, product.settings)
        await uow.commit()


QUERIES = (
    "SELECT count(*), count(DISTINCT code), count(DISTINCT contact_id) FROM complaints",
    "SELECT count(*) FROM deliveries d WHERE kind = 'reply' AND contact_id IN"
    " (SELECT contact_id FROM complaints)"
    " AND id = (SELECT max(id) FROM deliveries WHERE contact_id = d.contact_id)",
    "SELECT count(*) FROM handoffs WHERE lead",
    "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM messages WHERE author = 'consumer'"
    " GROUP BY contact_id, event_id) AS said",
)
"""Complaints, codes, people; last answers; leads; the most often that one event stands in the transcript."""


def agree(n: int) -> Inbound:
    return event(n, "agree", payload="consent:yes", text="Đồng ý gửi")


@pytest.mark.parametrize("apart", [3, pytest.param(1, marks=pytest.mark.long)], ids=["some", "every"])
def test_every_await_of_the_filing_turn(
    database_url: str, tmp_path: Path, knowledge: Knowledge, apart: int
) -> None:
    """Whoever agrees and is cut off anywhere has, after the platform's repeat, one complaint, one code, one
    answer. `apart`: every how manieth await is tried."""
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    (tmp_path / "keys").write_text("Zm9yLXRlc3RzLW9ubHktMzItYnl0ZXMtbG9uZy1rZXk=")

    async def prepare() -> int:
        async with opened(settings, knowledge=knowledge) as product:
            for n in range(1, PEOPLE):
                await up_to_consent(product, n)
        return 0

    async def killed(n: int) -> int:
        async with opened(settings, knowledge=knowledge) as product:
            await KilledAt(product.engine.accept(agree(n)), n * apart)
        return 0

    assert in_child(prepare) == 0
    kills = 0
    for n in range(1, PEOPLE):
        code = in_child(functools.partial(killed, n))
        if code == 0:
            break
        assert code == -signal.SIGKILL, f"await {n} ended with {code}"
        kills += 1
    else:
        pytest.fail("the turn has more awaits than there are people to kill it for")
    assert kills > 10, "a turn that hardly awaits: this test would show nothing"

    async def repeated() -> int:
        async with opened(settings, knowledge=knowledge) as product:
            for n in range(1, kills + 1):
                for _ in range(2):
                    await product.engine.accept(agree(n))
            await product.dispatcher.drain()
            async with product.database.begin() as uow:
                complaints, answers, leads, per_event = [
                    tuple((await uow.execute(text(query))).one()) for query in QUERIES
                ]
        seen = (complaints, *answers, *leads, *per_event)
        people = kills + 1  # the last one's turn was not cut off
        wanted = ((people,) * 3, people, people, 1)
        print(f"kills {kills}: {seen} wanted {wanted}")
        return 0 if seen == wanted else 3

    assert in_child(repeated) == 0
