"""Which model answers, and taking up a newer one while the product runs."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from nlu.pipeline import MODEL, Pipeline
from nlu.steps.classify import Engine

EVERY_SECONDS = 3.0

log = structlog.get_logger(__name__)


class UnusableError(Exception):
    """The file is no model that this product can answer with."""


class Stamp(msgspec.Struct, frozen=True):
    """By this a file is known to be another one."""

    file: Path
    at_ns: int
    size: int
    inode: int


class Model(msgspec.Struct, frozen=True):
    """The model file that answers. `sha256`: its first 12 hex digits; `at`: when it was written."""

    file: str
    sha256: str
    at: dt.datetime


def places(data_dir: Path) -> tuple[Path, Path]:
    """Where a model may lie: in the package, as set-up trained it, and in the data folder, where training
    writes that may not write there. The newer one answers, so an update of the product brings its own."""
    return MODEL, data_dir / "nlu" / "model.npz"


def newest(files: Sequence[Path]) -> Stamp | None:
    found = [stamp for file in files if (stamp := _stamp(file)) is not None]
    return max(found, key=lambda stamp: stamp.at_ns, default=None)


def _stamp(file: Path) -> Stamp | None:
    try:
        told = file.stat()
    except OSError:
        return None
    return Stamp(file, told.st_mtime_ns, told.st_size, told.st_ino)


class LiveModel:
    """Sets `pipeline.engine` to a newer model once one lies in its place. Turns under way end with the engine
    that they began with; a file that cannot be used changes nothing."""

    def __init__(self, pipeline: Pipeline, files: Sequence[Path], loaded: Stamp | None) -> None:
        """`loaded` is what the pipeline was built from; None: from no file."""
        self._pipeline, self._files = pipeline, tuple(files)
        self._seen = loaded
        self.current = _described(loaded) if loaded else None

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY_SECONDS)
                return
            await self.look()

    async def look(self) -> bool:
        """True when another model was taken up."""
        stamp = await asyncio.to_thread(newest, self._files)
        if stamp is None or stamp == self._seen:
            return False
        self._seen = stamp
        try:
            engine, told = await asyncio.to_thread(self._load, stamp)
        except UnusableError as error:
            kept = self.current.sha256 if self.current else None
            log.error("model_not_taken", file=str(stamp.file), reason=str(error), kept=kept)
            return False
        self._pipeline.engine = engine
        self.current = told
        log.info("model_taken", file=told.file, sha256=told.sha256)
        return True

    def _load(self, stamp: Stamp) -> tuple[Engine, Model]:
        """Tried with a message first: parts that do not fit each other show only then."""
        trial = copy.copy(self._pipeline)
        try:
            trial.engine = self._pipeline.load_engine(stamp.file)
            _, reading = trial.understand("toi mua phai hang gia", dt.date(2026, 1, 1))
            told = _described(stamp)
        except Exception as error:
            raise UnusableError(str(error) or type(error).__name__) from error
        if reading.intent is not None:
            raise UnusableError("a model of other intents than ours")
        return trial.engine, told


def _described(stamp: Stamp) -> Model:
    """Raises OSError."""
    digest = hashlib.sha256(stamp.file.read_bytes()).hexdigest()[:12]
    return Model(str(stamp.file), digest, dt.datetime.fromtimestamp(stamp.at_ns / 1e9, dt.UTC))
