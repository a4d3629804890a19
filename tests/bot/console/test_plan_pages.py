"""The plan in the console: every clause, what serves it, and what came of it."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from sqlalchemy import insert

from bot.cases import plan_figures
from bot.storage.tables import contacts, subscriptions
from tests.bot.cases.desk import CATALOG
from tests.bot.console.stand import Stand


@pytest.mark.parametrize("province", ["hung-yen", "thai-nguyen"])
async def test_every_clause_stands_there(stand: Stand, province: str) -> None:
    await stand.account("an.nguyen")
    async with stand.signed_in("an.nguyen") as visitor:
        page = html.unescape((await visitor.open(f"/console/plan?province={province}")).text)
    plan = CATALOG.provinces[province].plan
    assert re.findall(r'<li class="card clause" id="([^"]+)">', page) == list(plan)
    for number, clause in plan.items():
        assert f'<span class="code">{number}</span> {clause.task}' in page
        assert clause.deadline in page
    assert page.count('class="served"') == len(plan)


async def test_complaints_stand_with_the_clauses_that_brought_them(stand: Stand) -> None:
    await stand.account("an.nguyen")
    stand.clock.move(-dt.timedelta(days=60))
    await stand.desk.file(topic="medicine")
    stand.clock.move(dt.timedelta(days=60))
    await stand.desk.file(topic="medicine")
    await stand.desk.file(topic="cosmetics")
    await stand.desk.file(topic="medicine", province="hung-yen")
    async with stand.database.begin() as uow:
        found = await plan_figures.by_clause(uow, "thai-nguyen", stand.clock.now())
    told = {one.topic: (one.filed, one.live, one.late) for one in found["PL.III.8"]}
    assert told == {"medicine": (2, 2, 1), "cosmetics": (1, 1, 0)}
    assert set(found) <= set(CATALOG.provinces["thai-nguyen"].plan)
    async with stand.signed_in("an.nguyen") as visitor:
        page = html.unescape((await visitor.open("/console/plan")).text)
        clause = page.split('id="PL.III.8"')[1].split('</li>\n  <li class="card')[0]
        assert "Tiếp nhận phản ánh: 3 phản ánh" in clause or "Hàng đợi của cơ quan: 3 phản ánh" in clause
        assert '<td data-name="Đã nhận">2</td>' in clause
        only = (await visitor.open("/console/plan?part=intake")).text
        assert 0 < only.count("card clause") < page.count("card clause")
        for part in ("report", "warning", "leaflet"):
            page = (await visitor.open(f"/console/plan?part={part}")).text
            assert 'href="/console/overview"' in page if part == "report" else 'href="/console/press"' in page
            assert "chưa dùng được" not in page


async def test_who_asked_for_news_is_counted_by_province(stand: Stand) -> None:
    ids = [await stand.desk.contact(address) for address in ("a", "b", "c")]
    async with stand.desk.transaction() as uow:
        for contact_id, province in zip(ids, ("hung-yen", "hung-yen", "thai-nguyen"), strict=True):
            await uow.execute(contacts.update().where(contacts.c.id == contact_id).values(province=province))
            row = {"contact_id": contact_id, "since": stand.clock.now()}
            await uow.execute(insert(subscriptions), row)
    async with stand.database.begin() as uow:
        assert (await plan_figures.reached(uow, "hung-yen")).subscribers == 2
        assert (await plan_figures.reached(uow, "hung-yen")).sent == 0


async def test_an_administrator_reads_it_too(stand: Stand) -> None:
    await stand.admin()
    async with stand.signed_in("quan.tri") as admin:
        page = await admin.open("/console/plan")
        assert "Kế hoạch của tỉnh Hưng Yên" in html.unescape(page.text)
        assert (await admin.open("/console/plan?province=ha-noi&part=magic")).status_code == 200
