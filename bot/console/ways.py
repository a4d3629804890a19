"""How a case's hand-offs went out: tried again at once, and the slip that the agency gets, as a PDF."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from sqlalchemy import select

from bot.cases import ways
from bot.cases.access import access_case
from bot.cases.parties import focal
from bot.cases.ways import Stuck
from bot.console.answers import secured, to
from bot.console.desk import AnyRequest, Desk, TheDesk, TheForm
from bot.console.gate import officer_of
from bot.handoff import build, parcel
from bot.officers import forms
from bot.officers.accounts import Officer
from bot.storage.database import UnitOfWork
from bot.storage.tables import handoffs


async def stuck_for(uow: UnitOfWork, desk: Desk, officer: Officer) -> list[Stuck]:
    """What does not get through to the officer's own agency; the focal agency's officers see all of the
    province."""
    if officer.province is None:
        return []
    found = await ways.stuck(uow, province=officer.province)
    if officer.agency == focal(desk.registry.catalog, officer.province).agency:
        return found
    return [one for one in found if one.agency == officer.agency]


@post("/cases/{code:str}/ways/{way_id:int}", status_code=303)
async def again(
    request: AnyRequest, desk: TheDesk, code: FromPath[str], way_id: FromPath[int], form: TheForm
) -> Response[Any]:
    officer = officer_of(request)
    async with desk.database.begin() as uow:
        held = await access_case(uow, officer, code)
        if held is None:
            raise NotFoundException
        if not await forms.first_time(uow, form.get("once", ""), officer.id, desk.now()):
            return to(f"/console/cases/{code}?done=again")
        if not await ways.again(uow, held.complaint.id, way_id, desk.now()):
            raise NotFoundException
        await uow.commit()
    return to(f"/console/cases/{code}?done=resent")


@get("/cases/{code:str}/slip/{part_id:int}")
async def slip(
    request: AnyRequest, desk: TheDesk, code: FromPath[str], part_id: FromPath[int]
) -> Response[bytes]:
    """The slip of one agency's part of the case, masked."""
    async with desk.database.begin() as uow:
        held = await access_case(uow, officer_of(request), code)
        if held is None:
            raise NotFoundException
        query = select(handoffs).where(handoffs.c.id == part_id, handoffs.c.complaint_id == held.complaint.id)
        part = (await uow.execute(query)).one_or_none()
        if part is None:
            raise NotFoundException
        mask = parcel.masking(desk.pipeline, desk.clock)
        case = await parcel.of(uow, desk.registry, held.complaint, part, mask=mask, agreement=None)
    pdf = await build.slip_maker(desk.registry).pdf(case, desk.now())
    name = f"phieu-chuyen-{held.complaint.code}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    response = Response(pdf, media_type="application/pdf", headers=headers)
    secured(response)
    return response


READS = [slip]
CHANGES = [again]
