"""`ntd route`: who is responsible for a topic, by which clause."""

from __future__ import annotations

import json
from typing import Any

import click

from actions.routing import Responsibility, Route
from actions.routing import route as find_route
from content.catalog import Catalog, ContentError, load
from nlu.communes import UnknownCommuneError, commune_code


@click.command(name="route")
@click.option("--province", required=True, help="Province id, such as hung-yen.")
@click.option("--topic", required=True, help="Topic id, such as medicine.")
@click.option("--text", default="", help="What the consumer wrote: calls for further agencies.")
@click.option("--commune", default=None, help="The consumer's commune: code, name, or name before July 2025.")
def route(province: str, topic: str, text: str, commune: str | None) -> None:
    """Print the lead and the coordinating agencies as one line of JSON.

    \b
    Examples:
      ntd route --province thai-nguyen --topic medicine
      ntd route --province thai-nguyen --topic medicine --text "mua phai thuoc gia" --commune 05443
      ntd route --province hung-yen --topic price --commune "Tan Tien, Van Giang"
    """
    catalog = _catalog()
    _known("province", province, catalog.provinces)
    _known("topic", topic, catalog.provinces[province].routing.topics)
    found = find_route(
        catalog,
        province,
        topic,
        _conditions(text, catalog),
        commune=None if commune is None else _code(catalog, commune, province),
        text=text,
    )
    click.echo(json.dumps(as_json(found), ensure_ascii=False))


def as_json(found: Route) -> dict[str, Any]:
    """The object of the contract; `province` stands only on agencies of another province."""
    return {
        "province": found.province,
        "topic": found.topic,
        "lead": _part(found.lead, found.province),
        "coordinating": [_part(part, found.province) for part in found.coordinating],
    }


def _part(part: Responsibility, home: str) -> dict[str, Any]:
    told: dict[str, Any] = {"agency": part.agency, "unit": part.unit, "clauses": list(part.clauses)}
    if part.commune is not None:
        told["commune"] = {"code": part.commune.code, "name": part.commune.name}
    if part.province != home:
        told["province"] = part.province
    return told


def _catalog() -> Catalog:
    try:
        return load()
    except ContentError as error:
        raise click.ClickException(str(error)) from error


def _conditions(text: str, catalog: Catalog) -> frozenset[str]:
    if not text:
        return frozenset()
    from nlu.conditions import conditions

    return conditions(text, catalog)


def _code(catalog: Catalog, commune: str, province: str) -> str:
    try:
        return commune_code(catalog, commune, province)
    except UnknownCommuneError as error:
        asked = "; did you mean " + ", or ".join(error.candidates) + "?" if error.candidates else "."
        raise click.UsageError(f"{commune!r} names no one commune{asked}") from error


def _known(kind: str, value: str, known: dict[str, Any]) -> None:
    if value not in known:
        raise click.UsageError(f"There is no {kind} {value!r}; known are {', '.join(known)}.")
