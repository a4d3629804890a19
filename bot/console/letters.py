"""Events whose turn failed, for administrators: what went wrong and whose it is, never what was said."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from bot.console.answers import page, to
from bot.console.desk import AnyRequest, Desk, TheDesk, TheForm
from bot.console.gate import officer_of
from bot.dialogue import letters
from bot.dialogue.letters import By, Result

LEAST_REASON, MOST_REASON = 5, 300
_DONE = {
    Result.DONE: "letter_replayed",
    Result.FAILED: "letter_failed",
    Result.ENDED: "letter_ended",
    Result.UNREACHABLE: "letter_unreachable",
}


@get("/dead-letters")
async def show(request: AnyRequest, desk: TheDesk) -> Response[str]:
    return await _page(desk, request)


async def _page(
    desk: Desk, request: AnyRequest, *, status: int = 200, refused: str | None = None
) -> Response[str]:
    async with desk.database.begin() as uow:
        found, done = await letters.listed(uow), await letters.history(uow)
    return page(
        desk,
        request,
        "dead.html",
        status=status,
        waiting=[letter for letter in found if letter.open],
        ended=[letter for letter in found if not letter.open],
        done=done,
        refused=refused,
        least=LEAST_REASON,
        most=MOST_REASON,
    )


@post("/dead-letters/{letter_id:int}/replay", status_code=303)
async def replay(
    request: AnyRequest,
    desk: TheDesk,
    letter_id: FromPath[int],
    form: TheForm,  # noqa: ARG001
) -> Response[Any]:
    result = await desk.letters.replay(letter_id, _by(request))
    return to(f"/console/dead-letters?done={_DONE[result]}")


@post("/dead-letters/{letter_id:int}/aside", status_code=303)
async def set_aside(
    request: AnyRequest, desk: TheDesk, letter_id: FromPath[int], form: TheForm
) -> Response[Any]:
    reason = " ".join(form.get("reason", "").split())
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        refused = desk.say("console.letter_reason", least=LEAST_REASON, most=MOST_REASON)
        return await _page(desk, request, status=422, refused=refused)
    async with desk.database.begin() as uow:
        result = await letters.set_aside(uow, letter_id, reason, _by(request), desk.now())
        await uow.commit()
    return to(f"/console/dead-letters?done={'letter_aside' if result is Result.DONE else _DONE[result]}")


def _by(request: AnyRequest) -> By:
    officer = officer_of(request)
    return By(officer.name, officer.id)


CHANGES = [replay, set_aside]
