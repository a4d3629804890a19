"""`ntd content`: is what the bot says and knows in order?"""

from __future__ import annotations

import datetime as dt

import click

from bot.clock import VIETNAM, SystemClock
from bot.listings.live import FILE
from bot.settings import data_dir
from content.catalog import Catalog, ContentError, load
from content.checks import check as find_faults
from content.education import education
from content.education_checks import check as find_faults_of_education
from content.freshness import STALE_DAYS, stale
from content.listing_checks import FileFaultError, read_file


@click.group()
def content() -> None:
    """Look after the files under content/."""


@content.command(epilog="Example: ntd content check")
def check() -> None:
    """Read every file against its schema and run the cross-checks.

    The listings of this installation (listings.yml in the data folder) are checked too. What nobody has
    looked at for 180 days is named, and is no fault.
    """
    try:
        catalog = load()
        known = education()
        faults = [*find_faults(catalog), *find_faults_of_education(known, catalog)]
    except ContentError as error:
        raise click.ClickException(str(error)) from error
    faults += _faults_of_listings(catalog)
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise click.ClickException(f"{len(faults)} faults in content/.")
    for old in stale(catalog, known, today=_today()):
        days = f"more than {STALE_DAYS} days ago"
        click.echo(f"warning: {old.where} was checked on {old.checked}, {days}.", err=True)
    click.echo(
        f"content is in order: {len(catalog.topics)} topics, {len(catalog.provinces)} provinces, "
        f"{len(catalog.sources)} sources, {sum(map(len, known.quiz.values()))} quiz questions, "
        f"{len(known.tips)} tips."
    )


def _today() -> dt.date:
    return SystemClock().now().astimezone(VIETNAM).date()


def _faults_of_listings(catalog: Catalog) -> list[str]:
    try:
        read_file(data_dir() / FILE, catalog, _today())
    except FileFaultError as error:
        return error.said["en"]
    return []
