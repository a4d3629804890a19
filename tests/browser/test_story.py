"""The main job, end to end: the product as its user starts it, a consumer's phone, an officer's desk."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import select

from bot.storage.database import Database
from bot.storage.embedded import EmbeddedPostgres
from bot.storage.tables import complaints, evidence, handoffs, history
from tests.support.processes import free_port, release, spawn_tied
from tests.support.story import (
    CONTACT_PHONE,
    DESK,
    PASSWORD,
    PHONE,
    Consumer,
    Filed,
    Officer,
    fills_the_screen,
    opened,
    picture,
    report_fake_medicine,
    transfers,
    types_in_a_call,
    well_made,
    work_on_fake_medicine,
)

START_SECONDS = 60.0
UNSET = ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY", "NTD_KEYS", "NTD_ENV", "NTD_CONTACTS_FILE")


@dataclass(frozen=True)
class Served:
    """`ntd serve`, running over a data folder and an embedded PostgreSQL of its own."""

    url: str
    data: Path
    log: Path

    def ntd(self, *arguments: str) -> str:
        """Another process of the product beside the one that serves; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            env=environment(self.data), check=False, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    async def new_officer(self, login: str, name: str, agency: str) -> str:
        """The one-time password."""
        said = await asyncio.to_thread(
            self.ntd, "officer", "add", login, "--name", name, "--province", "thai-nguyen", "--agency", agency
        )
        return said.split()[-1]


def environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    return {**kept, "NTD_DATA_DIR": str(data)}


