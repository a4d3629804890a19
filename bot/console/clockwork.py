"""What a case's page says of time: the deadline and its pauses, the trader's leg; and who has seen it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from bot.cases import deadlines, sight, trader, trader_work
from bot.cases.access import access_case
from bot.cases.calendar import local_day
from bot.cases.casefile import CaseFile
from bot.cases.daysoff import calendar_of
from bot.cases.work import CaseUnknownError, WorkRefusedError
from bot.console import trader_letters
from bot.console.answers import page, secured, to
from bot.console.desk import AnyRequest, Desk, TheDesk, TheForm
from bot.console.gate import officer_of
from bot.console.trader_letters import Letter
from bot.officers import forms
from bot.officers.accounts import Officer
from bot.storage.database import UnitOfWork


class Clockwork(msgspec.Struct, frozen=True):
    """`provisional`: days of a year are counted whose days off nobody has told us."""

    provisional: bool
    late: bool
    leg: trader.Leg | None
    leg_late: bool
    steps: tuple[trader.Step, ...]
    letters: tuple[Letter, ...]


async def of_case(uow: UnitOfWork, desk: Desk, file: CaseFile) -> Clockwork:
    """For the case's page."""
    complaint, now = file.held.complaint, desk.now()
    calendar = calendar_of(desk.registry.settings, complaint.province)
    leg = await trader_work.leg_of(uow, desk.registry, complaint)
    return Clockwork(
        provisional=bool(calendar.unannounced(local_day(complaint.filed_at), local_day(complaint.due_at))),
        late=deadlines.is_late(complaint.due_at, complaint.paused_at, now),
        leg=leg,
        leg_late=bool(leg and leg.due_at and leg.due_at < now),
        steps=trader_work.possible(file.held, leg, now),
        letters=trader_letters.of_leg(desk.registry.catalog, file, leg, now) if leg else (),
    )


async def seen(desk: Desk, officer: Officer, code: str) -> None:
    """The officer opens the page: from now on the case is not unseen, nor its answers unread (P21)."""
    async with desk.database.begin() as uow:
        held = await access_case(uow, officer, code)
        if held is not None:
            await sight.note_sight(uow, held, desk.now())
            await uow.commit()


@post("/cases/{code:str}/trader/{step:str}", status_code=303)
async def enter(
    request: AnyRequest, desk: TheDesk, code: FromPath[str], step: FromPath[str], form: TheForm
) -> Response[Any]:
    """A step of the trader's leg, as an officer enters it."""
    if step not in trader.STEPS:
        raise NotFoundException
    officer = officer_of(request)
    try:
        async with desk.database.begin() as uow:
            if not await forms.first_time(uow, form.get("once", ""), officer.id, desk.now()):
                return to(f"/console/cases/{code}?done=again")
            await trader_work.enter(
                uow,
                desk.registry,
                officer,
                code,
                step,
                now=desk.now(),
                on=trader_letters.day_of(form.get("on", "")),
                note=form.get("note", ""),
            )
            await uow.commit()
    except CaseUnknownError:
        raise NotFoundException from None
    except WorkRefusedError as error:
        sentence = desk.say(error.key, **error.values)
        return page(desk, request, "trader_refused.html", status=409, code=code, sentence=sentence)
    return to(f"/console/cases/{code}?done=trader")


@get("/cases/{code:str}/letters/{kind:str}")
async def download(
    request: AnyRequest, desk: TheDesk, code: FromPath[str], kind: FromPath[str]
) -> Response[str]:
    """A letter of the trader's leg as a text file."""
    async with desk.database.begin() as uow:
        letter = await trader_letters.one(uow, desk, officer_of(request), code, kind)
    if letter is None:
        raise NotFoundException
    named = f'attachment; filename="{code}-{kind}.txt"'
    response = Response(
        letter.text, media_type="text/plain; charset=utf-8", headers={"Content-Disposition": named}
    )
    return secured(response)


READS = [download]
CHANGES = [enter]
