"""`ntd db`: the database's migrations."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from bot import settings
from bot.commands.reach import database_url

T = TypeVar("T")


@click.group()
def db() -> None:
    """The database: bring it up to date, compare it with the models.

    \b
    Examples:
      ntd db upgrade
      ntd db check
    """


@db.command()
def upgrade() -> None:
    """Apply the migrations that are missing."""
    from bot.storage import migrate

    _run(migrate.upgrade)
    click.echo("The database is up to date.")


@db.command()
def check() -> None:
    """Exit 1 and list the differences unless models, migrations and database agree."""
    from bot.storage import migrate

    differences = _run(migrate.check)
    for difference in differences:
        click.echo(difference)
    if differences:
        sys.exit(1)
    click.echo("Models, migrations and database agree.")


@db.command()
@click.argument("message")
def revision(message: str) -> None:
    """For developers: write the migration that brings the last one to today's models.

    \b
    Example:
      ntd db revision "officers may have a second agency"
    """
    from bot.storage import migrate
    from bot.storage.embedded import EmbeddedPostgres

    async def write() -> None:
        async with EmbeddedPostgres.temporary() as url:
            await migrate.upgrade(url)
            path = await migrate.revise(url, message)
        if path is None:
            click.echo("The migrations already give the models' tables.")
            return
        for tidy in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):
            subprocess.run([sys.executable, "-m", "ruff", *tidy, str(path)], check=True)  # noqa: S603, ASYNC221
        click.echo(f"{path}: read it before you commit it.")

    asyncio.run(write())


def _run(work: Callable[[str], Awaitable[T]]) -> T:
    """Runs `work` with the address of the configured or embedded database; failures become one sentence."""
    from bot.storage.embedded import EmbeddedError
    from bot.storage.migrate import MigrationError

    async def main() -> T:
        async with database_url(settings.read()) as url:
            return await work(url)

    try:
        return asyncio.run(main())
    except (settings.SettingsError, EmbeddedError, MigrationError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"The database cannot be reached: {error}.") from error
