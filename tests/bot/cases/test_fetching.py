"""Files that still lie with a platform: fetched once, tried again, lost in words, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import delete, select, update

from bot.cases import fetching
from bot.cases.evidence import EvidenceStore
from bot.cases.fetching import LEASE, MAX_ATTEMPTS, PAUSES, Fetcher
from bot.cases.retention import sweep
from bot.delivery.ports import FetchFailed, Media
from bot.storage.database import Database, UnitOfWork
from bot.storage.tables import contacts, evidence, fetches
from nlu.suspicious.report import Seen
from tests.bot.cases.desk import Desk
from tests.bot.delivery.people import NOWHERE

CHANNEL = "zalo"
LOST, REFUSED = "không tải về được", "Tệp này không nhận được"


def photo(colour: str = "teal") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "JPEG")
    return file.getvalue()


class Host:
    """A platform's files. `answers`: what the next fetches meet, else the file itself."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.answers: list[Callable[[], Awaitable[bytes] | bytes]] = []

    async def fetch(self, reference: str, limit: int) -> bytes:
        self.asked.append(reference)
        if self.answers:
            found = self.answers.pop(0)()
            return found if isinstance(found, bytes) else await found
        return self.files[reference]

    def fails(self, *, retry: bool, times: int = 1) -> None:
        def fail() -> bytes:
            raise FetchFailed("the platform said no", retry=retry)

        self.answers += [fail] * times


class Post:
    """A person whose files are awaited."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.host = Host()
        self.store = EvidenceStore(folder, desk.vault)
        self.folder = folder / "evidence"

    def fetcher(self, database: Database | None = None) -> Fetcher:
        return Fetcher(
            database or self.desk.database,
            self.desk.registry,
            self.store,
            self.desk.clock,
            {CHANNEL: self.host},
        )

    async def arrives(self, contact: int, data: bytes, reference: str = "", channel: str = CHANNEL) -> str:
        reference = reference or f"file-{len(self.host.files)}"
        self.host.files[reference] = data
        now = self.desk.clock.now()
        async with self.desk.transaction() as uow:
            id_ = await self.store.expect(uow, contact_id=contact, now=now)
            await fetching.queue(uow, self.desk.registry, id_, contact, channel, Media(reference), now)
        return id_

    async def row(self, evidence_id: str) -> Any:
        return (await self.desk.rows(select(evidence).where(evidence.c.id == evidence_id)))[0]

    async def waiting(self) -> list[Any]:
        return await self.desk.rows(select(fetches))

    async def read(self, evidence_id: str) -> tuple[str, bytes] | None:
        async with self.desk.database.begin() as uow:
            return await self.store.read(uow, evidence_id)

    async def told(self, contact: int) -> list[str]:
        return [message.text for message in await self.desk.told(contact)]

    def files(self) -> set[str]:
        return {path.name for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture
def post(desk: Desk, tmp_path: Path) -> Post:
    return Post(desk, tmp_path)


async def test_an_awaited_file_is_kept(post: Post) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    id_ = await post.arrives(contact, photo())
    assert (await post.row(id_)).state == "awaited"
    assert await post.read(id_) is None
    assert await post.fetcher().run_due() == 1
    row = await post.row(id_)
    assert (row.state, row.content_type, row.size) == ("kept", "image/jpeg", len(photo()))
    assert await post.read(id_) == ("image/jpeg", photo())
    assert await post.waiting() == []
    assert await post.told(contact) == []


class Onlooker:
    """Notes what photos show, as the dialogue does to answer them."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, str, tuple[Seen, ...]]] = []

    async def photo_came(
        self, uow: UnitOfWork, contact_id: int, evidence_id: str, codes: tuple[Seen, ...]
    ) -> None:
        self.seen.append((contact_id, evidence_id, codes))


async def test_what_a_fetched_photo_shows_is_told_once(post: Post) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    code = zxingcpp.create_barcode("https://example.com", zxingcpp.BarcodeFormat.QRCode)
    file = io.BytesIO()
    Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=4)).save(file, "PNG")
    with_code, without = await post.arrives(contact, file.getvalue()), await post.arrives(contact, photo())
    fetcher, onlooker = post.fetcher(), Onlooker()
    fetcher.photo_reader = onlooker
    await fetcher.run_due()
    await fetcher.run_due()
    shown = {evidence_id: codes for _, evidence_id, codes in onlooker.seen}
    assert shown == {with_code: (Seen("https://example.com"),), without: ()}
    assert [who for who, _, _ in onlooker.seen] == [contact, contact]


async def test_the_process_that_committed_fetches_at_once_and_only_its_own(post: Post) -> None:
    mine = await post.desk.contact("a", channel=CHANNEL)
    other = await post.desk.contact("b", channel=CHANNEL)
    wanted = await post.arrives(mine, photo())
    waits = await post.arrives(other, photo("red"))
    fetcher = post.fetcher()
    fetcher.fetch_soon(mine)
    await fetcher.drain()
    assert (await post.row(wanted)).state == "kept"
    assert (await post.row(waits)).state == "awaited"


