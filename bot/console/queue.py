"""The queue page and its live updates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from litestar import Response, get
from litestar.params import FromQuery
from litestar.response import Stream

from bot.cases import queue
from bot.cases.queue import Tab
from bot.console.answers import page
from bot.console.desk import AnyRequest, Desk, TheDesk
from bot.console.gate import officer_of
from bot.console.ways import stuck_for
from bot.delivery.ledger import CONSOLE
from bot.officers.accounts import Officer

HEARTBEAT_SECONDS = 20.0
MAX_STREAMS = 4
"""Open streams of one officer; further windows look for news every minute."""


@get("/queue")
async def show_queue(
    request: AnyRequest,
    desk: TheDesk,
    *,
    tab: FromQuery[str] = "new",
    q: FromQuery[str] = "",
    number: FromQuery[str] = "1",
    live: FromQuery[str] = "",
) -> Response[str]:
    """With `live` only the part that changes, for a page that is open."""
    officer = officer_of(request)
    chosen = Tab(tab) if tab in set(Tab) else Tab.NEW
    async with desk.database.begin() as uow:
        found = await queue.page(
            uow,
            desk.registry.vault,
            officer,
            tab=chosen,
            now=desk.now(),
            words=q[:200],
            number=int(number) if number.isdecimal() and len(number) < 6 else 1,
        )
        stuck = await stuck_for(uow, desk, officer)
    template = "queue_list.html" if live else "queue.html"
    return page(
        desk,
        request,
        template,
        found=found,
        tab=chosen,
        tabs=list(Tab),
        q=q[:200].strip(),
        stuck=stuck,
    )


@get("/queue/events")
async def stream(request: AnyRequest, desk: TheDesk) -> Response[Any]:
    """Server-sent events: `news` when something of the agency changed. The page then looks for itself."""
    officer = officer_of(request)
    if desk.streams[officer.id] >= MAX_STREAMS:
        return Response(None, status_code=204)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(news(desk, officer), media_type="text/event-stream", headers=headers)


async def news(desk: Desk, officer: Officer) -> AsyncIterator[str]:
    """Ends with the listener, so that a server can stop."""
    desk.streams[officer.id] += 1
    try:
        with desk.listener.subscribe(CONSOLE, f"{officer.province}/{officer.agency}") as subscription:
            yield "retry: 5000\nevent: ping\ndata: 1\n\n"
            while not subscription.ended:
                payload = await subscription.wait(HEARTBEAT_SECONDS)
                yield f"event: {'ping' if payload is None else 'news'}\ndata: 1\n\n"
    finally:
        desk.streams[officer.id] -= 1
        if desk.streams[officer.id] <= 0:
            del desk.streams[officer.id]


HANDLERS = [show_queue, stream]
