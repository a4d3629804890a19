"""The HTTP side: every channel's routes, the console, health and figures, in one Litestar application."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from litestar import Litestar, Response, Router, get
from litestar.enums import HttpMethod, ScopeType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins.prometheus import PrometheusConfig, PrometheusController
from litestar.types import ASGIApp, ControllerRouterHandler, Message, Receive, Scope, Send
from sqlalchemy import func, select

from bot import problems
from bot.delivery.pace import Pace
from bot.delivery.ports import Channel, HasFigures
from bot.health.alarms import Alarms
from bot.health.identity import share
from bot.learning.model import Model
from bot.spool.store import Spool
from bot.storage.database import Database, UnitOfWork
from bot.storage.tables import dead_letters, deliveries
from content.catalog import Catalog

log = structlog.get_logger(__name__)

VERSION = "0.1.0"

OfCases = Callable[[UnitOfWork], Awaitable[dict[str, object]]]


def build(
    *,
    database: Database,
    channels: Sequence[Channel],
    console: Sequence[ControllerRouterHandler],
    catalog: Catalog,
    model: Callable[[], Model | None] = lambda: None,
    spool: Spool | None = None,
    pace: Pace | None = None,
    of_cases: OfCases | None = None,
    alarms: Alarms | None = None,
) -> ASGIApp:
    """The application. The database is open before it is built and closed after it has ended. `model` tells
    which language model answers at the moment, `of_cases` what the health page says of cases."""
    prometheus = PrometheusConfig(app_name="ntd", prefix="ntd", group_path=True)
    health = _health(database, channels, model, spool, pace, of_cases, alarms)
    routes: list[ControllerRouterHandler] = [health, _Metrics]
    for channel in channels:
        routes += channel.routes()
    app = Litestar(
        route_handlers=[*routes, *console],
        middleware=[prometheus.middleware],
        openapi_config=OpenAPIConfig(
            title="ntd", version=VERSION, render_plugins=[JsonRenderPlugin(path="/")]
        ),
        exception_handlers=problems.handlers(catalog),
        logging_config=None,
        debug=False,
    )
    return _answering_head(app)


def _answering_head(app: ASGIApp) -> ASGIApp:
    """HEAD is answered wherever GET is, with the same headers and no body (RFC 9110, 9.3.2)."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != HttpMethod.HEAD:
            await app(scope, receive, send)
            return
        begun = False

        async def headers_only(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                await send(message)
            elif message["type"] == "http.response.body" and not begun:
                begun = True  # a stream is over with its first part
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await app({**scope, "method": HttpMethod.GET}, receive, headers_only)

    return answer


class _Metrics(PrometheusController):
    path = "/metrics"
    include_in_schema = False


def _health(
    database: Database,
    channels: Sequence[Channel],
    model: Callable[[], Model | None],
    spool: Spool | None,
    pace: Pace | None,
    of_cases: OfCases | None,
    alarms: Alarms | None,
) -> Router:
    @get("/live", include_in_schema=True, sync_to_thread=False)
    def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @get("/ready")
    async def ready() -> Response[dict[str, object]]:
        """Whether messages can be answered; what is missing, if anything, and what waits for it."""
        waits_on_disk = {"spool": await asyncio.to_thread(spool.figures)} if spool else {}
        if not await database.answers():
            missing = {"status": "unavailable", "missing": ["database"]}
            return Response({**missing, **waits_on_disk}, status_code=503)
        async with database.begin() as uow:
            waits = deliveries.c.held
            queued = await uow.execute(
                select(func.count().filter(~waits).label("going"), func.count().filter(waits).label("held"))
                .select_from(deliveries)
                .where(deliveries.c.state == "queued")
            )
            row = queued.one()
            dead = await uow.execute(
                select(func.count())
                .select_from(dead_letters)
                .where(dead_letters.c.replayed_at.is_(None), dead_letters.c.set_aside_at.is_(None))
            )
            figures: dict[str, object] = {
                "queued_deliveries": row.going,
                "held_deliveries": row.held,
                "dead_letters": dead.scalar_one(),
            }
            figures |= await of_cases(uow) if of_cases else {}
            figures |= await _messages(alarms, uow) if alarms else {}
        told = {c.name: await c.figures() for c in channels if isinstance(c, HasFigures)}
        answering = model()
        named = {"sha256": answering.sha256, "trained_at": answering.at.isoformat()} if answering else None
        figures |= {"pace": pace.state} if pace else {}
        return Response({"status": "ok", "missing": [], **figures, **waits_on_disk, "model": named, **told})

    return Router("/health", route_handlers=[live, ready])


async def _messages(alarms: Alarms, uow: UnitOfWork) -> dict[str, object]:
    """What came in today and yesterday and what became of it; the alarms that are raised."""
    pulse, raised = await alarms.look(uow)
    told = {"alarms": raised, "messages": pulse.days, "canaries": pulse.canaries}
    return {**told, "answered_share": round(share(pulse.days), 4)}
