"""Lists of agencies to choose from: where a case can go, where an officer works."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from actions.agencies import named
from bot.cases.casefile import CaseFile
from bot.cases.coverage import gaps
from bot.cases.filing import Registry
from bot.cases.parties import Target, accused_agencies, focal, place
from bot.storage.database import UnitOfWork


class Option(msgspec.Struct, frozen=True):
    value: str
    name: str
    unstaffed: bool = False
    """No officer, e-mail or webhook: nobody would read it there."""


class Group(msgspec.Struct, frozen=True):
    """`communes`: the group lists the communes of `province`."""

    province: str
    communes: bool
    options: tuple[Option, ...]


async def targets(uow: UnitOfWork, registry: Registry, file: CaseFile) -> list[Group]:
    """Where the case can be passed on to: the province's agencies, its communes, and the focal agency of each
    other province. Never to itself, never to whom it accuses."""
    handoff, complaint = file.held.handoff, file.held.complaint
    own = Target(handoff.province, handoff.agency, handoff.commune or handoff.unit)
    barred = accused_agencies(registry.catalog, handoff.province, complaint.topic, file.details)
    silent = {(gap.province, gap.agency, gap.unit) for gap in await gaps(uow, registry)}

    def option(target: Target) -> Option | None:
        who = place(registry.catalog, target, complaint.topic)
        if who is None or target == own or who.agency in barred:
            return None
        unstaffed = who.commune is None and (who.province, who.agency, who.unit) in silent
        return Option(str(target), named(registry.catalog, "vi", who).name, unstaffed)

    groups = [
        _group(handoff.province, False, map(option, _agencies(registry, handoff.province))),
        _group(handoff.province, True, map(option, _communes(registry, handoff.province))),
    ]
    others = [p for p in registry.settings.provinces if p != handoff.province]
    groups += [_group(p, False, [option(focal(registry.catalog, p))]) for p in others]
    return [group for group in groups if group.options]


def workplaces(registry: Registry) -> list[Group]:
    """Where an officer can work: every agency, unit and commune of the served provinces."""

    def option(target: Target) -> Option | None:
        who = place(registry.catalog, target, "other")
        return Option(str(target), named(registry.catalog, "vi", who).name) if who else None

    return [
        _group(province, communes, map(option, targets_of(registry, province)))
        for province in registry.settings.provinces
        for communes, targets_of in ((False, _agencies), (True, _communes))
    ]


def _group(province: str, communes: bool, options: Iterator[Option | None] | list[Option | None]) -> Group:
    return Group(province, communes, tuple(option for option in options if option is not None))


def _agencies(registry: Registry, province: str) -> Iterator[Target]:
    content = registry.catalog.provinces[province]
    for agency_id, agency in content.agencies.items():
        if agency_id != content.routing.commune.agency:
            yield Target(province, agency_id)
            yield from (Target(province, agency_id, unit) for unit in agency.units)


def _communes(registry: Registry, province: str) -> Iterator[Target]:
    content = registry.catalog.provinces[province]
    for commune in sorted(content.communes, key=lambda commune: commune.name):
        yield Target(province, content.routing.commune.agency, commune.code)
