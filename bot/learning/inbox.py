"""The file of labelled sentences that `ntd nlu train` reads beside the training data: written as a whole, and
written again when a person withdraws or a sentence is past its date."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from bot.learning import reviews
from bot.storage.database import Database
from bot.storage.vault import Vault
from nlu.inbox import Sentence, dump

_EVERY_SECONDS = 3600.0

_HEAD = (
    "# Written by ntd from its review list; changes made here are lost. Your own examples go into nlu/data.\n"
)

log = structlog.get_logger(__name__)


def file_of(data_dir: Path) -> Path:
    return data_dir / "nlu" / "inbox.yml"


async def export(database: Database, vault: Vault, file: Path, now: dt.datetime) -> int:
    """Writes every labelled sentence to `file`; returns how many. Raises OSError, and nothing is changed."""
    async with database.begin() as uow:
        sentences = await reviews.export(uow, vault, now)
        await asyncio.to_thread(_write, file, sentences)
        await uow.commit()
    return len(sentences)


async def refresh(database: Database, vault: Vault, file: Path) -> bool:
    """Takes out of `file` what may no longer stand in it; nothing is added. False where nothing changed."""
    if not await asyncio.to_thread(file.exists):
        return False
    async with database.begin() as uow:
        sentences = await reviews.exported(uow, vault)
    if await asyncio.to_thread(file.read_text, "utf-8") == _text(sentences):
        return False
    await asyncio.to_thread(_write, file, sentences)
    return True


async def keep_in_step(database: Database, vault: Vault, file: Path, stop: asyncio.Event) -> None:
    """Refreshes the file every hour until `stop` is set."""
    while not stop.is_set():
        try:
            if await refresh(database, vault, file):
                log.info("inbox_refreshed", file=str(file))
        except Exception:
            log.exception("inbox_not_refreshed")
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _EVERY_SECONDS)


def _text(sentences: Sequence[Sentence]) -> str:
    return _HEAD + dump(sentences)


def _write(file: Path, sentences: Sequence[Sentence]) -> None:
    """For its owner alone; whole or not at all. Without sentences there is no file."""
    if not sentences:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(_text(sentences))
    half.replace(file)
