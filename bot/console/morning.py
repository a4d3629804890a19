"""What is stuck at the officer's agency: the list of the morning, at any hour."""

from __future__ import annotations

import datetime as dt

from litestar import Response, get

from bot.cases import morning
from bot.cases.calendar import local_day
from bot.cases.daysoff import alarm
from bot.console.answers import page
from bot.console.desk import AnyRequest, TheDesk
from bot.console.gate import officer_of

TOLD = dt.timedelta(days=3)


@get("/morning")
async def show_morning(request: AnyRequest, desk: TheDesk) -> Response[str]:
    officer, now = officer_of(request), desk.now()
    async with desk.database.begin() as uow:
        stuck = await morning.of_officer(uow, desk.registry.catalog, officer, now)
        told = await morning.told(uow, officer, now - TOLD)
    return page(
        desk,
        request,
        "morning.html",
        stuck=stuck,
        told=told,
        calendar_alarm=alarm(desk.registry.settings, local_day(now)),
    )


HANDLERS = [show_morning]
