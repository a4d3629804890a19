"""Both provinces' plans, clause by clause: what of the product serves each, and its figures."""

from __future__ import annotations

import msgspec
from litestar import Response, get
from litestar.params import FromQuery

from bot.cases import plan_figures
from bot.cases.plan_figures import ByTopic, Reached
from bot.console.answers import page
from bot.console.desk import AnyRequest, Desk, TheDesk
from bot.console.gate import officer_of
from bot.console.press_text import subjects
from content import plans
from content.catalog import ProvinceContent
from content.education import education
from content.schema import Clause, ServedBy


class Part(msgspec.Struct, frozen=True):
    """One part of the product that serves a clause. `count`: of what it has or did; None: not counted."""

    name: ServedBy
    count: int | None


class Line(msgspec.Struct, frozen=True):
    """A clause or appendix row. `topics`: those that a rule sends to somebody by this clause."""

    number: str
    clause: Clause
    lead: tuple[str, ...]
    coordinating: tuple[str, ...]
    topics: tuple[str, ...]
    parts: tuple[Part, ...]
    complaints: tuple[ByTopic, ...]

    @property
    def appendix(self) -> bool:
        return self.number.startswith("PL.")


@get("/plan")
async def show_plan(
    request: AnyRequest, desk: TheDesk, *, province: FromQuery[str] = "", part: FromQuery[str] = ""
) -> Response[str]:
    """The officer's own province first; with `part` only the clauses that this part of the product serves."""
    served = desk.registry.settings.provinces
    own = officer_of(request).province or served[0]
    chosen = province if province in served else own
    async with desk.database.begin() as uow:
        filed = await plan_figures.by_clause(uow, chosen, desk.now())
        reached = await plan_figures.reached(uow, chosen)
    every = _lines(desk, desk.registry.catalog.provinces[chosen], filed, reached)
    wanted = next((one for one in ServedBy if one == part), None)
    return page(
        desk,
        request,
        "plan.html",
        provinces=served,
        chosen=chosen,
        part=wanted,
        parts=list(ServedBy),
        lines=[line for line in every if wanted is None or wanted in line.clause.served_by],
        counts={one: sum(one in line.clause.served_by for line in every) for one in ServedBy},
        every=len(every),
        reached=reached,
    )


def _lines(
    desk: Desk, content: ProvinceContent, filed: dict[str, list[ByTopic]], reached: Reached
) -> list[Line]:
    cited = plans.topics_by_clause(content.routing)
    found = []
    for number, clause in content.plan.items():
        topics = cited.get(number, ())
        complaints = tuple(filed.get(number, ()))
        parts = tuple(
            Part(part, _count(desk, part, topics, complaints, reached)) for part in clause.served_by
        )
        lead, others = (tuple(map(content.party, named)) for named in (clause.lead, clause.coordinating))
        found.append(Line(number, clause, lead, others, topics, parts, complaints))
    return found


def _count(
    desk: Desk, part: ServedBy, topics: tuple[str, ...], complaints: tuple[ByTopic, ...], reached: Reached
) -> int | None:
    """How much there is of a part for the clause, or that was done by it."""
    catalog = desk.registry.catalog
    match part:
        case ServedBy.INTAKE | ServedBy.HANDOFF:
            return sum(one.filed for one in complaints)
        case ServedBy.ROUTING:
            return len(topics)
        case ServedBy.GUIDANCE:
            return len(topics) or len(catalog.topics)
        case ServedBy.FAQ:
            return sum(not topics or entry.topic in topics for entry in catalog.faq.values())
        case ServedBy.CAMPAIGN:
            return reached.sent
        case ServedBy.QUIZ:
            return sum(map(len, education().quiz.values()))
        case ServedBy.WARNING | ServedBy.LEAFLET:
            return len(subjects(catalog))
        case _:
            return None
