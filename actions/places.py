"""Provinces and communes in what a person says."""

from __future__ import annotations

import msgspec

from actions.contract import Profile
from content.catalog import Catalog
from nlu.phrases import contains, is_only
from nlu.steps.fold import fold
from nlu.understanding import Entity


def province_in(text: str, catalog: Catalog) -> str | None:
    """The one province of ours that the text names; None for none or for both."""
    named = [
        id_
        for id_, content in catalog.provinces.items()
        if contains(text, [fold(name) for name in (content.province.name.vi, *content.province.former_names)])
    ]
    return named[0] if len(named) == 1 else None


def province_called(text: str, catalog: Catalog) -> str | None:
    """The province of which the text is no more than a name or a short form."""
    for id_, content in catalog.provinces.items():
        if is_only(text, content.province.nicknames or (fold(content.province.name.vi),)):
            return id_
    return None


def communes_in(entities: tuple[Entity, ...], catalog: Catalog, home: str | None = None) -> list[str]:
    """Commune codes of the first place that the text names; several where its name is ambiguous.

    Where the person lives in `home`, a name that its communes bear or bore means one of those. Otherwise a
    name of today counts before names that only communes of the other province bore.
    """
    for entity in entities:
        if entity.type == "commune" and entity.normal:
            return _likely(entity, catalog, home)
    return []


def _likely(entity: Entity, catalog: Catalog, home: str | None) -> list[str]:
    known = catalog.commune_by_code
    codes = [code for code in entity.normal.split("|") if code in known]
    at_home = [code for code in codes if known[code][0] == home]
    if at_home or home is not None:
        return at_home or codes
    today = {known[code][0] for code in codes if _is_called(known[code][1].name, entity.value)}
    return [code for code in codes if known[code][0] in today] or codes


def _is_called(name: str, said: str) -> bool:
    words = fold(name).split()[1:]
    return fold(said).split()[-len(words) :] == words


def with_commune(profile: Profile, code: str, catalog: Catalog) -> Profile:
    province, _ = catalog.commune_by_code[code]
    return msgspec.structs.replace(profile, commune=code, province=province)


def learned(profile: Profile, text: str, entities: tuple[Entity, ...], catalog: Catalog) -> Profile:
    """The profile with what a sentence lets slip about where the person lives: each is asked at most once.

    A province that is known already is never changed by a passing remark, only by the person's own wish.
    """
    if profile.province is None:
        province = province_in(text, catalog)
        codes = communes_in(entities, catalog)
        homes = {catalog.commune_by_code[code][0] for code in codes if code in catalog.commune_by_code}
        if province is None and len(homes) == 1:
            province = homes.pop()
        if province is not None:
            profile = msgspec.structs.replace(profile, province=province)
    return profile
