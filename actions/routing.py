"""Who is responsible for a complaint: the routing of a province (docs/routing.md) read for one case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from content.catalog import Catalog, ProvinceContent
from content.schema import Basis, Citation, Commune, Responsible
from nlu.conditions import conditions as conditions_of
from nlu.phrases import contains

CONDUCT = "agency_conduct"
"""Complaints about agencies themselves: they reach nobody whom they accuse."""

COMMUNE_MEANT = "commune_meant"
"""The condition that a commune is spoken of: it is meant where a complaint about conduct names no agency."""


class Responsibility(msgspec.Struct, frozen=True, kw_only=True):
    """An agency's part in a case, with the clauses or the law that give it. `commune` only for `ubnd_xa`;
    `province` is where the agency sits, which may be where it happened and not where the consumer lives."""

    agency: str
    unit: str | None
    clauses: tuple[str, ...]
    basis: Basis
    law: Citation | None
    province: str
    commune: Commune | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """The lead is always of the consumer's own province (Decree 146/2025)."""

    province: str
    topic: str
    lead: Responsibility
    coordinating: tuple[Responsibility, ...]


def route(
    catalog: Catalog,
    province: str,
    topic: str,
    conditions: frozenset[str] = frozenset(),
    *,
    commune: str | None = None,
    incident_province: str | None = None,
    incident_commune: str | None = None,
    text: str = "",
) -> Route:
    """Lead and coordinating agencies, none of them twice.

    `conditions` are those of `content/lexicon/conditions.yml` that the story calls for; `text` is read only
    for the agencies that a complaint about conduct accuses. A `commune` of another province of ours is taken
    as the place where it happened. Raises KeyError for a province, topic or commune that we do not know.
    """
    if commune is not None and catalog.commune_by_code[commune][0] != province:
        commune, incident_commune = None, incident_commune or commune
    if incident_commune is not None:
        incident_province = catalog.commune_by_code[incident_commune][0]
    here = _Place(catalog, province, topic, conditions, text if topic == CONDUCT else "")
    lead = here.lead()
    parts = here.coordinating(commune or (incident_commune if incident_province == province else None), lead)
    if incident_province is not None and incident_province != province:
        there = _Place(catalog, incident_province, topic, conditions, here.text)
        parts = [*parts, there.lead(), *there.commune_part(incident_commune, there.lead())]
    return Route(province=province, topic=topic, lead=lead, coordinating=tuple(_once(lead, parts)))


class _Place:
    """One province's reading of a case."""

    def __init__(
        self, catalog: Catalog, province: str, topic: str, conditions: frozenset[str], text: str
    ) -> None:
        self.catalog = catalog
        self.content: ProvinceContent = catalog.provinces[province]
        self.province = province
        self.conditions = conditions
        self.text = text
        self.rule = self.content.routing.topics[topic]
        self.accused = accused(catalog, province, text) if text else frozenset()

    def lead(self) -> Responsibility:
        """The first lead whose condition holds; where it is accused, the next one up that is not."""
        chosen = next(r for r in self.rule.leads if self._holds(r))
        more = [clause for c in sorted(self.conditions) for clause in self.rule.more_clauses.get(c, ())]
        lead = self._part(chosen, more)
        if lead.agency not in self.accused:
            return lead
        committee = msgspec.structs.replace(self._part(self.content.routing.committee), clauses=lead.clauses)
        others = [self._part(r) for r in self.rule.coordinating if self._holds(r)]
        return next((part for part in (committee, *others) if part.agency not in self.accused), committee)

    def coordinating(self, commune: str | None, lead: Responsibility) -> list[Responsibility]:
        rules = (*self.rule.coordinating, *self.content.routing.everywhere)
        parts = [self._part(r) for r in rules if self._holds(r) and r.agency not in self.accused]
        return [*parts, *self.commune_part(commune, lead)]

    def commune_part(self, commune: str | None, lead: Responsibility) -> list[Responsibility]:
        """The People's Committee of the commune, unless the complaint is about it."""
        rule = self.content.routing.commune
        if commune is None or rule.agency in self.accused:
            return []
        rows = tuple(clause for clause in lead.clauses if clause.startswith("PL."))
        shared = rows if self.content.routing.commune_shares_rows else ()
        part = self._part(rule)
        place = self.catalog.commune_by_code[commune][1]
        return [msgspec.structs.replace(part, commune=place, clauses=shared or part.clauses)]

    def _holds(self, rule: Responsible) -> bool:
        return rule.when is None or rule.when in self.conditions

    def _part(self, rule: Responsible, more: Iterable[str] = ()) -> Responsibility:
        return Responsibility(
            agency=rule.agency,
            unit=rule.unit,
            clauses=tuple(dict.fromkeys([*rule.clauses, *more])),
            basis=rule.basis,
            law=rule.law,
            province=self.province,
        )


def accused(catalog: Catalog, province: str, text: str) -> frozenset[str]:
    """The agencies that a complaint about conduct names.

    People rarely name the commune's office: where no agency is named and a commune is spoken of, it is meant.
    """
    content = catalog.provinces[province]
    named = frozenset(
        id_
        for id_, agency in content.agencies.items()
        if agency.accused_words and contains(text, agency.accused_words)
    )
    if not named and COMMUNE_MEANT in conditions_of(text, catalog):
        return frozenset({content.routing.commune.agency})
    return named


def _once(lead: Responsibility, parts: Iterable[Responsibility]) -> Iterator[Responsibility]:
    """Each agency once: what is said of it twice becomes one part with all its clauses."""
    merged: dict[tuple[str, str | None, str], Responsibility] = {}
    for part in parts:
        key = (part.agency, part.unit, part.province)
        if key == (lead.agency, lead.unit, lead.province):
            continue
        if key in merged:
            clauses = tuple(dict.fromkeys([*merged[key].clauses, *part.clauses]))
            part = msgspec.structs.replace(merged[key], clauses=clauses)  # noqa: PLW2901 - the merged part
        merged[key] = part
    return iter(merged.values())
