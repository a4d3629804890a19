"""Which agencies of the routing nobody would hear from: no active officer, no e-mail address, no webhook."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import select

from bot.cases.filing import Registry
from bot.storage.database import UnitOfWork
from bot.storage.tables import officers
from content.catalog import ProvinceContent


class Gap(msgspec.Struct, frozen=True):
    """An agency that no case would reach. `communes`: how many of the province's communes have nobody, for
    `ubnd_xa` only."""

    province: str
    agency: str
    unit: str | None = None
    communes: int = 0


async def gaps(uow: UnitOfWork, registry: Registry) -> list[Gap]:
    """In the order of the routing. Cases for these agencies go to the focal agency too."""
    staff = await _staff(uow)
    found: list[Gap] = []
    for province in registry.settings.provinces:
        content = registry.catalog.provinces[province]
        commune_agency = content.routing.commune.agency
        for agency, unit in dict.fromkeys(_named(content)):
            if registry.directory.reaches(province, agency):
                continue
            if agency == commune_agency:
                empty = sum((province, agency, None, c.code) not in staff for c in content.communes)
                found += [Gap(province, agency, communes=empty)] if empty else []
            elif not {(province, agency, unit, None), (province, agency, None, None)} & staff:
                found.append(Gap(province, agency, unit))
    return found


def _named(content: ProvinceContent) -> Iterator[tuple[str, str | None]]:
    routing = content.routing
    topics = [rule for topic in routing.topics.values() for rule in (*topic.leads, *topic.coordinating)]
    for rule in (routing.focal, *topics, *routing.everywhere, routing.committee, routing.commune):
        yield rule.agency, rule.unit


async def _staff(uow: UnitOfWork) -> set[tuple[str, str, str | None, str | None]]:
    columns = (officers.c.province, officers.c.agency, officers.c.unit, officers.c.commune)
    active = (officers.c.active.is_(True), officers.c.agency.is_not(None))
    rows = (await uow.execute(select(*columns).where(*active).distinct())).all()
    return {(row.province, row.agency, row.unit, row.commune) for row in rows}
