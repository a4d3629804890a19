"""How a hand-off went out, on the case page, in the queue and for administrators."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from sqlalchemy import select, update

from actions.routing import Responsibility
from bot import handoff
from bot.cases import ways
from bot.cases.directory import Reach
from bot.console import shown
from bot.storage.tables import handoff_ways
from content.schema import Basis
from tests.bot.cases.desk import CATALOG
from tests.bot.console.stand import Stand
from tests.bot.handoff.post_office import pdf_text

LEAD, FOCAL = "so_y_te", "so_cong_thuong"


async def way_of(stand: Stand, code: str, *kinds: str) -> int:
    """Queues the ways of the lead's hand-off, which the stand has no addresses for; the first one's id."""
    part = next(part for part in await stand.desk.parts(code) if part.lead)
    who = Responsibility(
        agency=part.agency, unit=None, clauses=(), basis=Basis.NAMED, law=None, province=part.province
    )
    addresses = {"email": "syt@tinh.example.vn", "webhook": "https://syt.tinh.example.vn/"}
    reach = Reach(**{kind: addresses[kind] for kind in kinds})
    async with stand.desk.transaction() as uow:
        return (await ways.queue(uow, part.id, who, reach, now=stand.clock.now()))[0]


async def set_way(stand: Stand, way_id: int, **values: object) -> None:
    async with stand.desk.transaction() as uow:
        await uow.execute(update(handoff_ways).where(handoff_ways.c.id == way_id).values(**values))


async def test_each_way_shows_its_own_state_and_is_tried_again_at_once(stand: Stand) -> None:
    await stand.account("lan")
    filed = await stand.desk.file()
    code, way = filed.case.code, await way_of(stand, filed.case.code, "email", "webhook")
    due = stand.clock.now() + dt.timedelta(minutes=30)
    await set_way(stand, way, failures=3, reason="the mail server refuses the address (550)", due_at=due)
    async with stand.signed_in("lan") as lan:
        page = await lan.open(f"/console/cases/{code}")
        assert "đã thử 3 lần" in page.text
        assert "địa chỉ thư điện tử của cơ quan bị từ chối" in page.text
        assert "Hệ thống kết nối: đang gửi" in " ".join(page.text.split())
        answer = await lan.send(page, f"/console/cases/{code}/ways/{way}")
        assert answer.headers["location"].endswith("done=resent")
        again = await lan.send(page, f"/console/cases/{code}/ways/{way}")
        assert again.headers["location"].endswith("done=again")
    (row,) = await stand.desk.rows(select(handoff_ways).where(handoff_ways.c.id == way))
    assert row.due_at <= stand.clock.now()


async def test_an_open_page_hears_that_a_way_went_wrong(stand: Stand) -> None:
    await stand.account("lan")
    filed = await stand.desk.file()
    code, way = filed.case.code, await way_of(stand, filed.case.code, "email")
    async with stand.signed_in("lan") as lan:
        page = await lan.open(f"/console/cases/{code}")
        mark = page.text.partition("/fresh?")[2].partition('"')[0].replace("&amp;", "&")
        assert (await lan.client.get(f"/console/cases/{code}/fresh?{mark}")).text == ""
        await set_way(stand, way, failures=1)
        assert "đã thử 1 lần" in (await lan.client.get(f"/console/cases/{code}/fresh?{mark}")).text


async def test_the_slip_is_there_for_the_case_s_officers_only_and_masked(stand: Stand) -> None:
    await stand.account("lan")
    await stand.account("minh", "so_khcn")
    code = (await stand.desk.file()).case.code
    part = next(part for part in await stand.desk.parts(code) if part.lead)
    async with stand.signed_in("lan") as lan:
        answer = await lan.client.get(f"/console/cases/{code}/slip/{part.id}")
        assert answer.headers["content-type"] == "application/pdf"
        text = pdf_text(answer.content)
        assert "PHIẾU CHUYỂN" in text
        assert code in text
        assert "0900000001" not in text
        other = (await stand.desk.file()).case.code
        assert (await lan.client.get(f"/console/cases/{other}/slip/{part.id}")).status_code == 404
    async with stand.signed_in("minh") as minh:
        assert (await minh.client.get(f"/console/cases/{code}/slip/{part.id}")).status_code == 404
        way = await way_of(stand, code, "email")
        form = {"csrf": "x", "once": "y"}
        answer = await minh.client.post(f"/console/cases/{code}/ways/{way}", data=form)
        assert answer.status_code in (403, 404)
    (row,) = await stand.desk.rows(select(handoff_ways).where(handoff_ways.c.id == way))
    assert row.due_at == row.created_at


def reasons() -> set[str]:
    """Every reason in the code of `bot.handoff`, up to its first changing part."""
    found = set()
    for file in Path(handoff.__file__).parent.rglob("*.py"):
        for text in re.findall(
            r'(?:NotTakenError|super\(\).__init__)\(\s*f?"([^"{]+)', file.read_text("utf-8")
        ):
            found.add(text)
    return found


def test_every_reason_is_told_to_officers_in_their_language() -> None:
    assert len(reasons()) > 12
    waiting = shown.why_stuck(CATALOG, None)
    assert [one for one in reasons() if shown.why_stuck(CATALOG, one) == waiting] == []


async def test_who_must_know_reads_what_is_stuck(stand: Stand) -> None:
    """The agency itself, the focal agency and administrators; nobody else."""
    await stand.account("lan")
    await stand.account("tam", FOCAL)
    await stand.account("minh", "so_khcn")
    await stand.account("xa", FOCAL, province="hung-yen")
    await stand.admin()
    code = (await stand.desk.file()).case.code
    way = await way_of(stand, code, "email")
    await set_way(stand, way, failures=3, told_at=stand.clock.now(), reason="it took too long")
    for login, path, told in (
        ("lan", "queue", True),
        ("tam", "queue", True),
        ("minh", "queue", False),
        ("xa", "queue", False),
        ("quan.tri", "overview", True),
    ):
        async with stand.signed_in(login) as visitor:
            page = await visitor.open(f"/console/{path}")
            assert ("3 lần chưa được" in page.text) is told, login
            assert (code in page.text) is told or login == "minh", login
    await set_way(stand, way, state="sent")
    async with stand.signed_in("tam") as tam:
        assert "3 lần chưa được" not in (await tam.open("/console/queue")).text
