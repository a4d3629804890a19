"""What an installation knows better than the repository: listings that its officers entered, laid over it.

A listing is named `hotline/<id>`, `bank/<id>`, `<province>/<agency>` or `<province>/<agency>/<part>`, the
part being a unit of the agency or the code of a commune.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from content.catalog import Catalog, ProvinceContent
from content.rewriting import rewritten
from content.schema import Agency, Bank, Entered, Hotline, Language, Listing, Text

Kind = Literal["hotline", "bank", "agency", "commune"]

FIELDS: dict[Kind, tuple[str, ...]] = {
    "hotline": ("name", "name_en", "phone", "hours", "show"),
    "bank": ("phone", "show"),
    "agency": ("name", "name_en", "address", "phone", "email", "url", "hours"),
    "commune": ("address", "phone", "email", "url", "hours"),
}
"""What of each kind can be entered. `phone` is the number of a hotline or a bank."""

_NAMED = ("name", "name_en", "show")
"""The rest stands in a `Listing`."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was entered of one listing; None: as in the repository. "" says that there is none."""

    name: str | None = None
    name_en: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    url: str | None = None
    hours: str | None = None
    show: bool | None = None
    reason: str
    by: str
    on: dt.date

    def told(self) -> dict[str, str | bool]:
        """The fields that were entered."""
        every = msgspec.structs.asdict(self)
        fields = {name for names in FIELDS.values() for name in names}
        return {name: value for name, value in every.items() if name in fields and value is not None}


class Place(msgspec.Struct, frozen=True):
    """The agency, unit or commune that the key of a listing names."""

    province: str
    agency: str
    part: str | None

    @property
    def within(self) -> str:
        """Its key among the listings of its province."""
        return f"{self.agency}/{self.part}" if self.part else self.agency


def kind_of(catalog: Catalog, key: str) -> Kind | None:
    """None where the key names nothing that can be listed."""
    head, _, rest = key.partition("/")
    if head == "hotline":
        return "hotline" if rest in catalog.hotlines else None
    if head == "bank":
        return "bank" if rest in catalog.banks else None
    place = place_of(key)
    content = catalog.provinces.get(place.province) if place else None
    if place is None or content is None or place.agency not in content.agencies:
        return None
    if place.part is None or place.part in content.agencies[place.agency].units:
        return "agency"
    of_commune = content.routing.commune.agency == place.agency
    home, _ = catalog.commune_by_code.get(place.part, ("", None))
    return "commune" if of_commune and home == place.province else None


def place_of(key: str) -> Place | None:
    parts = key.split("/")
    if len(parts) not in (2, 3) or not all(parts):
        return None
    return Place(parts[0], parts[1], parts[2] if len(parts) == 3 else None)


def listing_of(catalog: Catalog, province: str, agency: str, part: str | None) -> Listing | None:
    """Where a unit or commune is found; where nothing is known of a unit, its agency."""
    content = catalog.provinces[province]
    own = content.listings.get(f"{agency}/{part}") if part else None
    if own is not None or agency == content.routing.commune.agency:
        return own
    return content.listings.get(agency)


def values(catalog: Catalog, key: str) -> dict[str, str | bool]:
    """The fields of a listing as `catalog` has them, in the order of `FIELDS`. The key must name one."""
    kind = kind_of(catalog, key)
    assert kind is not None
    head, _, rest = key.partition("/")
    if head == "hotline":
        line = catalog.hotlines[rest]
        known: dict[str, str | bool] = {
            "name": line.name.vi, "name_en": line.name.en, "phone": line.number, "hours": line.hours,
            "show": line.show,
        }  # fmt: skip
    elif head == "bank":
        known = {"phone": catalog.banks[rest].number or "", "show": catalog.banks[rest].show}
    else:
        known = _of_place(catalog, key)
    return {name: known[name] for name in FIELDS[kind]}


def _of_place(catalog: Catalog, key: str) -> dict[str, str | bool]:
    place = place_of(key)
    assert place is not None
    content = catalog.provinces[place.province]
    agency = content.agencies[place.agency]
    name = agency.units.get(place.part, agency.name) if place.part else agency.name
    listing = content.listings.get(place.within)
    found = {
        field: getattr(listing, field) if listing else ""
        for field in ("address", "phone", "email", "url", "hours")
    }
    return {"name": name.vi, "name_en": name.en, **found}


def checked_on(catalog: Catalog, key: str) -> dt.date | None:
    """When somebody last saw that the listing is right; None where there is nothing to be right or wrong."""
    head, _, rest = key.partition("/")
    if head == "hotline":
        return catalog.hotlines[rest].checked
    if head == "bank":
        return catalog.banks[rest].checked
    place = place_of(key)
    assert place is not None
    listing = catalog.provinces[place.province].listings.get(place.within)
    return listing.checked if listing else None


