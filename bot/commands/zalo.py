"""`ntd zalo connect`: the permission of an Official Account, once, by one of its admins."""

from __future__ import annotations

import asyncio

import click

from bot.commands.configuration import plain_errors, settings
from bot.commands.reach import database_url
from bot.settings import Settings


@click.group()
def zalo() -> None:
    """The Zalo Official Account: connect it.

    \b
    Example:
      ntd zalo connect
    """


@zalo.command()
@click.option(
    "--code", help="The address of the page that Zalo sent you to, or its code: the second step alone."
)
@click.option("--back-to", help="Callback address saved in the console, where it is not one of ours.")
def connect(code: str | None, back_to: str | None) -> None:
    """Ask an admin of the OA for permission, keep the tokens, and say what is left to do in the console.

    \b
    Examples:
      ntd zalo connect
      ntd zalo connect --code "https://tieudung.example.vn/channels/zalo-oa/connected?code=..."
    """
    configured = settings()
    with plain_errors():
        asyncio.run(_connect(configured, code, back_to))


async def _connect(configured: Settings, code: str | None, back_to: str | None) -> None:
    from bot.app import OperatorError, zalo_connection
    from bot.storage.migrate import upgrade

    async with database_url(configured) as url:
        await upgrade(url)
        try:
            async with zalo_connection(configured, url) as connection:
                await connection.finish(code or _ask(await connection.link(back_to)))
                click.echo("The tokens are kept, encrypted; from now on they renew themselves.")
                oa = await connection.describe()
                _tell(oa.name, oa.id, _kind(oa.type), oa.verified, oa.package, oa.package_until)
                click.echo("Left to do:")
                for number, sentence in enumerate(connection.advice(oa), 1):
                    click.echo(f"  {number}. {sentence}")
        except OperatorError as error:
            raise click.ClickException(str(error)) from error


def _tell(name: str, id_: str, kind: str, verified: bool, package: str, until: str) -> None:
    click.echo(f"OA: {name} (id {id_ or '?'}, {kind}, {'verified' if verified else 'not verified'})")
    click.echo(f"Package: {package or '?'}, until {until or '?'}")


def _ask(link: str) -> str:
    click.echo(
        "1. Let an admin of the OA open this page within a few minutes, sign in to Zalo and allow the app:"
    )
    click.echo(f"\n   {link}\n")
    click.echo(
        "2. Zalo then leads to a page of ours. Copy its whole address; the code in it works ten minutes."
    )
    pasted: str = click.prompt("3. Paste the address here", prompt_suffix=": ")
    return pasted


def _kind(oa_type: str) -> str:
    return {"2": "a business", "4": "a state agency"}.get(oa_type, f"type {oa_type or '?'}")
