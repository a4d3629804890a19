"""`ntd doctor`: what is missing or wrong in the settings, in plain words."""

from __future__ import annotations

import asyncio
import shutil
import sys
from typing import TYPE_CHECKING

import click
import msgspec

from bot.clock import VIETNAM
from bot.commands.configuration import plain_errors, settings
from bot.commands.reach import database_url
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.cases.coverage import Gap
    from bot.cases.filing import Registry
    from bot.storage.database import Database

_LOW_SPACE = 1_000_000_000


class Finding(msgspec.Struct, frozen=True):
    """`bad` findings make the command fail; `doubtful` ones only want to be read."""

    bad: bool
    text: str
    doubtful: bool = False

    @property
    def level(self) -> str:
        return "FAIL" if self.bad else "warn" if self.doubtful else "ok"


@click.command()
@click.option("--new-key", is_flag=True, help="Print a fresh key for NTD_KEYS and stop.")
@click.option("--live", is_flag=True, help="Also ask Zalo and Telegram, where they are configured.")
def doctor(new_key: bool, live: bool) -> None:
    """Looks at settings, disk, database, model and agencies; exits 1 when something must be mended.

    \b
    Examples:
      ntd doctor
      ntd doctor --live
      ntd doctor --new-key
    """
    if new_key:
        from cryptography.fernet import Fernet

        click.echo(Fernet.generate_key().decode())
        return
    configured = settings()
    with plain_errors():
        findings = [*_settings(configured), *_machine(configured)]
        findings += asyncio.run(_running(configured, live=live))
    for finding in findings:
        click.echo(f"{finding.level}  {finding.text}")
    if any(finding.bad for finding in findings):
        sys.exit(1)


def _settings(configured: Settings) -> list[Finding]:
    """Each setting that changes how the product runs, with what its absence means."""

    def said(name: str, value: object, without: str) -> Finding:
        return Finding(False, f"{name} is set." if value else f"{name} is not set: {without}")

    return [
        Finding(False, f"NTD_ENV is {configured.env}."),
        said("DATABASE_URL", configured.database_url, f"an embedded PostgreSQL under {configured.data_dir}."),
        said("REDIS_URL", configured.redis_url, "rate limits and sessions hold for one process only."),
        said("PUBLIC_URL", configured.public_url, "the product is reached on this machine only."),
        said("SECRET_KEY", configured.secret_key, f"one made by the product in {configured.data_dir}."),
        said("NTD_KEYS", configured.keys, f"one made by the product in {configured.data_dir}; keep a copy."),
        said(
            "NTD_PLAN_NUMBERS",
            configured.plan_numbers,
            "plans are named to consumers without number and date.",
        ),
        said("NTD_CONTACTS_FILE", configured.contacts_file, "agencies are reached through the console only."),
        *_risks(configured),
        _calendar(configured),
    ]


def _risks(configured: Settings) -> list[Finding]:
    """What is set on purpose and is no error, but must not be forgotten."""
    if not (configured.zalo_bot_token and configured.zalo_bot_polling):
        return []
    said = "one event is lost when the process dies while it takes that event in. For pilots only."
    return [Finding(False, f"ZALO_BOT_POLLING is on: {said}", doubtful=True)]


def _calendar(configured: Settings) -> Finding:
    """Whether the days off ahead are known: deadlines are provisional otherwise."""
    from bot.cases.calendar import local_day
    from bot.cases.daysoff import FILE, alarm
    from bot.clock import SystemClock

    found = alarm(configured, local_day(SystemClock().now()))
    file = configured.data_dir / FILE
    if found.fault:
        return Finding(True, f"{file} is not used: {found.fault}.")
    if found.years:
        years = ", ".join(map(str, found.years))
        return Finding(True, f"The days off of {years} are not known: enter them in {file}, or upgrade.")
    return Finding(False, "The days off and swapped days of the next 60 days are known.")


