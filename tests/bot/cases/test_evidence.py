"""Evidence: known by its bytes, encrypted on the disk, there before its row, read by those who may."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from PIL import Image
from sqlalchemy import insert, select, text

from bot.cases.evidence import MAX_PIXELS, EvidenceStore, NotEvidence, attach, examine
from bot.storage.database import Database
from bot.storage.tables import contacts, evidence
from bot.storage.vault import Vault

pytestmark = pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")

NOW = dt.datetime(2026, 3, 15, 8, tzinfo=dt.UTC)
KEY = Fernet.generate_key().decode()


def photo(kind: str, **more: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, kind, **more)
    return file.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes whose header promises a huge picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(40)
TAKEN = {
    "image/jpeg": photo("JPEG"),
    "image/png": photo("PNG"),
    "image/webp": photo("WEBP"),
    "image/heic": HEIC,
    "application/pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n",
}
REFUSED = {
    "empty": b"",
    "text": b"hello",
    "gif": photo("GIF"),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "html with a PDF inside": b"<script>alert(1)</script>%PDF-1.7",
    "program": b"\x7fELF" + bytes(100),
    "zip": b"PK\x03\x04" + bytes(100),
    "jpeg by its first bytes only": b"\xff\xd8\xff\xe0" + b"<script>" * 20,
    "png cut off": photo("PNG")[:20],
    "bomb": png_that_claims(200_000, 200_000),
    "large": png_that_claims(MAX_PIXELS // 10_000 + 1, 10_000),
}


@pytest.mark.parametrize("content_type", TAKEN)
def test_photos_and_documents_are_taken(content_type: str) -> None:
    assert examine(TAKEN[content_type]) == content_type


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_not(name: str) -> None:
    with pytest.raises(NotEvidence):
        examine(REFUSED[name])


def test_a_picture_within_the_limit_is_taken_by_its_header() -> None:
    assert examine(png_that_claims(12_000, 9_000)) == "image/png"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, pool_size=2)
    yield opened
    await opened.close()


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path, Vault((KEY,)))


async def contact(database: Database, name: str = "a") -> int:
    row = {
        "channel": "web",
        "address_hash": name.encode(),
        "address_sealed": b"",
        "language": "vi",
        "created_at": NOW,
        "last_seen_at": NOW,
    }
    async with database.begin() as uow:
        made = int((await uow.execute(insert(contacts).returning(contacts.c.id), row)).scalar_one())
        await uow.commit()
    return made


async def keep(database: Database, store: EvidenceStore, contact_id: int, data: bytes) -> str:
    async with database.begin() as uow:
        kept = await store.keep(uow, contact_id=contact_id, data=data, now=NOW)
        await uow.commit()
    return kept.id


async def test_what_is_kept_comes_back_untouched(database: Database, store: EvidenceStore) -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (20.0, 39.0, 0.0)}
    data = photo("JPEG", exif=exif)
    owner = await contact(database)
    async with database.begin() as uow:
        kept = await store.keep(uow, contact_id=owner, data=data, now=NOW)
        assert (kept.content_type, kept.size) == ("image/jpeg", len(data))
        assert await store.read(uow, kept.id) == ("image/jpeg", data)
        assert await store.read(uow, "0" * 32) is None
        assert await store.read(uow, "../../etc/passwd") is None


async def test_the_disk_holds_nothing_in_clear(
    database: Database, store: EvidenceStore, tmp_path: Path
) -> None:
    data = b"%PDF-1.7\n" + b"a name that was planted" * 10
    await keep(database, store, await contact(database), data)
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert b"planted" not in file.read_bytes()
    assert b"%PDF" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in (file.parent, file.parent.parent))


async def test_the_file_is_there_before_its_row(
    database: Database, store: EvidenceStore, tmp_path: Path
) -> None:
    """A turn that fails after it leaves a file without a row, never a row without a file."""
    owner = await contact(database)
    async with database.begin() as uow:
        kept = await store.keep(uow, contact_id=owner, data=TAKEN["image/png"], now=NOW)
    assert (tmp_path / "evidence" / kept.id[:2] / kept.id).exists()
    async with database.begin() as uow:
        assert (await uow.execute(select(evidence.c.id))).first() is None


async def test_a_file_that_cannot_be_written_leaves_nothing(
    database: Database, store: EvidenceStore, tmp_path: Path
) -> None:
    (tmp_path / "evidence").write_text("in the way")
    owner = await contact(database)
    async with database.begin() as uow:
        with pytest.raises(OSError, match="evidence"):
            await store.keep(uow, contact_id=owner, data=TAKEN["image/png"], now=NOW)
        assert (await uow.execute(select(evidence.c.id))).first() is None


@pytest.mark.parametrize("harm", ["removed", "altered", "exchanged"])
async def test_a_file_that_was_tampered_with_is_not_shown(
    database: Database, store: EvidenceStore, tmp_path: Path, harm: str
) -> None:
    owner = await contact(database)
    first = await keep(database, store, owner, TAKEN["image/png"])
    other = await keep(database, store, owner, TAKEN["image/jpeg"])
    path = tmp_path / "evidence" / first[:2] / first
    if harm == "removed":
        path.unlink()
    elif harm == "altered":
        path.write_bytes(b"x" + path.read_bytes())
    else:
        path.write_bytes((tmp_path / "evidence" / other[:2] / other).read_bytes())
    async with database.begin() as uow:
        assert await store.read(uow, first) is None
        assert await store.read(uow, other) is not None


async def test_only_ones_own_loose_files_become_part_of_a_complaint(
    database: Database, store: EvidenceStore
) -> None:
    owner, stranger = await contact(database, "a"), await contact(database, "b")
    own = await keep(database, store, owner, TAKEN["image/png"])
    foreign = await keep(database, store, stranger, TAKEN["image/png"])
    async with database.begin() as uow:
        await uow.execute(text("ALTER TABLE evidence DROP CONSTRAINT fk_evidence_complaint_id"))
        await attach(uow, [own, foreign], complaint_id=7, contact_id=owner)
        await attach(uow, [own], complaint_id=8, contact_id=owner)
        await attach(uow, [], complaint_id=9, contact_id=None)
        rows = (await uow.execute(select(evidence.c.id, evidence.c.complaint_id))).all()
    assert {row.id: row.complaint_id for row in rows} == {own: 7, foreign: None}
