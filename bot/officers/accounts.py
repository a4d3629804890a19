"""Officers' accounts. Nothing here commits: the caller's unit of work does."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import msgspec
from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.officers import passwords
from bot.officers.permissions import Permission, Role, may
from bot.storage.database import UnitOfWork
from bot.storage.tables import officer_sessions, officers

ADMIN_LOGIN = "admin"
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{2,79}")


class AccountError(Exception):
    """An account cannot be made so. `key` names the sentence that says why, in `messages/vi/console.yml`."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """An account without its password. An administrator has neither province nor agency."""

    id: int
    login: str
    name: str
    role: str
    province: str | None = None
    agency: str | None = None
    unit: str | None = None
    commune: str | None = None
    active: bool = True
    must_change: bool = False
    created_at: dt.datetime | None = None
    last_login_at: dt.datetime | None = None

    def may(self, permission: Permission) -> bool:
        return may(self.role, permission)


class Place(msgspec.Struct, frozen=True):
    """Where an officer works. `commune` is the commune's code and goes with `ubnd_xa` only."""

    province: str
    agency: str
    unit: str | None = None
    commune: str | None = None


COLUMNS = tuple(officers.c[field.name] for field in msgspec.structs.fields(Officer))


def from_row(row: Row[Any]) -> Officer:
    return Officer(**{column.name: getattr(row, column.name) for column in COLUMNS})


async def add(
    uow: UnitOfWork,
    *,
    login: str,
    name: str,
    place: Place | None,
    now: dt.datetime,
    role: Role = Role.OFFICER,
) -> tuple[Officer, str]:
    """Makes an account; returns it with its one-time password, which is kept nowhere. Raises AccountError."""
    login, name = login.strip().lower(), " ".join(name.split())
    if not LOGIN.fullmatch(login):
        raise AccountError("console.login_form")
    if not 2 <= len(name) <= 120:
        raise AccountError("console.name_form")
    if (role is Role.OFFICER) != (place is not None):
        raise AccountError("console.place_missing")
    password = passwords.one_time()
    row = {
        "login": login,
        "name": name,
        "password_hash": await passwords.hashed(password),
        "must_change": True,
        "role": role.value,
        "created_at": now,
        **(msgspec.structs.asdict(place) if place else {}),
    }
    statement = insert(officers).on_conflict_do_nothing(index_elements=["login"]).returning(*COLUMNS)
    made = (await uow.execute(statement, row)).one_or_none()
    if made is None:
        raise AccountError("console.login_taken", login=login)
    return from_row(made), password


async def reset(uow: UnitOfWork, officer_id: int) -> str:
    """Gives a new one-time password and signs the officer out everywhere. Raises AccountError."""
    password = passwords.one_time()
    await _set_password(uow, officer_id, await passwords.hashed(password), must_change=True)
    return password


async def change_password(uow: UnitOfWork, officer: Officer, current: str, new: str) -> None:
    """The officer's own choice; signs out everywhere. Raises AccountError."""
    query = select(officers.c.password_hash).where(officers.c.id == officer.id)
    if not await passwords.fits((await uow.execute(query)).scalar_one(), current):
        raise AccountError("console.password_wrong")
    weakness = passwords.weakness(new, login=officer.login, name=officer.name)
    if weakness:
        raise AccountError(weakness, least=passwords.MIN_LENGTH)
    if new == current:
        raise AccountError("console.password_same")
    await _set_password(uow, officer.id, await passwords.hashed(new), must_change=False)


async def _set_password(uow: UnitOfWork, officer_id: int, password_hash: str, *, must_change: bool) -> None:
    values = {"password_hash": password_hash, "must_change": must_change}
    done = await uow.execute(update(officers).where(officers.c.id == officer_id).values(values))
    if done.rowcount != 1:
        raise AccountError("console.officer_unknown")
    await uow.execute(delete(officer_sessions).where(officer_sessions.c.officer_id == officer_id))


async def set_active(uow: UnitOfWork, officer_id: int, active: bool) -> None:
    """A disabled officer is signed out everywhere; what they did stays. Raises AccountError for the last
    administrator: somebody must be able to open the door again."""
    found = await by_id(uow, officer_id)
    if found is None:
        raise AccountError("console.officer_unknown")
    if not active and found.role == Role.ADMIN and await _active_admins(uow) <= 1:
        raise AccountError("console.last_admin")
    await uow.execute(update(officers).where(officers.c.id == officer_id).values(active=active))
    if not active:
        await uow.execute(delete(officer_sessions).where(officer_sessions.c.officer_id == officer_id))


async def _active_admins(uow: UnitOfWork) -> int:
    admins = (officers.c.role == Role.ADMIN.value, officers.c.active.is_(True))
    query = select(officers.c.id).where(*admins).with_for_update()
    return len((await uow.execute(query)).all())


async def by_id(uow: UnitOfWork, officer_id: int) -> Officer | None:
    row = (await uow.execute(select(*COLUMNS).where(officers.c.id == officer_id))).one_or_none()
    return from_row(row) if row else None


async def by_login(uow: UnitOfWork, login: str) -> Officer | None:
    query = select(*COLUMNS).where(officers.c.login == login.strip().lower())
    row = (await uow.execute(query)).one_or_none()
    return from_row(row) if row else None


async def everyone(uow: UnitOfWork) -> list[Officer]:
    """All accounts, by province, agency and name; administrators last."""
    order = (officers.c.province, officers.c.agency, officers.c.commune, officers.c.name)
    return [from_row(row) for row in (await uow.execute(select(*COLUMNS).order_by(*order))).all()]


async def ensure_admin(uow: UnitOfWork, now: dt.datetime) -> str | None:
    """At the first start: makes the administrator `admin`; returns its one-time password, to be shown once.

    None where any administrator exists. The caller commits.
    """
    query = select(officers.c.id).where(officers.c.role == Role.ADMIN.value).limit(1)
    if (await uow.execute(query)).first() is not None:
        return None
    try:
        _, password = await add(
            uow, login=ADMIN_LOGIN, name=ADMIN_LOGIN, place=None, now=now, role=Role.ADMIN
        )
    except AccountError:
        return None  # another process was first: its password counts
    return password
