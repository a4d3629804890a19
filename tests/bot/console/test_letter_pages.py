"""The page of failed messages: administrators replay and set aside, and read nothing of what was said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, text, update
from structlog.testing import capture_logs

from bot.delivery.ports import Inbound, Receipt
from bot.storage.tables import contacts, dead_letters, deliveries
from tests.bot.console.stand import Stand

PAGE = "/console/dead-letters"
BREAK = (
    "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'broken'; END$$",
    "CREATE TRIGGER broken BEFORE INSERT ON talks FOR EACH ROW EXECUTE FUNCTION broken()",
)
MEND = ("DROP FUNCTION broken CASCADE",)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """To print a traceback with all its variables takes seconds."""
    with capture_logs():
        yield


async def execute(stand: Stand, *statements: str) -> None:
    async with stand.desk.transaction() as uow:
        for statement in statements:
            await uow.execute(text(statement))


async def failed(stand: Stand, name: str = "ba-buoi") -> int:
    """The number of the letter that a failed turn leaves."""
    await execute(stand, *BREAK)
    event = Inbound(
        channel="web", event_id=name, address=name, at=stand.clock.now(), text="Chuyện riêng của bà Bưởi"
    )
    assert await stand.engine.accept(event) is Receipt.DEAD
    await execute(stand, *MEND)
    async with stand.desk.transaction() as uow:
        return int((await uow.execute(select(func.max(dead_letters.c.id)))).scalar_one())


async def test_a_letter_is_replayed_once(stand: Stand) -> None:
    await stand.admin()
    letter = await failed(stand)
    async with stand.signed_in("quan.tri") as admin:
        page = await admin.open(PAGE)
        assert "DBAPIError" in page.text
        assert "Bưởi" not in page.text
        assert "ba-buoi" not in page.text
        for told in ("đang được gửi tới người dân", "không làm lại lần nữa"):
            answer = await admin.send(page, f"{PAGE}/{letter}/replay")
            assert told in (await admin.open(answer.headers["location"])).text
        after = (await admin.open(PAGE)).text
        assert "Chạy lại, đã xử lý được" in after
        assert f"{PAGE}/{letter}/replay" not in after
        assert "Bưởi" not in after
    async with stand.desk.transaction() as uow:
        sent = (await uow.execute(select(func.count()).select_from(deliveries))).scalar_one()
    assert sent > 1


async def test_what_fails_again_says_so_and_counts(stand: Stand) -> None:
    await stand.admin()
    letter = await failed(stand)
    async with stand.desk.transaction() as uow:
        await uow.execute(update(dead_letters).values(event_sealed=b"from a lost key"))
    async with stand.signed_in("quan.tri") as admin:
        page = await admin.open(PAGE)
        answer = await admin.send(page, f"{PAGE}/{letter}/replay")
        after = (await admin.open(answer.headers["location"])).text
        assert "Chạy lại vẫn lỗi" in after
        assert "Đã chạy lại 1 lần, vẫn lỗi" in after
        assert "InvalidToken" in after


async def test_setting_aside_needs_a_reason_that_is_kept(stand: Stand) -> None:
    await stand.admin()
    letter = await failed(stand)
    async with stand.signed_in("quan.tri") as admin:
        page = await admin.open(PAGE)
        refused = await admin.send(page, f"{PAGE}/{letter}/aside", reason="  ?  ")
        assert refused.status_code == 422
        assert "lý do bỏ tin" in refused.text
        answer = await admin.send(page, f"{PAGE}/{letter}/aside", reason="Đã gọi điện cho người gửi")
        after = (await admin.open(answer.headers["location"])).text
        assert "Đã bỏ tin và lưu lý do" in after
        assert "Đã gọi điện cho người gửi" in after


async def test_who_has_left_is_told_to_the_administrator(stand: Stand) -> None:
    await stand.admin()
    letter = await failed(stand)
    async with stand.desk.transaction() as uow:
        await uow.execute(update(contacts).values(stopped=True))
    async with stand.signed_in("quan.tri") as admin:
        answer = await admin.send(await admin.open(PAGE), f"{PAGE}/{letter}/replay")
        assert "đã chặn hoặc rời kênh" in (await admin.open(answer.headers["location"])).text


async def test_officers_replay_nothing(stand: Stand) -> None:
    await stand.account("an.nguyen")
    letter = await failed(stand)
    async with stand.signed_in("an.nguyen") as visitor:
        page = await visitor.open("/console/password")
        fields = {"csrf": page.text.partition('name="csrf" value="')[2].partition('"')[0]}
        for act in ("replay", "aside"):
            answer = await visitor.client.post(f"{PAGE}/{letter}/{act}", data=fields)
            assert answer.status_code == 403
            assert "không dành cho tài khoản" in answer.text
    async with stand.desk.transaction() as uow:
        row = (await uow.execute(select(dead_letters.c.tries, dead_letters.c.set_aside_at))).one()
    assert tuple(row) == (0, None)
