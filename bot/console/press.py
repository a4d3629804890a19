"""Warnings as press texts that an officer copies (plans: HY PL.3.2, TN PL.VI.4 and VI.9)."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromQuery

from bot.clock import VIETNAM
from bot.console.answers import page
from bot.console.desk import AnyRequest, TheDesk
from bot.console.gate import officer_of
from bot.console.press_text import subjects, written
from content.schema import Language


@get("/press")
async def show_press(
    request: AnyRequest,
    desk: TheDesk,
    *,
    about: FromQuery[str] = "",
    province: FromQuery[str] = "",
    language: FromQuery[str] = "",
) -> Response[str]:
    """The text on `about`, by today's date, for the officer's own province unless another is chosen."""
    registry = desk.registry
    served = registry.settings.provinces
    chosen = province if province in served else officer_of(request).province or served[0]
    spoken: Language = "en" if language == "en" else "vi"
    known = subjects(registry.catalog)
    subject = known.get(about) or next(iter(known.values()))
    text = written(
        registry.catalog,
        subject,
        chosen,
        spoken,
        desk.now().astimezone(VIETNAM).date(),
        registry.settings.plan_numbers.get(chosen, ""),
    )
    return page(
        desk,
        request,
        "press.html",
        known=list(known.values()),
        subject=subject,
        provinces=served,
        chosen=chosen,
        language=spoken,
        text=text,
    )
