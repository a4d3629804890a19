"""Files that consumers send: their type is read from the bytes, they lie encrypted under the data folder.

A file reaches the disk before its row is committed: a row always has its file, and a file that never got its
row is removed by `bot.cases.retention`. Nothing inside a file is changed, EXIF included: it is evidence.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import io
import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog
from cryptography.fernet import InvalidToken
from PIL import Image, UnidentifiedImageError
from sqlalchemy import insert, select, update

from bot.storage.database import UnitOfWork
from bot.storage.tables import evidence
from bot.storage.vault import Vault

MAX_PIXELS = 120_000_000
"""More than any phone takes; a small file that claims to be larger wants to fill somebody's memory."""

_PILLOW = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_ID = re.compile(r"[0-9a-f]{32}")

log = structlog.get_logger(__name__)


class NotEvidence(Exception):
    """The bytes are no photo, PDF, recording or film that we take. The text is for the log."""


class Kept(msgspec.Struct, frozen=True):
    id: str
    content_type: str
    size: int
    """Bytes, before encryption."""


class EvidenceStore:
    def __init__(self, data_dir: Path, vault: Vault) -> None:
        self._folder = data_dir / "evidence"
        self._vault = vault

    async def keep(self, uow: UnitOfWork, *, contact_id: int | None, data: bytes, now: dt.datetime) -> Kept:
        """Writes the file to the disk, then its row. Raises NotEvidence; OSError where the disk is full."""
        content_type = await asyncio.to_thread(examine, data)
        kept = Kept(secrets.token_hex(16), content_type, len(data))
        await asyncio.to_thread(self._write, kept.id, data)
        row = {
            "id": kept.id,
            "contact_id": contact_id,
            "content_type": content_type,
            "size": kept.size,
            "sha256": hashlib.sha256(data).digest(),
            "at": now,
        }
        await uow.execute(insert(evidence), row)
        return kept

    async def expect(self, uow: UnitOfWork, *, contact_id: int, now: dt.datetime) -> str:
        """The row of a file that still lies with a platform; returns its id. `fulfil` or `lose` ends it."""
        row = {
            "id": secrets.token_hex(16),
            "contact_id": contact_id,
            "state": "awaited",
            "content_type": "",
            "size": 0,
            "sha256": b"",
            "at": now,
        }
        await uow.execute(insert(evidence), row)
        return str(row["id"])

    async def fulfil(self, uow: UnitOfWork, evidence_id: str, data: bytes) -> None:
        """Keeps the bytes of an awaited file. Raises NotEvidence; OSError where the disk is full."""
        content_type = await asyncio.to_thread(examine, data)
        await asyncio.to_thread(self._write, evidence_id, data)
        values = {
            "state": "kept",
            "content_type": content_type,
            "size": len(data),
            "sha256": hashlib.sha256(data).digest(),
        }
        await uow.execute(update(evidence).where(evidence.c.id == evidence_id).values(**values))

    async def read(self, uow: UnitOfWork, evidence_id: str) -> tuple[str, bytes] | None:
        """Content type and bytes; None where there is no such file, or not the one that was kept."""
        query = select(evidence.c.content_type, evidence.c.sha256).where(
            evidence.c.id == evidence_id, evidence.c.state == "kept"
        )
        row = (await uow.execute(query)).one_or_none()
        if row is None:
            return None
        try:
            data = await asyncio.to_thread(self._read, evidence_id)
        except (OSError, InvalidToken) as error:
            log.error("evidence_unreadable", evidence=evidence_id, error=type(error).__name__)
            return None
        if hashlib.sha256(data).digest() != row.sha256:
            log.error("evidence_altered", evidence=evidence_id)
            return None
        return row.content_type, data

    def remove(self, ids: Sequence[str]) -> None:
        """Removes the files; those that are gone already count as removed."""
        for evidence_id in ids:
            self._path(evidence_id).unlink(missing_ok=True)

    def written(self, after: dt.datetime, before: dt.datetime) -> list[str]:
        """The ids of all files last written between two moments."""
        found = []
        for path in self._folder.glob("??/*"):
            with suppress(FileNotFoundError):
                at = path.stat().st_mtime
                if _ID.fullmatch(path.name) and after.timestamp() < at < before.timestamp():
                    found.append(path.name)
        return found

    def _path(self, evidence_id: str) -> Path:
        if not _ID.fullmatch(evidence_id):
            raise ValueError("not an id of evidence")
        return self._folder / evidence_id[:2] / evidence_id

    def _read(self, evidence_id: str) -> bytes:
        return self._vault.open_bytes(self._path(evidence_id).read_bytes())

    def _write(self, evidence_id: str, data: bytes) -> None:
        """On the disk, whole, under its id; what a failure leaves is a file that no row knows."""
        path = self._path(evidence_id)
        self._make_folder(path.parent)
        part = self._path(evidence_id[:2] + secrets.token_hex(15))
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(self._vault.seal_bytes(data))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _sync_folder(path.parent)

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(self._folder)


async def lose(uow: UnitOfWork, evidence_id: str) -> None:
    """The platform does not give the awaited file."""
    await uow.execute(update(evidence).where(evidence.c.id == evidence_id).values(state="lost"))


async def attach(uow: UnitOfWork, ids: Sequence[str], *, complaint_id: int, contact_id: int | None) -> None:
    """Makes files of the contact, not yet part of any complaint, part of this one."""
    if not ids:
        return
    await uow.execute(
        update(evidence)
        .where(
            evidence.c.id.in_(ids),
            evidence.c.contact_id.is_not_distinct_from(contact_id),
            evidence.c.complaint_id.is_(None),
        )
        .values(complaint_id=complaint_id)
    )


def examine(data: bytes) -> str:
    """The content type, from the bytes alone. Raises NotEvidence."""
    content_type = _sniff(data)
    if content_type is None:
        raise NotEvidence("no type that is taken")
    if content_type in _PILLOW:
        _check_image(data, _PILLOW[content_type])
    return content_type


def _sniff(data: bytes) -> str | None:
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "image/heic"
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    return _sniff_recording(data)


def _sniff_recording(data: bytes) -> str | None:
    """What messengers send as voice, audio and video."""
    if data.startswith(b"OggS"):
        return "audio/ogg"
    if data.startswith(b"#!AMR"):
        return "audio/amr"
    if data.startswith(b"ID3") or data[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return "audio/mpeg"
    if data[:2] in (b"\xff\xf1", b"\xff\xf9"):
        return "audio/aac"
    if data[4:8] == b"ftyp":
        return "audio/mp4" if data[8:12] in (b"M4A ", b"M4B ") else "video/mp4"
    return "video/webm" if data.startswith(b"\x1a\x45\xdf\xa3") else None


def _check_image(data: bytes, kind: str) -> None:
    """Reads the header only: nothing is unpacked, however much the file claims to hold."""
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            width, height = image.size
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise NotEvidence(f"not a readable {kind}") from error
    if width * height > MAX_PIXELS:
        raise NotEvidence(f"{width} x {height} pixels")


def _sync_folder(folder: Path) -> None:
    """A rename counts as written only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