def _machine(configured: Settings) -> list[Finding]:
    from nlu.pipeline import MODEL

    configured.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(configured.data_dir).free
    space = f"{free / 1e9:.1f} GB are free for {configured.data_dir}."
    model = MODEL.exists()
    return [
        Finding(free < _LOW_SPACE, space if free >= _LOW_SPACE else f"Only {space} Make room."),
        Finding(
            not model,
            "The language model is there." if model else "Train the language model: `ntd nlu train`.",
        ),
        *_spooled(configured),
    ]


def _spooled(configured: Settings) -> list[Finding]:
    """Events that were taken in while the database was away."""
    from bot.spool.store import figures

    told = figures(configured.data_dir)
    found: list[Finding] = []
    if told.oldest is not None:
        since = f"{told.oldest.astimezone(VIETNAM):%d/%m %H:%M}"
        said = f"{told.waiting} events wait for the database since {since}; they are taken up by themselves."
        found.append(Finding(False, said, doubtful=True))
    if told.set_aside:
        said = f"{told.set_aside} events in {configured.data_dir / 'spool' / 'aside'} could not be taken up"
        found.append(Finding(True, f"{said}: is a key missing in NTD_KEYS? A start tries them once more."))
    return found


async def _running(configured: Settings, *, live: bool) -> list[Finding]:
    from bot.storage.database import Database
    from bot.storage.migrate import check, upgrade

    async with database_url(configured) as url:
        await upgrade(url)
        differences = await check(url)
        database = Database(url, pool_size=2)
        try:
            agencies = await _agencies(database, configured)
            platforms = await _platforms(database, configured) if live else []
        finally:
            await database.close()
    reached = Finding(False, "The database is reached and up to date.")
    if differences:
        reached = Finding(True, f"The database differs from this version: {differences[0]}")
    return [reached, *agencies, *platforms]


async def _platforms(database: Database, configured: Settings) -> list[Finding]:
    """What Zalo and Telegram themselves say of each channel that is configured."""
    from bot.app import messengers
    from bot.clock import SystemClock
    from bot.delivery.world import World
    from bot.storage.vault import Vault, key_ring
    from content.catalog import load

    vault = Vault(key_ring(configured.keys, configured.data_dir))
    found: list[Finding] = []
    for channel in messengers(World(configured, database, vault, SystemClock(), load())):
        try:
            told = await channel.check()
        finally:
            await channel.close()
        found += [Finding(level == "fail", text, level == "warn") for level, text in told]
    return found or [Finding(False, "No messenger is configured: people reach the web chat only.")]


async def _agencies(database: Database, configured: Settings) -> list[Finding]:
    """Agencies of the routing that nobody would hear from: no active officer, no e-mail, no webhook."""
    from bot.cases.coverage import gaps
    from bot.cases.directory import read
    from bot.cases.filing import Registry
    from bot.storage.vault import Vault, key_ring
    from content.catalog import load

    vault = Vault(key_ring(configured.keys, configured.data_dir))
    registry = Registry(load(), vault, configured, read(configured.contacts_file), {})
    async with database.begin() as uow:
        found = await gaps(uow, registry)
    if not found:
        return [Finding(False, "Every agency of the routing has an officer, an e-mail or a webhook.")]
    return [
        Finding(
            True,
            f"{gap.province}: {_named(gap)} has neither an active officer nor an e-mail or webhook; "
            f"{_meanwhile(gap, registry)}. Add one with `ntd officer add`.",
        )
        for gap in found
    ]


def _meanwhile(gap: Gap, registry: Registry) -> str:
    if gap.agency == registry.catalog.provinces[gap.province].routing.focal.agency:
        return "its complaints wait for somebody to read them"
    return "its complaints also go to the focal agency"


def _named(gap: Gap) -> str:
    if gap.communes:
        return f"{gap.agency} (in {gap.communes} communes)"
    return f"{gap.agency}/{gap.unit}" if gap.unit else gap.agency
