"""Who is responsible, as the consumer reads it."""

from __future__ import annotations

from actions.contract import Form, Turn
from actions.ports import AgencyName
from actions.routing import Responsibility, Route, route
from content.catalog import Catalog
from content.schema import Language
from nlu.conditions import conditions


def named(catalog: Catalog, language: Language, who: Responsibility) -> AgencyName:
    """The agency's full name: its unit first, a commune's committee with the commune."""
    agency = catalog.provinces[who.province].agencies[who.agency]
    name = agency.name.in_(language)
    if who.unit is not None:
        name = f"{agency.units[who.unit].in_(language)} ({name})"
    commune = who.commune.name if who.commune else None
    return AgencyName(
        agency=who.agency,
        unit=who.unit,
        name=f"{agency.short} {commune[0].lower()}{commune[1:]}" if commune else name,
        clauses=who.clauses,
        basis=who.basis.value,
        commune=commune,
        law=catalog.acts[who.law.act].name.in_(language) if who.law else None,
    )


def lead_for(turn: Turn, topic: str) -> AgencyName:
    """The lead for the topic in the person's province, as far as this message tells."""
    assert turn.profile.province is not None
    way = route(
        turn.catalog, turn.profile.province, topic, conditions(turn.text, turn.catalog), text=turn.text
    )
    return named(turn.catalog, turn.profile.language, way.lead)


def route_of(turn: Turn, form: Form) -> Route:
    """Where the form will go, as it is filled in now."""
    assert turn.profile.province is not None
    return route(
        turn.catalog,
        turn.profile.province,
        form.topic,
        frozenset(form.conditions),
        commune=form.commune,
        incident_commune=form.incident_commune,
        text=" ".join([form.slots.get("what_happened", ""), form.slots.get("agency_name", "")]),
    )
