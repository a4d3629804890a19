"""How agencies are reached besides the console: e-mail addresses and webhooks that an operator has entered.

They stand in a local YAML file (`NTD_CONTACTS_FILE`), never in the repository: no contact of a provincial
agency is verified yet.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

SECRET_PREFIX = "whsec_"  # noqa: S105 - of every secret, as Standard Webhooks writes them
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]+")


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


class Directory:
    def __init__(self, entries: dict[str, dict[str, Reach]]) -> None:
        """Province -> `agency`, or `agency/part` (a unit, a commune's code), -> how it is reached."""
        self._entries = entries

    def reach(self, province: str, agency: str, part: str | None = None) -> Reach:
        """Of the part; where nothing is entered for it, of its agency."""
        known = self._entries.get(province, {})
        return known.get(f"{agency}/{part}") or known.get(agency, Reach())

    def reaches(self, province: str, agency: str) -> bool:
        return bool(self.reach(province, agency).ways)


def read(path: Path | None) -> Directory:
    """`province: {agency: {email, webhook, secrets, agreement}}`; an empty directory without a file."""
    if path is None:
        return Directory({})
    try:
        entries = msgspec.yaml.decode(path.read_bytes(), type=dict[str, dict[str, Reach]])
    except (OSError, msgspec.ValidationError, msgspec.DecodeError) as error:
        raise DirectoryError(f"The contacts file {path} cannot be used: {error}.") from error
    for province, agencies in entries.items():
        for agency, reach in agencies.items():
            for fault in _faults(reach):
                raise DirectoryError(f"The contacts file {path} cannot be used: {province}/{agency} {fault}.")
    return Directory(entries)


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
