"""`ntd handoff`: trying the ways to agencies, secrets of webhooks, keys of agencies' systems."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from bot.commands.configuration import plain_errors, settings
from bot.commands.officer import placed
from bot.commands.reach import database_url
from bot.storage.database import UnitOfWork
from bot.storage.vault import Vault

if TYPE_CHECKING:
    from bot.cases.filing import Registry

T = TypeVar("T")


@click.group()
def handoff() -> None:
    """Hand-off to agencies: try the ways, make secrets for webhooks and keys for agencies' systems.

    \b
    Examples:
      ntd handoff test hung-yen/so_y_te
      ntd handoff secret
      ntd handoff client "1022 Hung Yen" --province hung-yen
    """


@handoff.command()
@click.argument("agency")
@click.option("--pdf", type=click.Path(path_type=Path), help="Only write the slip there, and send nothing.")
def test(agency: str, pdf: Path | None) -> None:
    """Send a trial slip to AGENCY (province/agency, with /unit or /commune) on each of its ways.

    \b
    Examples:
      ntd handoff test hung-yen/so_y_te
      ntd handoff test hung-yen/so_y_te --pdf slip.pdf
    """
    registry = _registry()
    parts = agency.split("/")
    content = registry.catalog.provinces.get(parts[0])
    if content is None or len(parts) not in (2, 3) or parts[1] not in content.agencies:
        raise click.UsageError(f"There is no agency {agency!r}; write it like hung-yen/so_y_te.")
    with plain_errors():
        if pdf is not None:
            made, fault = asyncio.run(_slip(registry, parts))
            pdf.write_bytes(made)
            said, well = [f"The slip is in {pdf}.", *([fault] if fault else [])], fault is None
        else:
            said, well = asyncio.run(_test(registry, parts))
    for line in said:
        click.echo(line)
    if not well:
        sys.exit(1)


async def _slip(registry: Registry, parts: list[str]) -> tuple[bytes, str | None]:
    """And why the operator's own layout was not used."""
    from bot.handoff import build, trial

    slips, now = build.slip_maker(registry), _now()
    made = await slips.pdf(trial.case(registry, parts[0], parts[1], now), now)
    return made, f"{slips.own} is not used: {slips.fault}." if slips.fault else None


async def _test(registry: Registry, parts: list[str]) -> tuple[list[str], bool]:
    from bot.handoff import build, trial

    now, carriers = _now(), build.carriers(registry)
    reach = registry.directory.reach(*parts)
    tried = await trial.send(trial.case(registry, parts[0], parts[1], now), reach, carriers, now)
    for carrier in carriers.values():
        await carrier.close()
    if not tried:
        return ["Neither e-mail nor webhook is entered for it (NTD_CONTACTS_FILE)."], False
    lines = [f"{one.way}: {'taken' if one.fault is None else one.fault}" for one in tried]
    return lines, all(one.fault is None for one in tried)


@handoff.command()
def secret() -> None:
    """Print a new secret for a webhook, to be entered in NTD_CONTACTS_FILE and at the receiver.

    \b
    Example:
      ntd handoff secret
    """
    from bot.handoff.signing import new_secret

    click.echo(new_secret())


@handoff.command()
@click.argument("name")
@click.option("--province", help="Province id, such as hung-yen.")
@click.option("--agency", help="Whose hand-offs it takes and answers; without one it only files cases.")
@click.option("--unit", help="Unit id, such as chi_cuc_qltt.")
@click.option("--commune", help="Commune code or name, for the agency ubnd_xa.")
@click.option("--renew", is_flag=True, help="A new key for the client; the old one ends at once.")
@click.option("--disable/--enable", "disable", default=None, help="Close the client, or open it again.")
def client(
    name: str,
    *,
    province: str | None,
    agency: str | None,
    unit: str | None,
    commune: str | None,
    renew: bool,
    disable: bool | None,
) -> None:
    """Make a client of the Open311 interface and print its key, once.

    \b
    Examples:
      ntd handoff client "He thong so y te" --province hung-yen --agency so_y_te
      ntd handoff client "1022 Hung Yen" --province hung-yen
      ntd handoff client "1022 Hung Yen" --renew
      ntd handoff client "1022 Hung Yen" --disable
    """
    from bot.handoff import clients

    if disable is not None:
        _run(lambda uow, _: clients.set_active(uow, name, not disable))
        click.echo(f"{name} is {'disabled' if disable else 'enabled'}.")
        return
    if renew:
        click.echo(f"{name}: key {_run(lambda uow, vault: clients.renew(uow, vault, name))}")
        return
    configured = settings()
    if agency is None and province in configured.provinces:
        where: tuple[str, str | None, str | None, str | None] = (province, None, None, None)
    else:
        place = placed(configured, province, agency, unit=unit, commune=commune)
        where = (place.province, place.agency, place.unit, place.commune)

    async def make(uow: UnitOfWork, vault: Vault) -> str:
        names = dict(zip(("province", "agency", "unit", "commune"), where, strict=True))
        return await clients.add(uow, vault, name=name, now=_now(), **names)  # type: ignore[arg-type]

    click.echo(f"{name}: key {_run(make)}")


@handoff.command()
def clients() -> None:
    """Print every client: name, place, state, last use.

    \b
    Example:
      ntd handoff clients
    """
    from bot.handoff import clients as known

    for row in _run(lambda uow, _: known.everyone(uow)):
        place = "/".join(filter(None, (row.province, row.agency, row.unit or row.commune)))
        used = row.used_at.strftime("%Y-%m-%d") if row.used_at else "-"
        click.echo("\t".join((row.name, place, "active" if row.active else "disabled", used)))


def _registry() -> Registry:
    from bot.cases.directory import read
    from bot.cases.filing import Registry
    from bot.storage.vault import key_ring
    from content.catalog import load

    configured = settings()
    with plain_errors():
        vault = Vault(key_ring(configured.keys, configured.data_dir))
        return Registry(load(), vault, configured, read(configured.contacts_file), {})


def _now() -> dt.datetime:
    from bot.clock import SystemClock

    return SystemClock().now()


def _run(work: Callable[[UnitOfWork, Vault], Awaitable[T]]) -> T:
    """Does `work` in one committed transaction; a refusal becomes one sentence."""
    from bot.handoff.clients import ClientError
    from bot.storage.vault import key_ring

    configured = settings()

    async def main() -> T:
        from bot.storage.database import Database
        from bot.storage.migrate import upgrade

        async with database_url(configured) as url:
            await upgrade(url)
            database = Database(url, pool_size=1)
            try:
                async with database.begin() as uow:
                    done = await work(uow, Vault(key_ring(configured.keys, configured.data_dir)))
                    await uow.commit()
            finally:
                await database.close()
        return done

    try:
        with plain_errors():
            return asyncio.run(main())
    except ClientError as error:
        raise click.ClickException(str(error)) from error
