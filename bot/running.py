"""Running the product: the web server with or without the worker beside it, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import click
import structlog
import uvicorn
from litestar.types import ASGIApp, ControllerRouterHandler
from sqlalchemy import text

from bot import console, web
from bot.app import Knowledge, Product, opened
from bot.cases import retention
from bot.cases.standing import standing
from bot.cases.watch import Watch
from bot.handoff.open311 import routes as open311
from bot.learning import inbox
from bot.officers.accounts import ensure_admin
from bot.settings import Settings
from bot.storage.embedded import EmbeddedError
from bot.storage.listen import Listener

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_WATCH_SECONDS, _MISSED = 2.0, 3

log = structlog.get_logger(__name__)


async def run_web(
    settings: Settings,
    listening: socket.socket,
    *,
    with_worker: bool,
    knowledge: Knowledge | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM; requests under way are finished first. `knowledge`: where the caller
    has read it already."""
    async with opened(settings, knowledge=knowledge) as product:
        password = await _first_admin(product)
        stop = asyncio.Event()
        beside = [asyncio.create_task(up_to_date(product, stop)), asyncio.create_task(_index(product))]
        if with_worker:
            beside.append(asyncio.create_task(work(product, stop)))
        server = _Server(_server_config(settings, application(product)), product.listener)
        watch = asyncio.create_task(_own_database_ended(product, server))
        if password is not None:
            click.echo(f"Console login (shown once): admin / {password}")
        try:
            await server.serve(sockets=[listening])
        finally:
            stop.set()
            watch.cancel()
            await asyncio.gather(*beside)
        if watch.done() and not watch.cancelled() and watch.result():
            raise EmbeddedError("the embedded PostgreSQL was ended from outside: start ntd again")


async def run_worker(settings: Settings, *, knowledge: Knowledge | None = None) -> None:
    async with opened(settings, knowledge=knowledge) as product:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in _STOP_SIGNALS:
            loop.add_signal_handler(name, stop.set)
        click.echo("worker: sending what is queued")
        await asyncio.gather(work(product, stop), up_to_date(product, stop), _index(product))


async def up_to_date(product: Product, stop: asyncio.Event) -> None:
    """Takes up what changes while the product runs: a newer model, what officers entered about agencies; and
    the events that wait in the spool."""
    await asyncio.gather(
        product.live_model.run(stop),
        product.live_listings.run(stop, product.listener),
        product.taking_up.run(stop),
    )


async def _index(product: Product) -> None:
    """The answers of `content/faq/`, made ready beside the first turns; who asks sooner waits for it."""
    await asyncio.to_thread(getattr, product.pipeline, "retrieval")


async def work(product: Product, stop: asyncio.Event) -> None:
    """The worker's duties, side by side: sending what is queued, fetching what was sent to us, reminding
    of cases, deleting what is past its date, and what channels do of themselves."""
    await asyncio.gather(
        product.dispatcher.run_forever(stop, product.listener),
        product.fetcher.run_forever(stop),
        product.handoffs.run_forever(stop, product.listener),
        Watch(product.database, product.registry, product.clock).run(stop),
        product.alarms.run(stop),
        product.canary.run(stop),
        *(channel.run(stop) for channel in product.channels.values()),
        retention.run(product.database, product.evidence, product.settings, product.clock, stop),
        inbox.keep_in_step(product.database, product.vault, inbox.file_of(product.settings.data_dir), stop),
    )


def application(product: Product) -> ASGIApp:
    return web.build(
        database=product.database,
        channels=list(product.channels.values()),
        console=[*console.build(product), *_open311(product)],
        catalog=product.registry.catalog,
        model=lambda: product.live_model.current,
        spool=product.spool,
        pace=product.dispatcher.pace,
        of_cases=lambda uow: standing(uow, product.registry, product.clock.now()),
        alarms=product.alarms,
    )


def _open311(product: Product) -> list[ControllerRouterHandler]:
    return open311.routes(product.registry, product.database, product.clock, product.pipeline)


async def _own_database_ended(product: Product, server: uvicorn.Server) -> bool:
    """True, and the web server told to stop, once nobody listens in our own database's folder any more: a
    PostgreSQL that only recovers does listen. A database that was given to us is waited for instead."""
    missed = 0
    while product.settings.database_url is None and missed < _MISSED:
        await asyncio.sleep(_WATCH_SECONDS)
        try:
            async with product.database.begin() as uow:
                await uow.execute(text("SELECT 1"))
        except (ConnectionRefusedError, FileNotFoundError):
            missed += 1
        except Exception as error:
            log.debug("database_not_ready", error=type(error).__name__)
        else:
            missed = 0
    server.should_exit = missed >= _MISSED
    return server.should_exit


class _Server(uvicorn.Server):
    """Tells its address once it answers there. Ends the pages' open streams before it waits for requests
    under way, so a stop is quick; and keeps a signal to itself, where uvicorn raises it again before the
    database is closed."""

    def __init__(self, config: uvicorn.Config, listener: Listener) -> None:
        super().__init__(config)
        self._listener = listener

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for name in _STOP_SIGNALS:
            loop.add_signal_handler(name, self.handle_exit, name, None)
        try:
            yield
        finally:
            for name in _STOP_SIGNALS:
                loop.remove_signal_handler(name)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            _announce(sockets[0])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._listener.end_streams()
        await super().shutdown(sockets)


def _server_config(settings: Settings, app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        timeout_graceful_shutdown=10,
    )


async def _first_admin(product: Product) -> str | None:
    async with product.database.begin() as uow:
        password = await ensure_admin(uow, product.clock.now())
        await uow.commit()
    return password


def _announce(listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::1", "::") else host  # noqa: S104 - only compared
    click.echo(f"Chat page:  http://{shown}:{port}/")
    click.echo(f"Console:    http://{shown}:{port}/console")
    click.echo("Stop with Ctrl+C.")