async def test_a_failure_is_tried_again_after_growing_pauses(post: Post) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    id_ = await post.arrives(contact, photo())
    post.host.fails(retry=True, times=3)
    fetcher, clock = post.fetcher(), post.desk.clock
    for number, pause in enumerate(PAUSES[:3], 1):
        assert await fetcher.run_due() == 1
        [row] = await post.waiting()
        assert (row.attempts, row.reason, row.leased_until) == (number, "the platform said no", None)
        clock.move(dt.timedelta(seconds=pause - 0.1))
        assert await fetcher.run_due() == 0
        clock.move(dt.timedelta(seconds=0.2))
    assert await fetcher.run_due() == 1
    assert (await post.row(id_)).state == "kept"
    assert await post.told(contact) == []


@pytest.mark.parametrize(("retry", "tries"), [(False, 1), (True, len(PAUSES) + 1)])
async def test_what_cannot_be_had_is_lost_and_the_person_is_told(post: Post, retry: bool, tries: int) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    id_ = await post.arrives(contact, photo())
    post.host.fails(retry=retry, times=100)
    fetcher = post.fetcher()
    for _ in range(40):
        await fetcher.run_due()
        post.desk.clock.move(dt.timedelta(hours=1))
    assert len(post.host.asked) == tries
    assert (await post.row(id_)).state == "lost"
    assert await post.waiting() == []
    [told] = await post.told(contact)
    assert LOST in told
    assert len(await post.desk.lines(contact)) == 1


async def test_the_person_is_told_in_their_language_and_not_after_leaving(post: Post) -> None:
    english = await post.desk.contact("a", channel=CHANNEL, language="en")
    gone = await post.desk.contact("b", channel=CHANNEL)
    await post.arrives(english, photo())
    lost = await post.arrives(gone, photo())
    async with post.desk.transaction() as uow:
        await uow.execute(update(contacts).where(contacts.c.id == gone).values(stopped=True))
    post.host.fails(retry=False, times=2)
    await post.fetcher().run_due()
    [told] = await post.told(english)
    assert "file" in told
    assert LOST not in told
    assert await post.told(gone) == []
    assert (await post.row(lost)).state == "lost"


@pytest.mark.parametrize("data", [b"MZ a program", b"<html>not found</html>", b"", b"PK\x03\x04" + bytes(99)])
async def test_what_is_no_evidence_is_refused_in_words(post: Post, data: bytes) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    id_ = await post.arrives(contact, data)
    await post.fetcher().run_due()
    assert (await post.row(id_)).state == "lost"
    [told] = await post.told(contact)
    assert REFUSED in told
    assert "20 MB" in told
    assert post.files() == set()


async def test_a_file_larger_than_it_may_be_is_refused_even_if_the_channel_let_it_through(post: Post) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    id_ = await post.arrives(contact, photo() + bytes(20_000_000))
    await post.fetcher().run_due()
    assert (await post.row(id_)).state == "lost"
    assert post.files() == set()


async def test_an_error_of_our_own_counts_as_a_try_and_stops_no_other(post: Post) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    first, second = await post.arrives(contact, photo()), await post.arrives(contact, photo("red"))

    def broken() -> bytes:
        raise KeyError("secret of a person")

    post.host.answers = [broken]
    await post.fetcher().run_due()
    states = {(await post.row(first)).state, (await post.row(second)).state}
    assert states == {"kept", "awaited"}
    [row] = await post.waiting()
    assert row.reason == "an error of our own: KeyError"
    post.desk.clock.move(dt.timedelta(seconds=PAUSES[0]))
    await post.fetcher().run_due()
    assert (await post.row(first)).state == (await post.row(second)).state == "kept"


async def test_no_answer_in_time_is_tried_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    id_ = await post.arrives(contact, photo())
    monkeypatch.setattr(fetching, "FETCH_SECONDS", 0.05)
    post.host.answers = [lambda: asyncio.sleep(5, b"")]
    await post.fetcher().run_due()
    [row] = await post.waiting()
    assert row.reason == "no answer in time"
    post.desk.clock.move(dt.timedelta(seconds=PAUSES[0]))
    await post.fetcher().run_due()
    assert (await post.row(id_)).state == "kept"


