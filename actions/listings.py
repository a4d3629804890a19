"""Where an agency is found, as far as anybody has confirmed it: one line, with its source."""

from __future__ import annotations

from actions.agencies import named
from actions.contract import Turn
from actions.ports import AgencyName
from actions.routing import Responsibility
from actions.wording import day
from content.freshness import is_stale
from content.listings import entered_line, listing_of
from content.schema import Basis, Listing

_FIELDS = ("phone", "address", "email", "url", "hours")


def contact(turn: Turn, agency: AgencyName, province: str) -> str:
    """Empty where nothing is known, or where nobody has looked at it for half a year."""
    listing = listing_of(turn.catalog, province, agency.agency, agency.unit or _code(turn, agency, province))
    if listing is None or is_stale(listing.checked, turn.today):
        return ""
    told = [
        turn.say(f"listings.{field}", value=value) for field in _FIELDS if (value := getattr(listing, field))
    ]
    if not told:
        return ""
    where = turn.say("listings.contact", agency=agency.name, where=", ".join(told))
    return f"{where} {_source(turn, listing)}"


def home_committee(turn: Turn) -> str:
    """The People's Committee of the commune where the person lives, where both are known."""
    code = turn.profile.commune
    known = turn.catalog.commune_by_code.get(code or "")
    if known is None:
        return ""
    province, commune = known
    committee = turn.catalog.provinces[province].routing.commune.agency
    who = Responsibility(
        agency=committee,
        unit=None,
        clauses=(),
        basis=Basis.FIELD,
        law=None,
        province=province,
        commune=commune,
    )
    return contact(turn, named(turn.catalog, turn.profile.language, who), province)


def _code(turn: Turn, agency: AgencyName, province: str) -> str | None:
    communes = turn.catalog.provinces[province].communes
    return next((one.code for one in communes if one.name == agency.commune), None)


def _source(turn: Turn, listing: Listing) -> str:
    language = turn.profile.language
    if listing.entered:
        return turn.say("listings.source", source=entered_line(turn.catalog, language, listing.entered))
    named = "; ".join(turn.catalog.sources[id_].title.in_(language) for id_ in listing.sources)
    return turn.say("listings.source_checked", sources=named, checked=day(listing.checked))
