"""Sentences to label: what the assistant was not sure of, or took for the wrong matter."""

from __future__ import annotations

from typing import Any, get_args

import structlog
from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from bot.cases import mistaken
from bot.cases.work import CaseUnknownError
from bot.console.answers import page, to
from bot.console.desk import AnyRequest, Desk, TheDesk, TheForm
from bot.console.gate import officer_of
from bot.learning import inbox, reviews
from bot.learning.reviews import Label, Reader, State
from bot.officers.accounts import Officer
from nlu.intents import TOPICAL
from nlu.understanding import Act

log = structlog.get_logger(__name__)


@get("/labels")
async def show_labels(
    request: AnyRequest, desk: TheDesk, *, tab: FromQuery[str] = "waiting", number: FromQuery[str] = "1"
) -> Response[str]:
    return await _page(desk, request, tab, number)


async def _page(
    desk: Desk,
    request: AnyRequest,
    tab: str,
    number: str,
    *,
    status: int = 200,
    refused: str | None = None,
    typed: dict[str, str] | None = None,
) -> Response[str]:
    """`typed` is a label that was refused, with the `id` of its sentence."""
    chosen = _of(tab)
    async with desk.database.begin() as uow:
        found = await reviews.page(
            uow, desk.registry.vault, _reader(desk, officer_of(request)), chosen, _whole(number)
        )
    topics = sorted(desk.registry.catalog.topics.values(), key=lambda topic: topic.title.vi)
    return page(
        desk,
        request,
        "labels.html",
        status=status,
        found=found,
        tab=chosen,
        days=desk.registry.settings.learning_days,
        topics=[(topic.id, topic.title.vi) for topic in topics],
        refused=refused,
        typed=typed or {},
    )


def _reader(desk: Desk, officer: Officer) -> Reader:
    content = desk.registry.catalog.provinces.get(officer.province or "")
    focal = content is not None and content.routing.focal.agency == officer.agency
    return Reader(officer.province, focal)


def _whole(number: str) -> int:
    return int(number) if number.isdecimal() and len(number) < 6 else 1


@post("/labels/{review_id:int}/{do:str}", status_code=303)
async def label(
    request: AnyRequest, desk: TheDesk, review_id: FromPath[int], do: FromPath[str], form: TheForm
) -> Response[Any]:
    if do not in ("save", "skip"):
        raise NotFoundException
    officer = officer_of(request)
    tab, number = _of(form.get("tab", "")), form.get("number", "")
    given = _given(desk, form) if do == "save" else None
    if do == "save" and given is None:
        sentence, typed = desk.say("console.label_missing"), {**form, "id": str(review_id)}
        return await _page(desk, request, tab, number, status=422, refused=sentence, typed=typed)
    async with desk.database.begin() as uow:
        reader = _reader(desk, officer)
        if not await reviews.label(uow, reader, review_id, given, officer_id=officer.id, now=desk.now()):
            return to(f"/console/labels?tab={tab}&done=gone")
        await uow.commit()
    done = "labelled" if given else "skipped"
    return to(f"/console/labels?tab={tab}&number={_whole(number)}&done={done}")


def _of(tab: str) -> State:
    return "labelled" if tab == "labelled" else "waiting"


def _given(desk: Desk, form: dict[str, str]) -> Label | None:
    """None where there is no act, or a matter is missing."""
    act, topic = form.get("act", ""), form.get("topic", "")
    known = next((one for one in get_args(Act) if one == act), None)
    if known is None or (known in TOPICAL and topic not in desk.registry.catalog.topics):
        return None
    return Label.of(known, topic, form.get("urgent") == "yes")


@post("/labels/export", status_code=303)
async def export(
    request: AnyRequest,
    desk: TheDesk,
    form: TheForm,  # noqa: ARG001 - read, so that the token is checked
) -> Response[Any]:
    """Writes the file that `ntd nlu train` reads."""
    file = inbox.file_of(desk.registry.settings.data_dir)
    try:
        await inbox.export(desk.database, desk.registry.vault, file, desk.now())
    except OSError as error:
        log.error("inbox_not_written", file=str(file), reason=error.strerror)
        sentence = desk.say("console.inbox_not_written")
        return await _page(desk, request, "labelled", "1", status=500, refused=sentence)
    return to("/console/labels?tab=labelled&done=exported")


@post("/cases/{code:str}/wrong-topic", status_code=303)
async def wrong_topic(
    request: AnyRequest,
    desk: TheDesk,
    code: FromPath[str],
    form: TheForm,  # noqa: ARG001 - read, so that the token is checked
) -> Response[Any]:
    try:
        async with desk.database.begin() as uow:
            marked = await mistaken.mark(
                uow, desk.registry, desk.pipeline, officer_of(request), code, desk.now()
            )
            await uow.commit()
    except CaseUnknownError:
        raise NotFoundException from None
    return to(f"/console/cases/{code}?done={'again' if marked == 'again' else f'mistaken_{marked}'}")


HANDLERS = [show_labels, label, export]
