"""How agencies are reached besides the console: e-mail addresses and webhooks that an operator has entered.

They stand in a local YAML file (`NTD_CONTACTS_FILE`), never in the repository: no contact of a provincial
agency is verified yet. A file that changes is read again by every process, without a restart.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import structlog

SECRET_PREFIX = "whsec_"  # noqa: S105 - of every secret, as Standard Webhooks writes them
_WHERE = re.compile(r"line \d+, column \d+")
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]+")

log = structlog.get_logger(__name__)


class Reach(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`secrets` sign what goes to `webhook`, newest first; several only while they are being exchanged.
    `agreement`: by which personal data go unmasked, as the operator names it; without one they are masked."""

    email: str | None = None
    webhook: str | None = None
    secrets: tuple[str, ...] = ()
    agreement: str | None = None

    @property
    def ways(self) -> tuple[str, ...]:
        return tuple(way for way in ("email", "webhook") if getattr(self, way))


class DirectoryError(Exception):
    """The contacts file cannot be read; the message says why."""


Entries = dict[str, dict[str, Reach]]
"""Province -> `agency`, or `agency/part` (a unit, a commune's code), -> how it is reached."""

_Mark = tuple[int, int, int]


class Directory:
    """`file`: looked at whenever somebody asks, and read again where it changed since. One that cannot be
    used changes nothing: `fault` says what is wrong with it until it is mended, and the log says it once."""

    def __init__(self, entries: Entries, file: Path | None = None) -> None:
        self._entries, self._file = entries, file
        self._mark = _mark(file)
        self._fault: str | None = None

    @property
    def fault(self) -> str | None:
        self.look()
        return self._fault

    def reach(self, province: str, agency: str, part: str | None = None) -> Reach:
        """Of the part; where nothing is entered for it, of its agency."""
        self.look()
        known = self._entries.get(province, {})
        return known.get(f"{agency}/{part}") or known.get(agency, Reach())

    def reaches(self, province: str, agency: str) -> bool:
        return bool(self.reach(province, agency).ways)

    def look(self) -> None:
        """Takes up what was changed in the file."""
        if self._file is None or (mark := _mark(self._file)) == self._mark:
            return
        self._mark = mark  # first: what is written while we read is another change
        try:
            self._entries = _entries(self._file)
        except DirectoryError as error:
            self._fault = str(error)
            log.error("contacts_file_broken", fault=self._fault)
        else:
            self._fault = None
            log.info("contacts_file_read", agencies=sum(map(len, self._entries.values())))


def _mark(file: Path | None) -> _Mark | None:
    """By which a change is seen: also that of a file put in the place of another within the same second."""
    try:
        found = file.stat() if file else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None


def read(path: Path | None) -> Directory:
    """`province: {agency: {email, webhook, secrets, agreement}}`; an empty directory without a file. Raises
    DirectoryError."""
    return Directory(_entries(path), path) if path else Directory({})


def _entries(path: Path) -> Entries:
    unusable = f"The contacts file {path} cannot be used"
    try:
        entries = msgspec.yaml.decode(path.read_bytes(), type=Entries)
    except OSError as error:
        raise DirectoryError(f"{unusable}: {error.strerror}.") from error
    except msgspec.ValidationError as error:
        raise DirectoryError(f"{unusable}: {error}.") from error
    except msgspec.DecodeError as error:
        where = _WHERE.findall(str(error))  # no more of it, for it may show a secret
        raise DirectoryError(f"{unusable}: it is no YAML{f' ({where[-1]})' if where else ''}.") from None
    for province, agencies in entries.items():
        for agency, reach in agencies.items():
            for fault in _faults(reach):
                raise DirectoryError(f"{unusable}: {province}/{agency} {fault}.")
    return entries


def secret_bytes(secret: str) -> bytes | None:
    """What stands behind `whsec_`; None for something that is no secret of 24 to 64 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if secret.startswith(SECRET_PREFIX) and 24 <= len(key) <= 64 else None


def _faults(reach: Reach) -> Iterator[str]:
    """None of them repeats a secret."""
    if reach.email is not None and not _ADDRESS.fullmatch(reach.email):
        yield "has an email that is no address"
    if reach.webhook is not None:
        parts = urlsplit(reach.webhook)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            yield "has a webhook that is no https address"
        if not reach.secrets:
            yield "has a webhook without secrets: print one with `ntd handoff secret`"
    if any(secret_bytes(secret) is None for secret in reach.secrets):
        yield "has a secret that is none: print one with `ntd handoff secret`"