@pytest.fixture(scope="module")
def served(chromium: Path) -> Iterator[Served]:
    with tempfile.TemporaryDirectory(prefix="ntd-story-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)  # as root, PostgreSQL runs as somebody else and must be able to enter
        running = Served(f"http://127.0.0.1:{port}", folder / "data", folder / "serve.log")
        unset = [part for name in UNSET for part in ("-u", name)]
        command = [sys.executable, "-m", "bot", "serve", "--port", str(port)]
        process = spawn_tied(["env", *unset, f"NTD_DATA_DIR={running.data}", *command], running.log)
        try:
            wait_until_ready(running, process)
            yield running
        finally:
            release(process)


def wait_until_ready(served: Served, process: subprocess.Popen[bytes]) -> None:
    opener = build_opener(ProxyHandler({}))
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            opener.open(f"{served.url}/health/ready", timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"ntd serve did not become ready: {served.log.read_text('utf-8')}")


async def test_from_a_sentence_to_it_helped(browser: Browser, served: Served) -> None:
    once = await served.new_officer("an.nguyen", "Nguyễn Văn An", "so_y_te")
    async with (
        opened(browser, f"{served.url}/console", DESK) as desk,
        opened(browser, served.url, PHONE) as phone,
    ):
        officer, consumer = Officer(desk, served.url), Consumer(phone)
        await officer.signs_in("an.nguyen", once)
        await well_made(phone)
        filed = await report_fake_medicine(consumer)
        await work_on_fake_medicine(officer, consumer, filed)
        await well_made(phone)
        await fills_the_screen(phone)
        await on_a_phone_too(desk, served, filed)
        await evidence_is_theirs_alone(browser, desk, served, filed)
    await all_stands_in_the_database(served, filed)
    nothing_private_in_the_log(served, once, filed)


@pytest.mark.long
async def test_by_keyboard_alone_and_passed_on_with_a_reason(browser: Browser, served: Served) -> None:
    """Nothing is pointed at; the agency that gets the case reads why, and so does the consumer."""
    health = await served.new_officer("hoa.le", "Lê Thị Hoa", "so_y_te")
    police = await served.new_officer("minh.vu", "Vũ Đức Minh", "cong_an_tinh")
    async with (
        opened(browser, f"{served.url}/console", DESK) as desk,
        opened(browser, f"{served.url}/console", DESK) as other_desk,
        opened(browser, served.url, PHONE) as phone,
    ):
        consumer = Consumer(phone, by_keyboard=True)
        filed = await report_fake_medicine(consumer, "keyboard_")
        officer, other = Officer(desk, served.url), Officer(other_desk, served.url)
        await other.signs_in("minh.vu", police)
        await other.sees_in_queue(filed.code, "Phối hợp")
        await officer.signs_in("hoa.le", health)
        await officer.opens(filed.code)
        await transfers(officer, consumer, filed)
        await other.has_been_given(filed.code)
        await officer.no_longer_works_on(filed.code)


@pytest.mark.long
async def test_a_telephone_call_becomes_a_complaint(browser: Browser, served: Served) -> None:
    """Typed in by an officer; the caller opens it on a phone with the two codes that were read out."""
    once = await served.new_officer("lan.pham", "Phạm Thị Lan", "so_y_te")
    async with (
        opened(browser, f"{served.url}/console", DESK) as desk,
        opened(browser, served.url, PHONE) as phone,
    ):
        officer, consumer = Officer(desk, served.url), Consumer(phone)
        await officer.signs_in("lan.pham", once)
        filed = await types_in_a_call(officer)
        await officer.page.get_by_role("link", name="Về hàng đợi").click()
        await officer.sees_in_queue(filed.code, "Nhóm ưu tiên", "qua điện thoại")
        await officer.opens(filed.code)
        await expect(officer.page.locator(".facts")).to_contain_text("không có kênh, cần gọi điện")
        await picture(desk, "call_case_desk")
        await consumer.says(filed.code.replace("-", " ").lower())
        await consumer.hears("Bạn gõ mã bí mật", filed.code)
        await consumer.says(filed.secret.lower())
        await consumer.hears("Đã mở phản ánh", filed.code)
        await officer.does("Trả lời người dân", "Chúng tôi xuống cơ sở sáng mai.", "Gửi trả lời")
        await officer.is_told("Đã gửi câu trả lời")
        await consumer.hears("Chúng tôi xuống cơ sở sáng mai.")
        await picture(phone, "call_chat")


async def on_a_phone_too(desk: Page, served: Served, filed: Filed) -> None:
    await desk.set_viewport_size(PHONE)
    await well_made(desk)
    await picture(desk, "case_phone", whole=True)
    await desk.goto(f"{served.url}/console/queue?tab=all")
    await well_made(desk)
    await picture(desk, "queue_phone")


async def evidence_is_theirs_alone(browser: Browser, desk: Page, served: Served, filed: Filed) -> None:
    address = f"{served.url}/console/cases/{filed.code}"
    await desk.goto(address)
    link = await desk.get_by_role("region", name="Chứng cứ").get_by_role("link").first.get_attribute("href")
    mine = await desk.request.get(f"{served.url}{link}")
    assert (mine.status, mine.headers["content-type"]) == (200, "image/jpeg")
    assert (await mine.body()).startswith(b"\xff\xd8\xff")
    once = await served.new_officer("tu.phap", "Trần Thị Bình", "so_tu_phap")
    async with opened(browser, f"{served.url}/console", DESK) as other:
        await Officer(other, served.url).signs_in("tu.phap", once)
        for path in (f"{served.url}{link}", address):
            assert (await other.request.get(path)).status == 404
    async with opened(browser, served.url, PHONE) as stranger:
        assert (await stranger.request.get(f"{served.url}{link}", max_redirects=0)).status == 303


async def all_stands_in_the_database(served: Served, filed: Filed) -> None:
    url = await EmbeddedPostgres(served.data / "postgres").attached()
    assert url
    database = Database(url, pool_size=1)
    async with database.begin() as uow:
        case = (await uow.execute(select(complaints).where(complaints.c.code == filed.code))).one()
        events = await uow.execute(
            select(history.c.actor, history.c.action)
            .where(history.c.complaint_id == case.id)
            .order_by(history.c.id)
        )
        parts = await uow.execute(select(handoffs).where(handoffs.c.complaint_id == case.id))
        files = await uow.execute(select(evidence).where(evidence.c.complaint_id == case.id))
    assert (case.topic, case.state, case.outcome, case.helped) == ("medicine", "resolved", "solved", True)
    assert [tuple(event) for event in events] == [
        ("consumer", "filed"), ("officer", "accepted"), ("officer", "asked"), ("consumer", "reply"),
        ("officer", "noted"), ("officer", "resolved"), ("consumer", "rated"),
    ]  # fmt: skip
    lead = next(part for part in parts if part.lead)
    assert (lead.agency, lead.state) == ("so_y_te", "done")
    assert "PL.III.8" in lead.clauses
    assert [file.content_type for file in files] == ["image/jpeg"]
    await database.close()


def nothing_private_in_the_log(served: Served, once: str, filed: Filed) -> None:
    log = served.log.read_text("utf-8")
    assert "Console login (shown once): admin" in log
    for private in (CONTACT_PHONE, filed.secret, once, PASSWORD, "Minh Anh", "AB12345"):
        assert private not in log