# --- laying entries over the repository -------------------------------------------------------------------


def overlaid(base: Catalog, entries: Mapping[str, Entry]) -> Catalog:
    """`base` with what was entered. A hotline's new number goes into every text too, with who entered it."""
    hotlines, banks, provinces = dict(base.hotlines), dict(base.banks), dict(base.provinces)
    for key, entry in entries.items():
        head, _, rest = key.partition("/")
        if head == "hotline":
            hotlines[rest] = _hotline(hotlines[rest], entry)
        elif head == "bank":
            banks[rest] = _bank(banks[rest], entry)
        elif place := place_of(key):
            provinces[place.province] = _province(provinces[place.province], place, entry)
    made = msgspec.structs.replace(base, hotlines=hotlines, banks=banks, provinces=provinces)
    numbers = _renumbered(base, hotlines)
    return rewritten(made, numbers) if numbers else made


def adopt(live: Catalog, made: Catalog) -> None:
    """Puts the knowledge of `made` into `live`, which everything else holds; a turn under way may see either.
    Both come from the same files, so no key appears or goes."""
    for field in msgspec.structs.fields(Catalog):
        mine, new = getattr(live, field.name), getattr(made, field.name)
        if mine is not new:
            mine.update(new)


def own_copy(catalog: Catalog) -> Catalog:
    """The same knowledge in dictionaries of its own, for `adopt`."""
    names = [field.name for field in msgspec.structs.fields(Catalog)]
    copies = {name: dict(value) for name in names if isinstance(value := getattr(catalog, name), dict)}
    return msgspec.structs.replace(catalog, **copies)


def entered_line(catalog: Catalog, language: Language, entered: Entered) -> str:
    """The source line that every number so entered carries."""
    day = f"{entered.on.day}/{entered.on.month}/{entered.on.year}"
    return catalog.say(language, "listings.entered", by=entered.by, day=day)


def _entered(entry: Entry) -> Entered | None:
    """None where somebody only saw that the repository is right still."""
    return Entered(by=re.sub(r"[{}]", "", entry.by), on=entry.on) if entry.told() else None


def _hotline(line: Hotline, entry: Entry) -> Hotline:
    number = line.number if entry.phone is None else entry.phone
    vi, en = (
        told if told is not None else name.replace(line.number, number)
        for told, name in ((entry.name, line.name.vi), (entry.name_en, line.name.en))
    )
    told = entry.told()
    changed = {field: told[field] for field in ("hours", "show") if field in told}
    return msgspec.structs.replace(
        line, number=number, name=Text(vi=vi, en=en), checked=entry.on, entered=_entered(entry), **changed
    )


def _bank(bank: Bank, entry: Entry) -> Bank:
    number = bank.number if entry.phone is None else entry.phone or None
    show = bank.show if entry.show is None else entry.show
    return msgspec.structs.replace(bank, number=number, show=show, checked=entry.on, entered=_entered(entry))


def _province(content: ProvinceContent, place: Place, entry: Entry) -> ProvinceContent:
    known = content.listings.get(place.within)
    told = {name: value for name, value in entry.told().items() if name not in _NAMED}
    known = known or Listing(checked=entry.on)
    listing = msgspec.structs.replace(known, checked=entry.on, entered=_entered(entry), **told)
    agencies = content.agencies
    if entry.name is not None or entry.name_en is not None:
        agencies = agencies | {place.agency: _named(agencies[place.agency], place.part, entry)}
    listings = content.listings | {place.within: listing}
    return msgspec.structs.replace(content, agencies=agencies, listings=listings)


def _named(agency: Agency, part: str | None, entry: Entry) -> Agency:
    old = agency.units[part] if part else agency.name
    name = Text(
        vi=old.vi if entry.name is None else entry.name,
        en=old.en if entry.name_en is None else entry.name_en,
    )
    if part:
        return msgspec.structs.replace(agency, units=agency.units | {part: name})
    return msgspec.structs.replace(agency, name=name)


def _renumbered(base: Catalog, hotlines: dict[str, Hotline]) -> dict[str, tuple[str, dict[Language, str]]]:
    """Number as the texts have it -> the number entered, and its source line in each language."""
    found: dict[str, tuple[str, dict[Language, str]]] = {}
    for id_, line in hotlines.items():
        old = base.hotlines[id_].number
        if line.number != old and line.entered:
            said: dict[Language, str] = {
                "vi": entered_line(base, "vi", line.entered),
                "en": entered_line(base, "en", line.entered),
            }
            found[old] = (line.number, said)
    return found
