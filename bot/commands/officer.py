"""`ntd officer`: officers' accounts."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from bot.commands.configuration import plain_errors, settings
from bot.commands.reach import database_url
from bot.officers import accounts
from bot.officers.accounts import AccountError, Officer, Place
from bot.officers.permissions import Role
from bot.settings import Settings
from bot.storage.database import UnitOfWork

T = TypeVar("T")


@click.group()
def officer() -> None:
    """Officers' accounts: add, list, reset the password, disable, enable.

    \b
    Examples:
      ntd officer add an.nguyen --name "Nguyễn Văn An" --province hung-yen --agency so_y_te
      ntd officer reset an.nguyen
    """


@officer.command()
@click.argument("login")
@click.option("--name", required=True, help="Full name, as colleagues read it.")
@click.option("--province", help="Province id, such as hung-yen.")
@click.option("--agency", help="Agency id, such as so_y_te.")
@click.option("--unit", help="Unit id, such as chi_cuc_qltt: the officer then sees the unit's cases only.")
@click.option("--commune", help="Commune code or name, for the agency ubnd_xa.")
@click.option(
    "--admin", is_flag=True, help="An administrator: accounts and figures of all agencies, no cases."
)
def add(
    login: str,
    *,
    name: str,
    province: str | None,
    agency: str | None,
    unit: str | None,
    commune: str | None,
    admin: bool,
) -> None:
    """Make an account and print its one-time password.

    \b
    Examples:
      ntd officer add an.nguyen --name "Nguyễn Văn An" --province hung-yen --agency so_y_te
      ntd officer add binh.le --name "Lê Bình" --province thai-nguyen --agency ubnd_xa --commune 05443
      ntd officer add quan.tri --name "Quản trị" --admin
    """
    place = None if admin else placed(settings(), province, agency, unit=unit, commune=commune)
    role = Role.ADMIN if admin else Role.OFFICER

    async def make(uow: UnitOfWork) -> tuple[Officer, str]:
        return await accounts.add(uow, login=login, name=name, place=place, now=_now(), role=role)

    made, password = _run(make)
    click.echo(f"{made.login}: one-time password {password}")


@officer.command()
@click.argument("login")
def reset(login: str) -> None:
    """Print a new one-time password; the officer is signed out everywhere.

    \b
    Example:
      ntd officer reset an.nguyen
    """

    async def renew(uow: UnitOfWork) -> str:
        return await accounts.reset(uow, (await _known(uow, login)).id)

    click.echo(f"{login}: one-time password {_run(renew)}")


@officer.command()
@click.argument("login")
def disable(login: str) -> None:
    """Close an account; what the officer did stays in the histories.

    \b
    Example:
      ntd officer disable an.nguyen
    """
    _switch(login, False)
    click.echo(f"{login} is disabled and signed out.")


@officer.command()
@click.argument("login")
def enable(login: str) -> None:
    """Open a disabled account again.

    \b
    Example:
      ntd officer enable an.nguyen
    """
    _switch(login, True)
    click.echo(f"{login} is enabled.")


@officer.command(name="list")
def list_() -> None:
    """Print every account: login, name, role, place, state.

    \b
    Example:
      ntd officer list
    """
    for one in _run(accounts.everyone):
        place = "/".join(filter(None, (one.province, one.agency, one.unit or one.commune))) or "-"
        click.echo("\t".join((one.login, one.name, one.role, place, "active" if one.active else "disabled")))


def _switch(login: str, active: bool) -> None:
    async def change(uow: UnitOfWork) -> None:
        await accounts.set_active(uow, (await _known(uow, login)).id, active)

    _run(change)


async def _known(uow: UnitOfWork, login: str) -> Officer:
    found = await accounts.by_login(uow, login)
    if found is None:
        raise click.UsageError(f"There is no officer {login!r}; `ntd officer list` shows all.")
    return found


def placed(
    configured: Settings, province: str | None, agency: str | None, *, unit: str | None, commune: str | None
) -> Place:
    """Raises click.UsageError for a place that the content does not know."""
    from content.catalog import load

    catalog = load()
    if province is None or agency is None:
        raise click.UsageError("Say where the officer works (--province and --agency), or --admin.")
    if province not in configured.provinces or province not in catalog.provinces:
        raise click.UsageError(
            f"There is no province {province!r}; known are {', '.join(configured.provinces)}."
        )
    content = catalog.provinces[province]
    if agency not in content.agencies:
        raise click.UsageError(f"There is no agency {agency!r}; known are {', '.join(content.agencies)}.")
    units = content.agencies[agency].units
    if unit is not None and unit not in units:
        raise click.UsageError(f"{agency} has no unit {unit!r}; known are {', '.join(units) or 'none'}.")
    of_commune = agency == content.routing.commune.agency
    if of_commune != (commune is not None):
        raise click.UsageError("--commune goes with the agency ubnd_xa, and only with it.")
    code = None
    if commune is not None:
        found = [c.code for c in content.communes if commune in (c.code, c.name)]
        if len(found) != 1:
            raise click.UsageError(f"There is no commune {commune!r} in {province}.")
        code = found[0]
    return Place(province, agency, unit, code)


def _now() -> dt.datetime:
    from bot.clock import SystemClock

    return SystemClock().now()


def _run(work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    """Does `work` in one committed transaction; a refusal becomes one sentence."""
    configured = settings()

    async def main() -> T:
        from bot.storage.database import Database
        from bot.storage.migrate import upgrade

        async with database_url(configured) as url:
            await upgrade(url)
            database = Database(url, pool_size=1)
            try:
                async with database.begin() as uow:
                    result = await work(uow)
                    await uow.commit()
            finally:
                await database.close()
        return result

    try:
        with plain_errors():
            return asyncio.run(main())
    except AccountError as error:
        from content.catalog import load

        raise click.ClickException(load().say("en", error.key, **error.values)) from error
