"""Advice whose wording an authority should approve and has not yet (`review: pending`)."""

from __future__ import annotations

from litestar import Response, get

from bot.console.answers import page
from bot.console.desk import AnyRequest, TheDesk
from content.education import education
from content.education_checks import facts as facts_of_education
from content.guidance_checks import waiting_for_review
from content.press import press
from content.schema import Fact


@get("/review")
async def show_review(request: AnyRequest, desk: TheDesk) -> Response[str]:
    """By file, so that whoever edits finds the sentence."""
    told = [
        *waiting_for_review(desk.registry.catalog),
        *facts_of_education(education()),
        *(("content/press.yml", danger.beside) for danger in press().dangers.values()),
    ]
    waiting: dict[str, list[Fact]] = {}
    for where, fact in told:
        if fact.review == "pending":
            waiting.setdefault(where, []).append(fact)
    return page(desk, request, "review.html", waiting=waiting, count=sum(map(len, waiting.values())))
