"""`ntd letters`: events whose turn failed, from the server's own terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from bot.commands.configuration import plain_errors, settings
from bot.commands.reach import database_url
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.app import Product
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
    for one in _run(_waiting):
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

    async def work(product: Product) -> list[tuple[int, str]]:
        from bot.dialogue.letters import By

        chosen = sorted(one.id for one in await _waiting(product)) if all_ else numbers
        return [(number, await product.letters.replay(number, By(BY))) for number in chosen]

    results = _run(work)
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

    async def work(product: Product) -> str:
        from bot.dialogue.letters import By

        return await product.letters.set_aside(number, reason, By(BY))

    click.echo(f"{number}\t{_run(work)}")


async def _waiting(product: Product) -> list[Letter]:
    from bot.dialogue import letters as kept

    async with product.database.begin() as uow:
        return [one for one in await kept.listed(uow, limit=10_000) if one.open]


def _run(work: Callable[[Product], Awaitable[T]]) -> T:
    """With the whole product, as a turn needs it; what it answers is sent before this ends."""
    from bot.log import configure

    configured = settings()
    configure("ERROR", json=configured.env == "production")  # what it prints is read by people and scripts

    async def main() -> T:
        async with _opened(configured) as product:
            return await work(product)

    with plain_errors():
        return asyncio.run(main())


@asynccontextmanager
async def _opened(configured: Settings) -> AsyncIterator[Product]:
    from bot.app import opened

    async with (
        database_url(configured) as url,
        opened(msgspec.structs.replace(configured, database_url=url)) as product,
    ):
        yield product
