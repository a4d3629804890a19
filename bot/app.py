"""The composition root: the one place that names concrete classes and puts them together."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from actions import discover
from bot.cases import directory
from bot.cases.evidence import EvidenceStore
from bot.cases.fetching import Fetcher
from bot.cases.filing import Registry
from bot.channels.telegram import limits as telegram_limits
from bot.channels.web import limits as web_limits
from bot.channels.web.channel import WebChannel
from bot.channels.web.parts import ReadEvidence
from bot.channels.zalo_bot import limits as zalo_bot_limits
from bot.channels.zalo_oa import limits as zalo_limits
from bot.clock import Clock, SystemClock
from bot.delivery.dispatch import Dispatcher, Sender
from bot.delivery.ledger import CONSOLE
from bot.delivery.notices import ConsoleSender
from bot.delivery.pace import Pace
from bot.delivery.ports import Channel, HasCanary, Intake
from bot.delivery.rates import Pacing
from bot.delivery.world import World
from bot.dialogue.engine import Engine, Observe
from bot.dialogue.intake import SpoolingIntake
from bot.dialogue.letters import Letters
from bot.dialogue.taking_up import TakingUp
from bot.handoff import build as handoff
from bot.handoff.worker import HandoffWorker
from bot.health.alarms import Alarms
from bot.health.canary import Canary, CanaryIntake
from bot.learning.model import LiveModel, Stamp, newest, places
from bot.listings.live import LiveListings
from bot.settings import Settings
from bot.spool.store import Spool
from bot.storage.database import Database
from bot.storage.embedded import EmbeddedPostgres
from bot.storage.listen import Listener
from bot.storage.migrate import upgrade
from bot.storage.shared_clock import SharedClock
from bot.storage.vault import Vault, kept_secret, key_ring
from content import listings
from content.catalog import Catalog, load
from nlu.pipeline import MODEL, Pipeline, build

if TYPE_CHECKING:
    from bot.channels.zalo_oa.connect import Connection as ZaloConnection

log = structlog.get_logger(__name__)


LIMITS = {
    "web": web_limits.LIMITS,
    "telegram": telegram_limits.LIMITS,
    "zalo": zalo_limits.LIMITS,
    "zalo_bot": zalo_bot_limits.LIMITS,
}
"""By channel, also those that are not configured here."""


@dataclass(frozen=True)
class Knowledge:
    """What is read once. While the product runs, the pipeline's engine changes (`bot.learning.model`), and
    what officers enter about agencies is laid over its own copy of the catalog (`bot.listings.live`)."""

    catalog: Catalog
    pipeline: Pipeline
    model: Stamp | None = None
    """The file that the engine came from."""


def read_knowledge(models: Sequence[Path] = (MODEL,)) -> Knowledge:
    """Content, and the newest of the language models. Raises ContentError, ModelError."""
    catalog, model = load(), newest(models)
    pipeline = build(catalog, model.file if model else None)
    return Knowledge(catalog, pipeline, model)


@dataclass
class Product:
    """Everything, wired. Opened by `opened`, closed with it."""

    settings: Settings
    catalog: Catalog
    pipeline: Pipeline
    live_model: LiveModel
    live_listings: LiveListings
    clock: Clock
    database: Database
    vault: Vault
    listener: Listener
    registry: Registry
    evidence: EvidenceStore
    engine: Engine
    spool: Spool
    intake: SpoolingIntake
    """Before the engine, for messengers: what it cannot take now waits in the spool."""
    taking_up: TakingUp
    letters: Letters
    canary: Canary
    alarms: Alarms
    dispatcher: Dispatcher
    fetcher: Fetcher
    handoffs: HandoffWorker
    channels: dict[str, Channel]
    secret_key: str


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    clock: Clock | None = None,
    observe: Observe | None = None,
    knowledge: Knowledge | None = None,
) -> AsyncIterator[Product]:
    """The product over the configured database, or over an embedded one that lives as long as this."""
    clock = clock or SharedClock()
    knowledge = knowledge or read_knowledge(places(settings.data_dir))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if settings.database_url:
        async with _over(settings, settings.database_url, clock, observe, knowledge) as product:
            yield product
        return
    async with (
        EmbeddedPostgres(settings.data_dir / "postgres") as url,
        _over(settings, url, clock, observe, knowledge) as product,
    ):
        yield product


@asynccontextmanager
async def _over(
    settings: Settings, url: str, clock: Clock, observe: Observe | None, knowledge: Knowledge
) -> AsyncIterator[Product]:
    await upgrade(url)
    product = _wired(settings, url, clock, observe, knowledge)
    if isinstance(clock, SharedClock):
        await clock.start(product.database)
    product.fetcher.photo_reader = product.engine
    product.listener.start()
    try:
        await product.live_listings.look()
        yield product
    finally:
        product.listener.end_streams()
        await product.intake.close()
        await product.taking_up.close()
        await product.dispatcher.close()
        await product.fetcher.drain()
        await product.handoffs.close()
        for channel in product.channels.values():
            await channel.close()
        await product.listener.close()
        if isinstance(clock, SharedClock):
            await clock.close()
        await product.database.close()


def _wired(
    settings: Settings, url: str, clock: Clock, observe: Observe | None, knowledge: Knowledge
) -> Product:
    catalog, pipeline = listings.own_copy(knowledge.catalog), knowledge.pipeline
    vault = Vault(key_ring(settings.keys, settings.data_dir))
    database, listener = Database(url), Listener(url)
    registry = Registry(catalog, vault, settings, directory.read(settings.contacts_file), LIMITS)
    evidence = EvidenceStore(settings.data_dir, vault)
    world = World(settings, database, vault, clock, catalog)
    web = _web(world, listener, evidence)
    channels: dict[str, Channel] = {channel.name: channel for channel in (web, *messengers(world))}
    senders: dict[str, Sender] = {**channels, CONSOLE: ConsoleSender(database)}
    dispatcher = Dispatcher(database, vault, clock, senders, _pace(settings, clock))
    fetcher = Fetcher(database, registry, evidence, clock, channels)
    engine = Engine(
        database=database,
        registry=registry,
        pipeline=pipeline,
        actions=discover(),
        evidence=evidence,
        clock=clock,
        send_now=dispatcher.send_soon,
        fetch_now=fetcher.fetch_soon,
        observe=observe,
    )
    spool = Spool(settings.data_dir, vault, settings.spool_max_events)
    intake, taking_up = _intake(settings, spool, engine, database, clock)
    for channel in channels.values():  # the chat page keeps and repeats what is not taken by itself
        behind = engine if channel is web else intake
        channel.connect(_with_canary(channel, behind, database, registry, clock, dispatcher))
    return Product(
        settings=settings,
        catalog=catalog,
        pipeline=pipeline,
        live_model=LiveModel(pipeline, places(settings.data_dir), knowledge.model),
        live_listings=LiveListings(catalog, database, settings.data_dir, clock),
        clock=clock,
        database=database,
        vault=vault,
        listener=listener,
        registry=registry,
        evidence=evidence,
        engine=engine,
        letters=Letters(database, vault, clock, engine),
        canary=Canary(settings.public_url, database, registry, clock, channels),
        alarms=Alarms(database, settings.data_dir, clock),
        spool=spool,
        intake=intake,
        taking_up=taking_up,
        dispatcher=dispatcher,
        fetcher=fetcher,
        handoffs=handoff.worker(registry, database, clock, pipeline),
        channels=channels,
        secret_key=_secret_key(settings),
    )


def _web(world: World, listener: Listener, evidence: EvidenceStore) -> WebChannel:
    return WebChannel(
        world.settings,
        secret_key=_secret_key(world.settings),
        database=world.database,
        vault=world.vault,
        listener=listener,
        clock=world.clock,
        catalog=world.catalog,
        read_evidence=_reader(world.database, evidence),
    )


def _with_canary(
    channel: Channel, behind: Intake, database: Database, registry: Registry, clock: Clock, out: Dispatcher
) -> CanaryIntake:
    own = channel.canary_address() if isinstance(channel, HasCanary) else None
    return CanaryIntake(behind, own, database, registry, clock, out.send_soon)


def _secret_key(settings: Settings) -> str:
    """The configured one, or one made at the first start."""
    return settings.secret_key or kept_secret(
        settings.data_dir / "secret_key", lambda: secrets.token_urlsafe(48)
    )


def _intake(
    settings: Settings, spool: Spool, engine: Engine, database: Database, clock: Clock
) -> tuple[SpoolingIntake, TakingUp]:
    """Before the engine what lays events into the spool, and what takes them up again."""
    taking_up = TakingUp(spool, engine, database, clock, dt.timedelta(days=settings.form_days))
    return SpoolingIntake(engine, spool, database, clock, taking_up.wake), taking_up


def _pace(settings: Settings, clock: Clock) -> Pace:
    return Pace(clock, pacings(settings), settings.redis_url, processes=settings.sending_processes)


def pacings(settings: Settings) -> dict[str, Pacing]:
    """How fast each platform may be sent to."""
    paid = settings.telegram_paid_broadcasts
    return {
        "telegram": telegram_limits.PAID_PACING if paid else telegram_limits.PACING,
        "zalo": zalo_limits.PACINGS[settings.zalo_package],
        "zalo_bot": zalo_bot_limits.PACING,
    }


def messengers(world: World) -> Iterator[Channel]:
    """Those that are configured. Each is imported only then: aiogram alone costs seconds and 120 MB."""
    settings = world.settings
    if settings.zalo_app_id:
        from bot.channels.zalo_oa.channel import ZaloOaChannel  # noqa: PLC0415

        yield ZaloOaChannel(world)
    if settings.zalo_bot_token:
        from bot.channels.zalo_bot.channel import ZaloBotChannel  # noqa: PLC0415

        yield ZaloBotChannel(world)
    if settings.telegram_bot_token:
        from bot.channels.telegram.channel import TelegramChannel  # noqa: PLC0415

        yield TelegramChannel(world)


class OperatorError(Exception):
    """What an operator asked for cannot be done: one sentence says why."""


@asynccontextmanager
async def zalo_connection(settings: Settings, url: str) -> AsyncIterator[ZaloConnection]:
    """For `ntd zalo connect`. Raises OperatorError out of whatever is done with it."""
    from bot.channels.zalo_oa.connect import ConnectError, Connection  # noqa: PLC0415

    database = Database(url, pool_size=2)
    vault = Vault(key_ring(settings.keys, settings.data_dir))
    connection = Connection(World(settings, database, vault, SystemClock(), load()))
    try:
        yield connection
    except ConnectError as error:
        raise OperatorError(str(error)) from error
    finally:
        await connection.close()
        await database.close()


def _reader(database: Database, evidence: EvidenceStore) -> ReadEvidence:
    async def read(evidence_id: str) -> tuple[str, bytes] | None:
        async with database.begin() as uow:
            return await evidence.read(uow, evidence_id)

    return read
