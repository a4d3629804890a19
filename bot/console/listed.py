"""Listings as the console shows them: what is in force, where it comes from, and whether it is old."""

from __future__ import annotations

import datetime as dt

import msgspec

from bot.console.desk import Desk
from content import listings, rewriting
from content.freshness import is_stale
from content.listings import Entry, Kind


class Row(msgspec.Struct, frozen=True):
    """`origin`: console, file, or "" for the repository."""

    key: str
    kind: Kind
    name: str
    values: dict[str, str | bool]
    origin: str
    entry: Entry | None
    checked: dt.date | None
    stale: bool

    @property
    def empty(self) -> bool:
        """Nobody has confirmed anything: consumers are told so."""
        return not any(self.values.get(name) for name in ("address", "phone", "email", "url"))


class Group(msgspec.Struct, frozen=True):
    """`title`: a province's name, or "" for lines that all provinces share."""

    kind: str
    title: str
    rows: tuple[Row, ...]


def groups(desk: Desk) -> list[Group]:
    """Each served province: its agencies with their units, and those communes of which something was entered;
    then hotlines and banks."""
    catalog, served = desk.registry.catalog, desk.registry.settings.provinces
    found = []
    for province in served:
        content = catalog.provinces[province]
        committee = content.routing.commune.agency
        keys = [
            f"{province}/{part}"
            for agency, told in content.agencies.items()
            if agency != committee
            for part in (agency, *(f"{agency}/{unit}" for unit in told.units))
        ]
        keys += sorted(f"{province}/{part}" for part in content.listings if part.startswith(f"{committee}/"))
        found.append(_group(desk, "agency", content.province.name.vi, keys))
    return [
        *found,
        _group(desk, "hotline", "", [f"hotline/{id_}" for id_ in catalog.hotlines]),
        _group(desk, "bank", "", [f"bank/{id_}" for id_ in catalog.banks]),
    ]


def _group(desk: Desk, kind: str, title: str, keys: list[str]) -> Group:
    return Group(kind, title, tuple(row(desk, key) for key in keys))


def row(desk: Desk, key: str) -> Row:
    catalog = desk.registry.catalog
    kind = listings.kind_of(catalog, key)
    assert kind is not None
    in_force = desk.live_listings.in_force.get(key)
    checked = listings.checked_on(catalog, key)
    return Row(
        key=key,
        kind=kind,
        name=name_of(desk, key),
        values=listings.values(catalog, key),
        origin=in_force.origin if in_force else "",
        entry=in_force.entry if in_force else None,
        checked=checked,
        stale=checked is not None and is_stale(checked, desk.live_listings.today),
    )


def name_of(desk: Desk, key: str) -> str:
    """As officers read it; the key itself of what is no longer there."""
    catalog = desk.registry.catalog
    kind, rest = listings.kind_of(catalog, key), key.partition("/")[2]
    if kind is None:
        return key
    if kind == "bank":
        return catalog.banks[rest].name
    if kind != "commune":
        return str(listings.values(catalog, key)["name"])
    place = listings.place_of(key)
    assert place is not None
    committee = catalog.provinces[place.province].agencies[place.agency].short
    name = catalog.commune_by_code[place.part or ""][1].name
    return f"{committee} {name[0].lower()}{name[1:]}"


def communes(desk: Desk) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each served province with (key, name) of its communes' committees."""
    catalog = desk.registry.catalog
    return [
        (
            catalog.provinces[province].province.name.vi,
            [
                (f"{province}/{catalog.provinces[province].routing.commune.agency}/{one.code}", one.name)
                for one in sorted(catalog.provinces[province].communes, key=lambda one: one.name)
            ],
        )
        for province in desk.registry.settings.provinces
    ]


def mentions(desk: Desk, key: str) -> int:
    """Of a hotline: how many of the product's texts name its number, and change with it."""
    if not key.startswith("hotline/"):
        return 0
    base = desk.live_listings.base
    return rewriting.named_in(base, base.hotlines[key.partition("/")[2]].number)
