"""How agencies are reached besides the console: e-mail addresses and webhooks that an operator has entered.

They stand in a local YAML file (`NTD_CONTACTS_FILE`), never in the repository: no contact of a provincial
agency is verified yet.
"""

from __future__ import annotations

from pathlib import Path

import msgspec


class Reach(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: str | None = None
    webhook: str | None = None


class DirectoryError(Exception):
    """The contacts file cannot be read; the message says why."""


class Directory:
    def __init__(self, entries: dict[str, dict[str, Reach]]) -> None:
        self._entries = entries

    def reach(self, province: str, agency: str) -> Reach:
        return self._entries.get(province, {}).get(agency, Reach())

    def reaches(self, province: str, agency: str) -> bool:
        reach = self.reach(province, agency)
        return bool(reach.email or reach.webhook)


def read(path: Path | None) -> Directory:
    """The file as `province: {agency: {email, webhook}}`; an empty directory without one."""
    if path is None:
        return Directory({})
    try:
        return Directory(msgspec.yaml.decode(path.read_bytes(), type=dict[str, dict[str, Reach]]))
    except (OSError, msgspec.ValidationError, msgspec.DecodeError) as error:
        raise DirectoryError(f"The contacts file {path} cannot be used: {error}.") from error
