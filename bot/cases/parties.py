"""The agencies of a case: their names, and where an officer can pass a case on to."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from sqlalchemy import Row

from actions.agencies import named
from actions.routing import CONDUCT, Responsibility, accused
from bot.cases.records import Details
from content.catalog import Catalog
from content.schema import Basis, Citation, Language, Responsible

_TARGET = re.compile(r"[a-z_]+(?:/\w+)?")


def responsibility(catalog: Catalog, row: Row[Any]) -> Responsibility:
    """A row of `handoffs` in the words of the routing."""
    basis = Basis(row.basis)
    return Responsibility(
        agency=row.agency,
        unit=row.unit,
        clauses=tuple(row.clauses),
        basis=basis,
        law=_law(catalog, row.province, row.agency) if basis is Basis.LAW else None,
        province=row.province,
        commune=catalog.commune_by_code[row.commune][1] if row.commune else None,
    )


def _law(catalog: Catalog, province: str, agency: str) -> Citation | None:
    """The law by which an agency takes part stands in the routing, not in the row."""
    return next((rule.law for rule in _rules(catalog, province) if rule.agency == agency and rule.law), None)


def _rules(catalog: Catalog, province: str) -> list[Responsible]:
    topics = catalog.provinces[province].routing.topics.values()
    return [rule for topic in topics for rule in (*topic.leads, *topic.coordinating)]


def name_of(catalog: Catalog, row: Row[Any], language: Language = "vi") -> str:
    return named(catalog, language, responsibility(catalog, row)).name


class Target(msgspec.Struct, frozen=True):
    """Where a case can go: `province/agency`, with a unit or a commune's code after another slash."""

    province: str
    agency: str
    part: str | None = None

    @classmethod
    def parse(cls, text: str) -> Target | None:
        parts = text.split("/")
        if len(parts) not in (2, 3) or not all(parts):
            return None
        return cls(*parts)

    def __str__(self) -> str:
        return "/".join(filter(None, (self.province, self.agency, self.part)))


def focal(catalog: Catalog, province: str) -> Target:
    rule = catalog.provinces[province].routing.focal
    return Target(province, rule.agency, rule.unit)


def place(catalog: Catalog, target: Target, topic: str) -> Responsibility | None:
    """The agency at `target` with the clauses that speak for it; None where there is no such agency.

    The topic's own rule first. Otherwise all clauses by which the plan gives the agency a field: that the
    case lies in it is the officer's judgement, not the plan's word, so the basis is never `named`.
    """
    content = catalog.provinces.get(target.province)
    agency = content.agencies.get(target.agency) if content else None
    if content is None or agency is None:
        return None
    commune = None
    if target.agency == content.routing.commune.agency:
        known = catalog.commune_by_code.get(target.part or "")
        if known is None or known[0] != target.province:
            return None
        commune = known[1]
    unit = None if commune else target.part
    if unit is not None and unit not in agency.units:
        return None
    clauses, basis = _standing(catalog, target, topic)
    return Responsibility(
        agency=target.agency,
        unit=unit,
        clauses=clauses,
        basis=basis,
        law=None,
        province=target.province,
        commune=commune,
    )


def _standing(catalog: Catalog, target: Target, topic: str) -> tuple[tuple[str, ...], Basis]:
    routing = catalog.provinces[target.province].routing
    rule = routing.topics[topic]
    for entry in (*rule.leads, *rule.coordinating):
        if entry.agency == target.agency and entry.unit == target.part and entry.clauses:
            return entry.clauses, entry.basis
    for entry in (routing.focal, routing.commune, routing.committee):
        if entry.agency == target.agency:
            return entry.clauses, entry.basis
    clauses = [
        c
        for entry in _rules(catalog, target.province)
        if entry.agency == target.agency
        for c in entry.clauses
    ]
    return tuple(dict.fromkeys(clauses)), Basis.FIELD


def accused_agencies(catalog: Catalog, province: str, topic: str, details: Details) -> frozenset[str]:
    """Agencies that the case is about: it must never be passed to them."""
    if topic != CONDUCT:
        return frozenset()
    text = " ".join([details.slots.get("what_happened", ""), details.slots.get("agency_name", "")])
    return accused(catalog, province, text)


def in_text(catalog: Catalog, province: str, text: str) -> Target | None:
    """The target that a text begins with: an agency's id, as a script writes it (`cong_an_tinh: vì ...`)."""
    agency, _, part = (_TARGET.match(text) or [""])[0].partition("/")
    return Target(province, agency, part or None) if agency in catalog.provinces[province].agencies else None
