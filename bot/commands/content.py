"""`ntd content`: is what the bot says and knows in order?"""

from __future__ import annotations

import click

from content.catalog import ContentError, load
from content.checks import check as find_faults


@click.group()
def content() -> None:
    """Look after the files under content/."""


@content.command(epilog="Example: ntd content check")
def check() -> None:
    """Read every file against its schema and run the cross-checks."""
    try:
        catalog = load()
    except ContentError as error:
        raise click.ClickException(str(error)) from error
    faults = find_faults(catalog)
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise click.ClickException(f"{len(faults)} faults in content/.")
    click.echo(
        f"content is in order: {len(catalog.topics)} topics, {len(catalog.provinces)} provinces, "
        f"{len(catalog.sources)} sources."
    )
