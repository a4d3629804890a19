"""The case on one page, and what is done with it."""

from __future__ import annotations

from typing import Any, get_args

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from bot.cases import casefile, work
from bot.cases.access import access_case, access_evidence
from bot.cases.parties import Target
from bot.cases.work import CaseUnknownError, WorkRefusedError
from bot.console import clockwork, places
from bot.console.answers import page, secured, to
from bot.console.desk import AnyRequest, Desk, TheDesk, TheForm
from bot.console.gate import officer_of
from bot.officers import forms

MASKED = frozenset({"contact_phone"})
"""Slots that are shown in clear on request only, and the request stands in the history."""

_INLINE = {"image/jpeg", "image/png", "image/webp", "image/gif"}
_OTHER_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cache-Control": "private, max-age=600",
}


@get("/cases/{code:str}")
async def show_case(request: AnyRequest, desk: TheDesk, code: FromPath[str]) -> Response[str]:
    await clockwork.seen(desk, officer_of(request), code)
    return await _page(desk, request, code)


async def _page(
    desk: Desk,
    request: AnyRequest,
    code: str,
    *,
    template: str = "case.html",
    status: int = 200,
    refused: str | None = None,
    typed: dict[str, str] | None = None,
    clear: dict[str, str] | None = None,
    news: bool = True,
) -> Response[str]:
    """`typed` is what an action that was refused came with: nothing that an officer wrote is lost. `news`:
    more changed than what became of the messages."""
    officer = officer_of(request)
    async with desk.database.begin() as uow:
        file = await casefile.read(uow, desk.registry.vault, officer, code)
        if file is None:
            raise NotFoundException
        can = work.possible(desk.registry, officer, file.held)
        targets = await places.targets(uow, desk.registry, file) if "transfer" in can else []
        time = await clockwork.of_case(uow, desk, file)
    return page(
        desk,
        request,
        template,
        status=status,
        file=file,
        complaint=file.held.complaint,
        handoff=file.held.handoff,
        can=can,
        targets=targets,
        clockwork=time,
        outcomes=work.OUTCOMES,
        most=work.LONGEST_TEXT,
        refused=refused,
        typed=typed or {},
        clear=clear or {},
        news=news,
        masked_slots=MASKED,
        inline=_INLINE,
    )


@post("/cases/{code:str}/{do:str}", status_code=303)
async def act(
    request: AnyRequest, desk: TheDesk, code: FromPath[str], do: FromPath[str], form: TheForm
) -> Response[Any]:
    if do not in get_args(work.Do):
        raise NotFoundException
    officer = officer_of(request)
    try:
        async with desk.database.begin() as uow:
            if not await forms.first_time(uow, form.get("once", ""), officer.id, desk.now()):
                return to(f"/console/cases/{code}?done=again")
            done = await work.act(
                uow,
                desk.registry,
                officer,
                code,
                do=do,  # type: ignore[arg-type]
                text=form.get("text", ""),
                now=desk.now(),
                outcome=form.get("outcome", ""),
                target=Target.parse(form.get("target", "")),
                version=int(form["version"]) if form.get("version", "").isdecimal() else 0,
            )
            await uow.commit()
    except CaseUnknownError:
        raise NotFoundException from None
    except WorkRefusedError as error:
        sentence = desk.say(error.key, **error.values)
        return await _page(desk, request, code, status=409, refused=sentence, typed={**form, "do": do})
    untold = ".untold" if done.told == 0 else ""
    return to(f"/console/cases/{code}?done={do}{untold}")


@post("/cases/{code:str}/reveal/{slot:str}", status_code=200)
async def reveal(
    request: AnyRequest,
    desk: TheDesk,
    code: FromPath[str],
    slot: FromPath[str],
    form: TheForm,  # noqa: ARG001 - read, so that the token is checked
) -> Response[str]:
    """A masked value in clear; the look is recorded first."""
    if slot not in MASKED:
        raise NotFoundException
    async with desk.database.begin() as uow:
        value = await casefile.look_at(
            uow, desk.registry.vault, officer_of(request), code, slot=slot, now=desk.now()
        )
        await uow.commit()
    if value is None:
        raise NotFoundException
    if request.headers.get("hx-request") == "true":
        return page(desk, request, "revealed.html", slot=slot, value=value)
    return await _page(desk, request, code, clear={slot: value})


@get("/cases/{code:str}/fresh")
async def fresh(
    request: AnyRequest,
    desk: TheDesk,
    code: FromPath[str],
    version: FromQuery[int],
    sent: FromQuery[str] = "",
) -> Response[Any]:
    """What is new on a page that is open since `version`, and since `sent` became of the messages to the
    consumer; an empty answer where nothing is."""
    async with desk.database.begin() as uow:
        held = await access_case(uow, officer_of(request), code)
        if held is None:
            raise NotFoundException
        news = await work.version_of(uow, held) != version
        changed = news or await casefile.sent_mark(uow, held.complaint.id) != sent
    if not changed:
        return secured(Response("", media_type="text/html", headers={"HX-Reswap": "none"}))
    return await _page(desk, request, code, template="fresh.html", news=news)


@get("/cases/{code:str}/evidence/{evidence_id:str}")
async def read_file(
    request: AnyRequest, desk: TheDesk, code: FromPath[str], evidence_id: FromPath[str]
) -> Response[bytes]:
    """A file that the consumer sent. Pictures are shown; everything else is only ever saved."""
    async with desk.database.begin() as uow:
        allowed = await access_evidence(uow, officer_of(request), code, evidence_id[:64])
    found = await desk.read_evidence(evidence_id) if allowed else None
    if found is None:
        raise NotFoundException
    content_type, data = found
    ending = {"application/pdf": "pdf"}.get(content_type, content_type.rpartition("/")[2])
    shown = (
        "inline" if content_type in _INLINE else f'attachment; filename="{code}-{evidence_id[:6]}.{ending}"'
    )
    response = Response(
        data, media_type=content_type, headers={**_OTHER_HEADERS, "Content-Disposition": shown}
    )
    secured(response)
    return response


READS = [show_case, fresh, read_file]
CHANGES = [act, reveal]
