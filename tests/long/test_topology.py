"""Two web and two worker processes behind the proxy, on Debian's PostgreSQL and Redis: each may fall."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from playwright.async_api import Browser, FilePayload, Page, ViewportSize, expect

from scripts.topology import Topology, TopologyError, missing_programs
from tests.conftest import ON_CI
from tests.support.story import (
    CONTACT_PHONE,
    DESK,
    PASSWORD,
    PHONE,
    SLOW,
    Consumer,
    Officer,
    opened,
    report_fake_medicine,
    well_made,
    work_on_fake_medicine,
)

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def topology() -> Iterator[Topology]:
    if missing_programs() and not ON_CI:
        pytest.skip(f"the servers are not installed: apt install {' '.join(missing_programs())}")
    with Topology() as running:
        yield running


async def new_officer(topology: Topology, login: str, name: str) -> str:
    """Of Sở Y tế tỉnh Thái Nguyên; the one-time password."""
    where = ("--province", "thai-nguyen", "--agency", "so_y_te")
    said = await asyncio.to_thread(topology.ntd, "officer", "add", login, "--name", name, *where)
    return said.split()[-1]


async def kill(topology: Topology, name: str) -> None:
    """As `kill -9` does: nothing is finished, nobody is told."""
    topology.processes[name].send_signal(signal.SIGKILL)
    await asyncio.to_thread(topology.processes[name].wait)


async def start(topology: Topology, name: str) -> None:
    kind, number = name.split("-")
    begin = topology.start_web if kind == "web" else topology.start_worker
    await asyncio.to_thread(begin, int(number))


async def test_the_story_from_a_sentence_to_it_helped(browser: Browser, topology: Topology) -> None:
    once = await new_officer(topology, "an.nguyen", "Nguyễn Văn An")
    async with (
        opened(browser, f"{topology.url}/console", DESK) as desk,
        opened(browser, topology.url, PHONE) as phone,
    ):
        officer, consumer = Officer(desk, topology.url), Consumer(phone)
        await officer.signs_in("an.nguyen", once)
        filed = await report_fake_medicine(consumer)
        await work_on_fake_medicine(officer, consumer, filed)
        await well_made(phone)


@dataclass(frozen=True)
class Unlucky(Consumer):
    """A web process is killed before one of `fatal` is sent, and started again once the server has that."""

    topology: Topology | None = None
    fatal: Mapping[str, str] = field(default_factory=dict)
    """What is sent (`photo` for the photo) -> the process that dies."""

    async def says(self, text: str) -> None:
        async with self._without(self.fatal.get(text)):
            await super().says(text)

    async def shows(self, file: FilePayload) -> None:
        async with self._without(self.fatal.get("photo")):
            await super().shows(file)

    @asynccontextmanager
    async def _without(self, victim: str | None) -> AsyncIterator[None]:
        assert self.topology
        if not victim:
            yield
            return
        await kill(self.topology, victim)
        taken = await self.own_lines()
        yield
        await expect(self.log.locator(".line-consumer:has(time)")).to_have_count(len(taken) + 1, timeout=SLOW)
        await start(self.topology, victim)

    async def own_lines(self) -> list[str]:
        """What the server has of this person, in order; what only waits on the page has no time yet."""
        return await self.log.locator(".line-consumer:has(time) .bubble").all_inner_texts()


async def test_the_story_while_web_processes_are_killed(browser: Browser, topology: Topology) -> None:
    """One before the photo, the other before the answer to the officer: nothing is lost, nothing is twice."""
    once = await new_officer(topology, "hoa.le", "Lê Thị Hoa")
    fatal = {"photo": "web-1", "so lo AB12345": "web-2"}
    async with (
        opened_through_trouble(browser, f"{topology.url}/console", DESK) as desk,
        opened_through_trouble(browser, topology.url, PHONE) as phone,
    ):
        officer = Officer(desk, topology.url)
        consumer = Unlucky(phone, topology=topology, fatal=fatal)
        await officer.signs_in("hoa.le", once)
        filed = await report_fake_medicine(consumer)
        await work_on_fake_medicine(officer, consumer, filed)
        said, heard = await consumer.own_lines(), await consumer.log.locator(".bubble").all_inner_texts()
        assert len(said) == len(set(said)), "nothing is said twice in this story"
        await phone.reload()
        await expect(consumer.log.locator(".bubble")).to_have_count(len(heard), timeout=SLOW)
        assert await consumer.log.locator(".bubble").all_inner_texts() == heard
        assert await officer.card("Chứng cứ").get_by_role("img").count() == 1


@asynccontextmanager
async def opened_through_trouble(browser: Browser, address: str, size: ViewportSize) -> AsyncIterator[Page]:
    """As `opened`, but a request may fail: the browser writes into its console whose server was killed."""
    context = await browser.new_context(viewport=size, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
    page = await context.new_page()
    await page.goto(address)
    yield page
    await context.close()


async def test_a_conversation_survives_the_death_of_each_process(
    browser: Browser, topology: Topology
) -> None:
    """Every kill is a kill -9; what the person writes after it is answered, through the same address."""
    async with opened_through_trouble(browser, topology.url, PHONE) as page:
        consumer, answers = Consumer(page), page.get_by_role("log").locator(".bubble")
        await consumer.says("toi mua phai thuoc gia")
        await expect(answers.nth(1)).to_be_visible(timeout=SLOW)
        for victim in ("web-1", "worker-1", "web-2", "worker-2"):
            seen = await answers.count()
            await kill(topology, victim)
            await consumer.says("gọi số nào?")
            await expect(answers.nth(seen + 1)).to_be_visible(timeout=SLOW)
            await start(topology, victim)


async def test_one_dead_web_process_does_not_take_the_other_out(topology: Topology) -> None:
    """Messages go to the one that lives within two tries, whatever the dead one did to the first."""
    await asyncio.sleep(4)  # whom an earlier test killed is believed again
    await kill(topology, "web-1")
    tries = [await asyncio.to_thread(status_of, f"{topology.url}/chat/messages", b"{}") for _ in range(6)]
    await start(topology, "web-1")
    assert tries.count(502) <= 1
    assert set(tries) <= {502, 403}, "without the page's own header the living one refuses with 403"


async def test_an_officer_stays_logged_in_whichever_process_answers(
    browser: Browser, topology: Topology
) -> None:
    once = await new_officer(topology, "lan.pham", "Phạm Thị Lan")
    async with opened(browser, f"{topology.url}/console", DESK) as page:
        officer = Officer(page, topology.url)
        await officer.signs_in("lan.pham", once)
        for _ in range(6):
            await page.goto(f"{topology.url}/console")
            await expect(page.get_by_role("heading", name="Hàng đợi")).to_be_visible()


async def test_the_proxy_hides_what_is_for_the_inside_only(topology: Topology) -> None:
    for path in ("/metrics", "/schema"):
        assert await asyncio.to_thread(status_of, f"{topology.url}{path}") == 404


async def test_with_no_web_process_left_people_read_a_sentence(browser: Browser, topology: Topology) -> None:
    for name in ("web-1", "web-2"):
        await kill(topology, name)
    async with opened_through_trouble(browser, f"{topology.url}/console", PHONE) as page:
        await expect(page.get_by_role("heading", name="Hệ thống đang bận")).to_be_visible()
        await well_made(page)
    for name in ("web-1", "web-2"):
        await start(topology, name)


async def test_no_log_holds_what_people_wrote(topology: Topology, browser: Browser) -> None:
    async with opened(browser, topology.url, PHONE) as page:
        await Consumer(page).says(f"số của tôi là {CONTACT_PHONE}, người bán lừa tôi 5 triệu")
        await expect(page.get_by_role("log").locator(".bubble").nth(1)).to_be_visible(timeout=SLOW)
    for log in Path(topology.folder).glob("*.log"):
        written = log.read_text(encoding="utf-8", errors="replace")
        for private in (CONTACT_PHONE, "Minh Anh", "AB12345", PASSWORD):
            assert private not in written, log.name


def test_a_missing_server_is_said_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(TopologyError, match=r"not installed: caddy, redis-server"), Topology():
        pass


def status_of(address: str, body: bytes | None = None) -> int:
    try:
        with build_opener(ProxyHandler({})).open(Request(address, data=body), timeout=20) as answer:
            status: int = answer.status
    except HTTPError as refused:
        status = refused.code
    return status
