"""`ntd content`: is what the bot says and knows in order?"""

from __future__ import annotations

import click

from content.catalog import ContentError, load
from content.checks import check as find_faults
from content.education import education
from content.education_checks import check as find_faults_of_education


@click.group()
def content() -> None:
    """Look after the files under content/."""


@content.command(epilog="Example: ntd content check")
def check() -> None:
    """Read every file against its schema and run the cross-checks."""
    try:
        catalog = load()
        known = education()
        faults = [*find_faults(catalog), *find_faults_of_education(known, catalog)]
    except ContentError as error:
        raise click.ClickException(str(error)) from error
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise click.ClickException(f"{len(faults)} faults in content/.")
    click.echo(
        f"content is in order: {len(catalog.topics)} topics, {len(catalog.provinces)} provinces, "
        f"{len(catalog.sources)} sources, {sum(map(len, known.quiz.values()))} quiz questions, "
        f"{len(known.tips)} tips."
    )
