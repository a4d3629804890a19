"""The HTTP side: every channel's routes, the console, health and figures, in one Litestar application."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from litestar import Litestar, Response, Router, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins.prometheus import PrometheusConfig, PrometheusController
from litestar.types import ControllerRouterHandler
from sqlalchemy import func, select

from bot.delivery.ports import Channel
from bot.storage.database import Database
from bot.storage.tables import dead_letters, deliveries

log = structlog.get_logger(__name__)

VERSION = "0.1.0"


def build(
    *,
    database: Database,
    channels: Sequence[Channel],
    console: Sequence[ControllerRouterHandler],
) -> Litestar:
    """The application. The database is open before it is built and closed after it has ended."""
    prometheus = PrometheusConfig(app_name="ntd", prefix="ntd", group_path=True)
    routes: list[ControllerRouterHandler] = [_health(database), _Metrics]
    for channel in channels:
        routes += channel.routes()
    return Litestar(
        route_handlers=[*routes, *console],
        middleware=[prometheus.middleware],
        openapi_config=OpenAPIConfig(
            title="ntd", version=VERSION, render_plugins=[JsonRenderPlugin(path="/")]
        ),
        logging_config=None,
        debug=False,
    )


class _Metrics(PrometheusController):
    path = "/metrics"
    include_in_schema = False


def _health(database: Database) -> Router:
    @get("/live", include_in_schema=True, sync_to_thread=False)
    def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @get("/ready")
    async def ready() -> Response[dict[str, object]]:
        """Whether messages can be taken in; what is missing, if anything."""
        if not await database.ready():
            return Response({"status": "unavailable", "missing": ["database"]}, status_code=503)
        async with database.begin() as uow:
            queued = await uow.execute(
                select(func.count()).select_from(deliveries).where(deliveries.c.state == "queued")
            )
            dead = await uow.execute(
                select(func.count()).select_from(dead_letters).where(dead_letters.c.replayed_at.is_(None))
            )
            figures = {"queued_deliveries": queued.scalar_one(), "dead_letters": dead.scalar_one()}
        return Response({"status": "ok", "missing": [], **figures})

    return Router("/health", route_handlers=[live, ready])