async def test_a_full_disk_leaves_the_file_for_later(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    id_ = await post.arrives(contact, photo())
    full = True
    write = EvidenceStore._write

    def writing(store: EvidenceStore, evidence_id: str, data: bytes) -> None:
        if full:
            raise OSError(28, "No space left on device")
        write(store, evidence_id, data)

    monkeypatch.setattr(EvidenceStore, "_write", writing)
    fetcher = post.fetcher()
    for _ in range(len(PAUSES) + 3):
        await fetcher.run_due()
        post.desk.clock.move(dt.timedelta(minutes=15))
    assert (await post.row(id_)).state == "awaited"
    assert await post.told(contact) == []
    full = False
    await fetcher.run_due()
    assert (await post.row(id_)).state == "kept"


async def test_a_database_that_is_away_leaves_it_to_the_lease(post: Post) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    id_ = await post.arrives(contact, photo())
    away = Database(NOWHERE)
    fetcher = post.fetcher(away)
    fetcher.fetch_soon(contact)
    await fetcher.drain()
    assert post.host.asked == []
    await post.fetcher().run_due()
    assert (await post.row(id_)).state == "kept"
    await away.close()


async def test_who_dies_while_fetching_loses_it_to_others_after_the_lease(post: Post) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    id_ = await post.arrives(contact, photo())
    post.host.answers = [lambda: asyncio.sleep(3600, b"")]
    doomed = asyncio.create_task(post.fetcher().run_due())
    while not post.host.asked:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    doomed.cancel()
    await asyncio.gather(doomed, return_exceptions=True)
    post.desk.clock.move(LEASE - dt.timedelta(seconds=1))
    assert await post.fetcher().run_due() == 0
    post.desk.clock.move(dt.timedelta(seconds=2))
    assert await post.fetcher().run_due() == 1
    assert (await post.row(id_)).state == "kept"


async def test_a_file_that_kills_every_process_is_given_up(post: Post) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    id_ = await post.arrives(contact, photo())
    async with post.desk.transaction() as uow:
        await uow.execute(update(fetches).values(attempts=MAX_ATTEMPTS))
    await post.fetcher().run_due()
    assert post.host.asked == []
    assert (await post.row(id_)).state == "lost"
    assert LOST in (await post.told(contact))[0]


async def test_a_late_note_does_not_undo_what_another_process_wrote(post: Post) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    id_ = await post.arrives(contact, photo())

    async def too_late() -> bytes:
        post.desk.clock.move(LEASE + dt.timedelta(seconds=1))
        await post.fetcher().run_due()
        raise FetchFailed("gone", retry=False)

    post.host.answers = [too_late]
    await post.fetcher().run_due()
    assert (await post.row(id_)).state == "kept"
    assert await post.told(contact) == []


async def test_many_workers_fetch_each_file_once(post: Post) -> None:
    people = [await post.desk.contact(f"p{number}", channel=CHANNEL) for number in range(4)]
    ids = [await post.arrives(contact, photo()) for contact in people for _ in range(6)]
    workers = [post.fetcher() for _ in range(3)]
    await asyncio.gather(*(worker.run_due() for worker in workers))
    for worker, contact in zip(workers, people, strict=False):
        worker.fetch_soon(contact)
        await worker.drain()
    assert sorted(post.host.asked) == sorted(set(post.host.asked))
    assert len(post.host.asked) == len(ids)
    assert {(await post.row(each)).state for each in ids} == {"kept"}


async def test_a_reference_that_nobody_can_read_is_lost_alone(post: Post) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    broken = await post.arrives(contact, photo())
    async with post.desk.transaction() as uow:
        await uow.execute(update(fetches).values(reference_sealed=b"from a lost key"))
    fine = await post.arrives(contact, photo("red"))
    await post.fetcher().run_due()
    assert ((await post.row(broken)).state, (await post.row(fine)).state) == ("lost", "kept")


async def test_files_of_a_channel_that_this_process_lacks_wait(post: Post) -> None:
    contact = await post.desk.contact(channel="telegram")
    await post.arrives(contact, photo(), channel="telegram")
    assert await post.fetcher().run_due() == 0
    assert len(await post.waiting()) == 1


async def test_what_the_person_had_deleted_meanwhile_is_not_kept(post: Post) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    id_ = await post.arrives(contact, photo())

    async def deleted() -> bytes:
        async with post.desk.transaction() as uow:
            await uow.execute(delete(evidence).where(evidence.c.id == id_))
        return photo()

    post.host.answers = [deleted]
    await post.fetcher().run_due()
    assert await post.waiting() == []
    assert post.files() == set()


async def test_retention_ends_files_that_nobody_ever_fetched(post: Post) -> None:
    contact = await post.desk.contact(channel="telegram")
    id_ = await post.arrives(contact, photo(), channel="telegram")
    days = post.desk.settings.form_days
    for hours, gone in ((-1, 0), (1, 1)):
        later = post.desk.clock.now() + dt.timedelta(days=days, hours=hours)
        assert (await sweep(post.desk.database, post.store, post.desk.settings, later)).evidence == gone
    assert await post.waiting() == []
    assert await post.desk.rows(select(evidence).where(evidence.c.id == id_)) == []


async def test_a_worker_fetches_until_it_is_stopped(post: Post) -> None:
    contact = await post.desk.contact(channel=CHANNEL)
    id_ = await post.arrives(contact, photo())
    stop = asyncio.Event()
    worker = asyncio.create_task(post.fetcher().run_forever(stop))
    async with asyncio.timeout(20):
        while (await post.row(id_)).state != "kept":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        stop.set()
        await worker
