"""What a channel remembers besides people (tokens, counters), encrypted, one value under each key."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Any, TypeVar

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from bot.storage.database import UnitOfWork
from bot.storage.tables import channel_state
from bot.storage.vault import Vault

Value = TypeVar("Value")

_LOCK_SPACE = 0x6E74_6401
_LOCK = text("SELECT pg_advisory_xact_lock(:space, :number)")


async def read(uow: UnitOfWork, vault: Vault, channel: str, key: str, type_: type[Value]) -> Value | None:
    query = select(channel_state.c.value_sealed).where(
        channel_state.c.channel == channel, channel_state.c.key == key
    )
    sealed = (await uow.execute(query)).scalar_one_or_none()
    return None if sealed is None else vault.open(sealed, type_)


async def write(uow: UnitOfWork, vault: Vault, channel: str, key: str, value: Any, now: dt.datetime) -> None:
    row = {"channel": channel, "key": key, "value_sealed": vault.seal(value), "updated_at": now}
    statement = insert(channel_state)
    changed = {name: statement.excluded[name] for name in ("value_sealed", "updated_at")}
    await uow.execute(statement.on_conflict_do_update(index_elements=["channel", "key"], set_=changed), row)


async def lock(uow: UnitOfWork, channel: str, key: str) -> None:
    """Waits until no other transaction holds this key, and holds it until this one ends."""
    await uow.execute(_LOCK, {"space": _LOCK_SPACE, "number": lock_number(channel, key)})


def lock_number(channel: str, key: str) -> int:
    """Of PostgreSQL's integers."""
    return zlib.crc32(f"{channel}/{key}".encode("utf-8", "surrogatepass")) - 2**31
