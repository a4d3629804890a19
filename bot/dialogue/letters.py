"""Dead letters: events whose turn failed, listed without their words, replayed or set aside.

A replay is the turn itself, in one transaction with the end of its letter: the answer goes out once, whoever
replays however often. Where it fails again nothing of it stays but one more try and the new error's name.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any, Literal

import msgspec
import structlog
from sqlalchemy import Select, and_, insert, select, update

from bot.clock import Clock
from bot.delivery.ports import Inbound
from bot.dialogue import contacts
from bot.dialogue.engine import Engine, codes_of
from bot.storage import tables
from bot.storage.database import Database, UnitOfWork, out_of_reach
from bot.storage.tables import dead_letters
from bot.storage.tables.events import dead_letter_acts
from bot.storage.vault import Vault

Act = Literal["replayed", "failed", "set_aside"]

log = structlog.get_logger(__name__)


class Result(StrEnum):
    DONE = "done"
    FAILED = "failed"
    """It failed again, and stays."""
    ENDED = "ended"
    """It was replayed or set aside before, or its person's data were deleted."""
    UNREACHABLE = "unreachable"
    """The person has blocked us or left: nobody would read the answer."""


class By(msgspec.Struct, frozen=True):
    """Who does it: an officer's account, or a command on the server (no id)."""

    name: str
    officer_id: int | None = None


class Letter(msgspec.Struct, frozen=True):
    """Where from, whose, when, what went wrong; never what was said. `spoke_since`: the person has written
    after it, so that an answer may come out of place."""

    id: int
    channel: str
    contact_id: int | None
    error: str
    at: dt.datetime
    tries: int
    replayed_at: dt.datetime | None
    set_aside_at: dt.datetime | None
    spoke_since: bool

    @property
    def open(self) -> bool:
        return self.replayed_at is None and self.set_aside_at is None


class Done(msgspec.Struct, frozen=True):
    """A line of the audit trail. `told`: the error's name, or the reason."""

    letter_id: int
    channel: str
    act: str
    told: str
    officer: str
    at: dt.datetime


_OPEN = and_(dead_letters.c.replayed_at.is_(None), dead_letters.c.set_aside_at.is_(None))
_WHOSE = and_(
    tables.contacts.c.channel == dead_letters.c.channel,
    tables.contacts.c.address_hash == dead_letters.c.address_hash,
)


class Letters:
    def __init__(self, database: Database, vault: Vault, clock: Clock, engine: Engine) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._engine = engine

    async def replay(self, letter_id: int, by: By) -> Result:
        """Raises what a database raises that is away; nothing has happened then."""
        try:
            return await self._replay(letter_id, by)
        except Exception as error:
            if out_of_reach(error):
                raise
            log.exception("replay_failed", letter=letter_id)
            await self._failed_again(letter_id, type(error).__name__, by)
            return Result.FAILED

    async def _replay(self, letter_id: int, by: By) -> Result:
        found = await self._opened(letter_id)
        if found is None:
            return Result.ENDED
        inbound, said, contact_id = found
        codes, now = await codes_of(inbound), self._clock.now()
        async with self._database.begin() as uow:
            contact = None if contact_id is None else await contacts.known(uow, self._vault, contact_id)
            if contact is None:
                return Result.UNREACHABLE
            channel = await _change(uow, letter_id, replayed_at=now)  # the person's row first, as in a turn
            if channel is None:
                return Result.ENDED
            outcome = await self._engine.handle(uow, inbound, contact, codes, now, said=said)
            await _write_down(uow, letter_id, channel, "replayed", "", by, now)
            await uow.commit()
        self._engine.committed(contact.id, outcome)
        return Result.DONE

    async def _opened(self, letter_id: int) -> tuple[Inbound, dt.datetime, int | None] | None:
        """The event, when it came, and whose it is. Raises InvalidToken, MsgspecError."""
        columns = (dead_letters.c.event_sealed, dead_letters.c.at, tables.contacts.c.id.label("contact_id"))
        query = select(*columns).join(tables.contacts, _WHOSE, isouter=True)
        async with self._database.begin() as uow:
            row = (await uow.execute(query.where(dead_letters.c.id == letter_id, _OPEN))).one_or_none()
        return None if row is None else (self._vault.open(row.event_sealed, Inbound), row.at, row.contact_id)

    async def _failed_again(self, letter_id: int, error: str, by: By) -> None:
        now = self._clock.now()
        async with self._database.begin() as uow:
            channel = await _change(uow, letter_id, tries=dead_letters.c.tries + 1, error=error)
            if channel is not None:
                await _write_down(uow, letter_id, channel, "failed", error, by, now)
                await uow.commit()


async def set_aside(uow: UnitOfWork, letter_id: int, reason: str, by: By, now: dt.datetime) -> Result:
    """Nobody will answer it: `reason` stays in the audit trail."""
    channel = await _change(uow, letter_id, set_aside_at=now)
    if channel is None:
        return Result.ENDED
    await _write_down(uow, letter_id, channel, "set_aside", reason, by, now)
    return Result.DONE


async def _change(uow: UnitOfWork, letter_id: int, **values: Any) -> str | None:
    """The letter's channel; None where it has ended. Whoever comes second waits for the first."""
    statement = update(dead_letters).where(dead_letters.c.id == letter_id, _OPEN).values(**values)
    found = (await uow.execute(statement.returning(dead_letters.c.channel))).scalar_one_or_none()
    return None if found is None else str(found)


async def _write_down(
    uow: UnitOfWork, letter_id: int, channel: str, act: Act, told: str, by: By, now: dt.datetime
) -> None:
    row = {
        "letter_id": letter_id,
        "channel": channel,
        "act": act,
        "told": told,
        "officer_id": by.officer_id,
        "officer_name": by.name,
        "at": now,
    }
    await uow.execute(insert(dead_letter_acts), row)
    log.info("dead_letter", letter=letter_id, act=act, officer_id=by.officer_id)


async def listed(uow: UnitOfWork, limit: int = 100) -> list[Letter]:
    """Those that wait first, then the newest."""
    columns = [dead_letters.c[name] for name in _COLUMNS]
    contact = tables.contacts
    query: Select[Any] = (
        select(*columns, contact.c.id.label("contact_id"), contact.c.last_seen_at)
        .join(contact, _WHOSE, isouter=True)
        .order_by(_OPEN.desc(), dead_letters.c.id.desc())
        .limit(limit)
    )
    return [
        Letter(
            id=row.id,
            channel=row.channel,
            contact_id=row.contact_id,
            error=_kind_of(row.error),
            at=row.at,
            tries=row.tries,
            replayed_at=row.replayed_at,
            set_aside_at=row.set_aside_at,
            spoke_since=row.last_seen_at is not None and row.last_seen_at > row.at,
        )
        for row in await uow.execute(query)
    ]


_COLUMNS = ("id", "channel", "error", "at", "tries", "replayed_at", "set_aside_at")


async def history(uow: UnitOfWork, limit: int = 50) -> list[Done]:
    """Newest first."""
    query = select(dead_letter_acts).order_by(dead_letter_acts.c.id.desc()).limit(limit)
    return [
        Done(row.letter_id, row.channel, row.act, row.told, row.officer_name, row.at)
        for row in await uow.execute(query)
    ]


def _kind_of(error: str) -> str:
    """The name of the error, without its message, which may hold what the consumer wrote."""
    return error.strip().split("\n", 1)[0].split(":", 1)[0][:80]
