"""Figures of all queues, for administrators."""

from __future__ import annotations

from litestar import Response, get

from bot.cases import coverage, figures, ways
from bot.cases.calendar import local_day
from bot.cases.daysoff import alarm
from bot.console.answers import page
from bot.console.desk import AnyRequest, TheDesk
from bot.health import identity
from bot.health.alarms import LEAST_SHARE


@get("/overview")
async def show(request: AnyRequest, desk: TheDesk) -> Response[str]:
    async with desk.database.begin() as uow:
        loads = await figures.loads(uow, desk.now())
        gaps = await coverage.gaps(uow, desk.registry)
        undelivered = await figures.undelivered(uow)
        stuck = await ways.stuck(uow)
        pulse, alarms = await desk.alarms.look(uow)
        days = await identity.days(uow, desk.now())
    return page(
        desk,
        request,
        "overview.html",
        loads=loads,
        gaps=gaps,
        undelivered=undelivered,
        stuck=stuck,
        days=days,
        share=identity.share(pulse.days),
        least_share=LEAST_SHARE,
        alarms=alarms,
        canaries=pulse.canaries,
        model=desk.live_model.current,
        contacts_fault=desk.registry.directory.fault,
        calendar_alarm=alarm(desk.registry.settings, local_day(desk.now())),
    )
