"""`ntd letters`: events whose turn failed, from the server's own terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from bot.commands.configuration import plain_errors, settings
from bot.commands.reach import database_url
from bot.settings import Settings
from bot.storage.database import UnitOfWork

if TYPE_CHECKING:
    from bot.dialogue.letters import Letter

T = TypeVar("T")
BY = "ntd letters"
"""Who did it, in the audit trail."""


@click.group()
def letters() -> None:
    """Events whose turn failed: list, replay, set aside. What was said is never printed.

    \b
    Examples:
      ntd letters list
      ntd letters replay --all
    """


@letters.command(name="list")
def list_() -> None:
    """Print those that wait: number, channel, time, error, failed replays.

    \b
    Example:
      ntd letters list
    """
    for one in _run(lambda configured: _in_database(configured, _waiting)):
        since = "\twritten again since" if one.spoke_since else ""
        click.echo(f"{one.id}\t{one.channel}\t{one.at:%Y-%m-%d %H:%M}\t{one.error}\t{one.tries}{since}")


@letters.command()
@click.argument("numbers", nargs=-1, type=int)
@click.option("--all", "all_", is_flag=True, help="All that wait, oldest first.")
def replay(numbers: tuple[int, ...], all_: bool) -> None:
    """Handle them as turns again; each person gets the answer. Exit code 1 if one failed again.

    \b
    Examples:
      ntd letters replay 12 15
      ntd letters replay --all
    """
    if bool(numbers) == all_:
        raise click.UsageError("Say which letters (ntd letters list), or --all.")
    results = _run(lambda configured: _replayed(configured, numbers))
    for number, result in results:
        click.echo(f"{number}\t{result}")
    if any(result == "failed" for _, result in results):
        raise click.ClickException("some failed again: the log says why")


@letters.command()
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Stays in the audit trail.")
def aside(number: int, reason: str) -> None:
    """Set one aside: it will not be answered.

    \b
    Example:
      ntd letters aside 12 --reason "telephoned"
    """

    async def work(uow: UnitOfWork) -> str:
        from bot.clock import SystemClock
        from bot.dialogue import letters as kept

        return await kept.set_aside(uow, number, reason, kept.By(BY), SystemClock().now())

    click.echo(f"{number}\t{_run(lambda configured: _in_database(configured, work))}")


async def _waiting(uow: UnitOfWork) -> list[Letter]:
    from bot.dialogue import letters as kept

    return [one for one in await kept.listed(uow, limit=10_000) if one.open]


async def _replayed(configured: Settings, numbers: tuple[int, ...]) -> list[tuple[int, str]]:
    """With the whole product, as a turn needs it; what it answers is sent before this ends. All that wait
    where no numbers are given."""
    from bot.app import opened
    from bot.dialogue.letters import By

    async with (
        database_url(configured) as url,
        opened(msgspec.structs.replace(configured, database_url=url)) as product,
    ):
        async with product.database.begin() as uow:
            waiting = sorted(one.id for one in await _waiting(uow))
        return [
            (number, await product.letters.replay(number, By(BY))) for number in numbers or tuple(waiting)
        ]


async def _in_database(configured: Settings, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    """In one committed transaction."""
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


def _run(work: Callable[[Settings], Awaitable[T]]) -> T:
    """Failures that an operator can mend become one sentence; of the log only errors are shown, for what is
    printed is read by scripts."""
    from bot.log import configure

    configured = settings()
    configure("ERROR", json=configured.env == "production")

    async def main() -> T:
        return await work(configured)

    with plain_errors():
        return asyncio.run(main())
