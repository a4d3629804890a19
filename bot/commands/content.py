"""`ntd content`: is what the bot says and knows in order?"""

from __future__ import annotations

import datetime as dt

import click

from bot.clock import VIETNAM, SystemClock
from bot.listings.live import FILE
from bot.settings import data_dir
from content.catalog import Catalog, ContentError, load, visitor_texts
from content.checks import check as find_faults
from content.education import education
from content.education_checks import check as find_faults_of_education
from content.freshness import STALE_DAYS, stale
from content.guidance_checks import check as find_faults_of_guidance
from content.listing_checks import FileFaultError, read_file
from content.press import check as find_faults_of_press
from content.press import press
from content.suspicion import own_list, shipped
from content.suspicion_checks import check as find_faults_of_suspicion
from content.suspicion_checks import check_own
from content.visitor_checks import check as find_faults_of_visitors
from content.visitor_checks import waiting as waiting_for_a_reader
from content.waiting import waiting


@click.group()
def content() -> None:
    """Look after the files under content/."""


@content.command(epilog="Example: ntd content check")
def check() -> None:
    """Read every file against its schema and run the cross-checks.

    The listings of this installation (listings.yml in the data folder) and its own official addresses
    (official_domains.yml there) are checked too. What nobody has looked at for 180 days is named, and is no
    fault.
    """
    try:
        catalog = load()
        known = education()
        faults = [
            *find_faults(catalog),
            *find_faults_of_guidance(catalog, known.jargon),
            *find_faults_of_education(known, catalog),
            *find_faults_of_suspicion(shipped(), catalog),
            *check_own(own_list(data_dir())),
            *find_faults_of_visitors(visitor_texts(), catalog),
            *find_faults_of_press(press(), catalog),
        ]
    except ContentError as error:
        raise click.ClickException(str(error)) from error
    faults += _faults_of_listings(catalog)
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise click.ClickException(f"{len(faults)} faults in content/.")
    for old in stale(catalog, known, shipped(), today=_today()):
        days = f"more than {STALE_DAYS} days ago"
        click.echo(f"warning: {old.where} was checked on {old.checked}, {days}.", err=True)
    click.echo(
        f"content is in order: {len(catalog.topics)} topics, "
        f"{sum(map(len, catalog.cases.values()))} sub-cases, "
        f"{len(catalog.provinces)} provinces, "
        f"{len(catalog.sources)} sources, {sum(map(len, known.quiz.values()))} quiz questions, "
        f"{len(known.tips)} tips, {len(shipped().scams)} known scams."
    )
    if sentences := waiting(catalog):
        click.echo(f"{len(sentences)} sentences wait for an authority to approve them (review: pending).")
    for language in waiting_for_a_reader(visitor_texts()):
        click.echo(f"The texts for visitors in {language} are not reviewed, so nobody is shown them.")


def _today() -> dt.date:
    return SystemClock().now().astimezone(VIETNAM).date()


def _faults_of_listings(catalog: Catalog) -> list[str]:
    try:
        read_file(data_dir() / FILE, catalog, _today())
    except FileFaultError as error:
        return error.said["en"]
    return []
