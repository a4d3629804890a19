"""The spool: one encrypted file per event under the data folder, on the disk before the platform hears 200.

    waiting/3f/<arrived>-<chat>-<unique>    what is to be taken up; a folder for each first byte of a chat
    aside/<arrived>-<chat>-<unique>         what could not be: unreadable, or refused again and again
    id                                      names this spool where processes agree on who takes it up

Any number of processes of one machine write here at the same time. A file is written beside its place,
forced to the disk, renamed, and its folders are forced too: after `put` returns it outlives a power cut. It
is removed only after its turn is committed; whoever dies in between leaves a repeat, which the record of
event ids ends.
Calls block: from a loop they belong into a thread, `holds` excepted.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from bot.spool import counted
from bot.spool.names import Name
from bot.storage.vault import InvalidToken, Vault, kept_secret

HEAD = b"ntd-spool 1\n"
"""Before the sealed content: which version wrote it."""

_CHANCES = 5
_PART = ".part"
_PART_LIVES = dt.timedelta(minutes=10)
"""A write takes milliseconds: what is older was left by a process that died."""


class Unreadable(Exception):
    """The file is cut or altered, its key is gone, or another version wrote it."""


class Figures(msgspec.Struct, frozen=True):
    waiting: int
    oldest: dt.datetime | None
    """When the first of them came."""
    set_aside: int


class Spool:
    def __init__(self, data_dir: Path, vault: Vault, most: int) -> None:
        """`most`: events that may wait; more are refused as by a full disk. Raises OSError."""
        self.folder = data_dir / "spool"
        self._vault = vault
        self._most = most
        self._count = 0
        """As of the last look, and what this process has written since."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.id = kept_secret(self.folder / "id", lambda: secrets.token_hex(8))
        self.waiting()

    def holds(self, chat: str) -> bool:
        """Whether an event of this chat waits: a later one must go behind it. Reads one small folder."""
        key = self._key(chat)
        return any(name.chat == key for name in _names(self._shard(key)))

    def put(self, chat: str, content: bytes, arrived: dt.datetime) -> Name:
        """Raises OSError, and then nothing of it is kept. A chat's events must be put one after the other."""
        if self._count >= self._most:
            self._count = len(self.waiting())
            if self._count >= self._most:
                raise OSError(errno.EDQUOT, "as many events wait as may")
        key = self._key(chat)
        shard = self._shard(key)
        before = max((name.arrived for name in _names(shard) if name.chat == key), default=0)
        name = Name.fresh(key, max(_microseconds(arrived), before + 1))
        self._write(shard, name, HEAD + self._vault.seal_bytes(content))
        self._count += 1
        counted.spooled(self._count)
        return name

    def waiting(self) -> list[Name]:
        """By arrival."""
        found = sorted(name for shard in self._shards() for name in _names(shard))
        self._count = len(found)
        counted.waiting(self._count)
        return found

    def read(self, name: Name) -> bytes:
        """Raises FileNotFoundError where another process was first, Unreadable, OSError."""
        raw = self._path(name).read_bytes()
        if not raw.startswith(HEAD):
            raise Unreadable("another version wrote it, or it is cut")
        try:
            return self._vault.open_bytes(raw[len(HEAD) :])
        except InvalidToken:
            raise Unreadable("no key of the ring opens it, or it is altered") from None

    def remove(self, name: Name) -> None:
        """After its turn is committed. Where it comes back by a power cut, it is a repeat."""
        self._path(name).unlink(missing_ok=True)
        with suppress(OSError):  # others still wait there
            self._shard(name.chat).rmdir()

    def set_aside(self, name: Name) -> None:
        """Out of the others' way. Raises OSError."""
        aside = self.folder / "aside"
        aside.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            self._path(name).replace(aside / str(name))
        _sync_folder(aside)
        counted.set_aside()

    def restore(self) -> int:
        """Lets what was set aside wait again, in its old place; returns how many there were."""
        found = list(_names(self.folder / "aside"))
        for name in found:
            with suppress(FileNotFoundError, FileExistsError):  # of a folder that is just removed: next time
                self._shard(name.chat).mkdir(mode=0o700, parents=True, exist_ok=True)
                (self.folder / "aside" / str(name)).replace(self._path(name))
        return len(found)

    def tidy(self, now: dt.datetime, keep: dt.timedelta) -> int:
        """Removes what was set aside longer ago than `keep`, and halves that a dead process left; returns how
        many events are gone with the former."""
        gone = 0
        for name in list(_names(self.folder / "aside")):
            if name.arrived < _microseconds(now - keep):
                (self.folder / "aside" / str(name)).unlink(missing_ok=True)
                gone += 1
        for shard in self._shards():
            for part in shard.glob(f"*{_PART}"):
                with suppress(FileNotFoundError):
                    if part.stat().st_mtime < (now - _PART_LIVES).timestamp():
                        part.unlink()
        return gone

    def figures(self) -> Figures:
        return figures(self.folder.parent)

    def _write(self, shard: Path, name: Name, sealed: bytes) -> None:
        for chance in range(_CHANCES):
            try:
                shard.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write(shard / str(name), sealed)
                break
            except (
                FileNotFoundError,
                FileExistsError,
            ):  # who took up its last file removes the folder just now
                if chance == _CHANCES - 1:
                    raise
        _sync_folder(shard.parent)
        _sync_folder(self.folder)

    def _key(self, chat: str) -> str:
        return self._vault.digest("spool", chat).hex()[:32]

    def _shard(self, key: str) -> Path:
        return self.folder / "waiting" / key[:2]

    def _shards(self) -> list[Path]:
        return _shards(self.folder)

    def _path(self, name: Name) -> Path:
        return self._shard(name.chat) / str(name)


def figures(data_dir: Path) -> Figures:
    """What waits under a data folder, whoever looks; needs no key."""
    folder = data_dir / "spool"
    names = [name for shard in _shards(folder) for name in _names(shard)]
    first = min(names, default=None)
    oldest = dt.datetime.fromtimestamp(first.arrived / 1e6, dt.UTC) if first else None
    return Figures(len(names), oldest, sum(1 for _ in _names(folder / "aside")))


def _shards(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder / "waiting") as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir()]
    except FileNotFoundError:
        return []


def _names(folder: Path) -> Iterator[Name]:
    try:
        found = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    for text in found:
        name = Name.read(text)
        if name is not None:
            yield name


def _microseconds(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1e6)


def _write(path: Path, content: bytes) -> None:
    """Whole and on the disk, or not there at all."""
    part = path.with_name(f".{path.name}{_PART}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        with suppress(FileNotFoundError):  # taken up already, and the folder removed with it
            _sync_folder(path.parent)
    except OSError:
        for half in (part, path):
            with suppress(OSError):
                half.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
