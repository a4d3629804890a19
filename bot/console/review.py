"""Advice whose wording an authority should approve and has not yet (`review: pending`)."""

from __future__ import annotations

from litestar import Response, get

from bot.console.answers import page
from bot.console.desk import AnyRequest, TheDesk
from content.schema import Fact
from content.waiting import waiting


@get("/review")
async def show_review(request: AnyRequest, desk: TheDesk) -> Response[str]:
    """By file, so that whoever edits finds the sentence."""
    sentences: dict[str, list[Fact]] = {}
    for where, fact in waiting(desk.registry.catalog):
        sentences.setdefault(where, []).append(fact)
    return page(desk, request, "review.html", waiting=sentences, count=sum(map(len, sentences.values())))
