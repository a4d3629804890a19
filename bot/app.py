"""The composition root: the one place that names concrete classes and puts them together."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from actions import discover
from bot.cases import directory
from bot.cases.evidence import EvidenceStore
from bot.cases.filing import Registry
from bot.channels.web.channel import WebChannel
from bot.channels.web.parts import ReadEvidence
from bot.clock import Clock, SystemClock
from bot.delivery.dispatch import Dispatcher, Sender
from bot.delivery.ledger import CONSOLE
from bot.delivery.notices import ConsoleSender
from bot.delivery.ports import Channel
from bot.dialogue.engine import Engine, Observe
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.embedded import EmbeddedPostgres
from bot.storage.listen import Listener
from bot.storage.migrate import upgrade
from bot.storage.vault import Vault, kept_secret, key_ring
from content.catalog import Catalog, load
from nlu.pipeline import Pipeline, build

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Knowledge:
    """What is read once and never changes while the product runs."""

    catalog: Catalog
    pipeline: Pipeline


def read_knowledge() -> Knowledge:
    """Content and language model. Raises ContentError."""
    catalog = load()
    return Knowledge(catalog, build(catalog))


@dataclass
class Product:
    """Everything, wired. Opened by `opened`, closed with it."""

    settings: Settings
    catalog: Catalog
    pipeline: Pipeline
    clock: Clock
    database: Database
    vault: Vault
    listener: Listener
    registry: Registry
    evidence: EvidenceStore
    engine: Engine
    dispatcher: Dispatcher
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
    clock = clock or SystemClock()
    knowledge = knowledge or read_knowledge()
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
    product.listener.start()
    try:
        yield product
    finally:
        product.listener.end_streams()
        await product.dispatcher.drain()
        await product.listener.close()
        await product.database.close()


def _wired(
    settings: Settings, url: str, clock: Clock, observe: Observe | None, knowledge: Knowledge
) -> Product:
    catalog, pipeline = knowledge.catalog, knowledge.pipeline
    vault = Vault(key_ring(settings.keys, settings.data_dir))
    database, listener = Database(url), Listener(url)
    registry = Registry(catalog, vault, settings, directory.read(settings.contacts_file))
    evidence = EvidenceStore(settings.data_dir, vault)
    secret_key = settings.secret_key or kept_secret(
        settings.data_dir / "secret_key", lambda: secrets.token_urlsafe(48)
    )
    web = WebChannel(
        settings,
        secret_key=secret_key,
        database=database,
        vault=vault,
        listener=listener,
        clock=clock,
        catalog=catalog,
        read_evidence=_reader(database, evidence),
    )
    channels: dict[str, Channel] = {web.name: web}
    senders: dict[str, Sender] = {**channels, CONSOLE: ConsoleSender(database)}
    dispatcher = Dispatcher(database, vault, clock, senders)
    engine = Engine(
        database=database,
        registry=registry,
        pipeline=pipeline,
        actions=discover(),
        evidence=evidence,
        limits={name: channel.limits for name, channel in channels.items()},
        clock=clock,
        send_now=dispatcher.send_soon,
        observe=observe,
    )
    web.connect(engine)
    return Product(
        settings=settings,
        catalog=catalog,
        pipeline=pipeline,
        clock=clock,
        database=database,
        vault=vault,
        listener=listener,
        registry=registry,
        evidence=evidence,
        engine=engine,
        dispatcher=dispatcher,
        channels=channels,
        secret_key=secret_key,
    )


def _reader(database: Database, evidence: EvidenceStore) -> ReadEvidence:
    async def read(evidence_id: str) -> tuple[str, bytes] | None:
        async with database.begin() as uow:
            return await evidence.read(uow, evidence_id)

    return read
