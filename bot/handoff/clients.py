"""Systems of agencies and call centres that read and write cases, each with a key of its own.

A client stands where an officer of its agency stands: `bot.cases.access` shows it the hand-offs of that
agency and nothing else. A key is shown once; kept is a keyed hash of it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select, update

from bot.storage.database import UnitOfWork
from bot.storage.tables import api_clients, client_calls
from bot.storage.vault import Vault

KEY_PREFIX = "ntd_"


class Client(msgspec.Struct, frozen=True):
    """Acts as `bot.cases.access.Acting` does, without being an officer. Without an agency it reaches only the
    cases that it filed itself."""

    client_id: int
    name: str
    province: str
    agency: str | None
    unit: str | None
    commune: str | None

    @property
    def id(self) -> int | None:
        return None


class ClientError(Exception):
    """It cannot be made or found; the message is one sentence."""


async def add(
    uow: UnitOfWork,
    vault: Vault,
    *,
    name: str,
    province: str,
    agency: str | None,
    unit: str | None,
    commune: str | None,
    now: dt.datetime,
) -> str:
    """Makes a client; returns its key. Raises ClientError where there is one of that name."""
    if (await uow.execute(select(api_clients.c.id).where(api_clients.c.name == name))).first():
        raise ClientError(f"there is a client {name!r} already")
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    row = {
        "name": name,
        "key_hash": _hash(vault, key),
        "province": province,
        "agency": agency,
        "unit": unit,
        "commune": commune,
        "created_at": now,
    }
    await uow.execute(insert(api_clients), row)
    return key


async def renew(uow: UnitOfWork, vault: Vault, name: str) -> str:
    """A new key instead of the old one, which ends at once."""
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    await _change(uow, name, key_hash=_hash(vault, key))
    return key


async def set_active(uow: UnitOfWork, name: str, active: bool) -> None:
    await _change(uow, name, active=active)


async def _change(uow: UnitOfWork, name: str, **values: Any) -> None:
    changed = await uow.execute(update(api_clients).where(api_clients.c.name == name).values(**values))
    if not changed.rowcount:
        raise ClientError(f"there is no client {name!r}; `ntd handoff clients` shows all")


async def everyone(uow: UnitOfWork) -> list[Row[Any]]:
    return list((await uow.execute(select(api_clients).order_by(api_clients.c.name))).all())


async def by_key(uow: UnitOfWork, vault: Vault, key: str, now: dt.datetime) -> Client | None:
    """The client whose key it is, and that it was here today; the caller commits."""
    where = (api_clients.c.key_hash == _hash(vault, key), api_clients.c.active)
    row = (await uow.execute(select(api_clients).where(*where))).one_or_none()
    if row is None:
        return None
    if row.used_at is None or now - row.used_at > dt.timedelta(hours=1):
        await uow.execute(update(api_clients).where(api_clients.c.id == row.id).values(used_at=now))
    return Client(row.id, row.name, row.province, row.agency, row.unit, row.commune)


def _hash(vault: Vault, key: str) -> bytes:
    return vault.digest("api-client", key)


async def first_call(uow: UnitOfWork, client: Client, kind: str, key: str) -> int | None:
    """The complaint that the client's call of this key was about; None where there was none yet."""
    query = select(client_calls.c.complaint_id).where(
        client_calls.c.client_id == client.client_id, client_calls.c.kind == kind, client_calls.c.key == key
    )
    found: int | None = (await uow.execute(query)).scalar_one_or_none()
    return found


async def note_call(
    uow: UnitOfWork, client: Client, kind: str, key: str, complaint_id: int, now: dt.datetime
) -> None:
    row = {"client_id": client.client_id, "kind": kind, "key": key, "complaint_id": complaint_id, "at": now}
    await uow.execute(insert(client_calls), row)
