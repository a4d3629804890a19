"""What the schemas of `content/suspicion.py` cannot see: sources, lengths, phrases that can ever match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from content.catalog import Catalog
from content.checks import LANGUAGES, NUMBER, fact_faults
from content.schema import Fact
from content.suspicion import OPERATORS_LIST, Official, Scam, Suspicion

LEAST_SCAMS = 15
LINE_LIMIT = 160
STEPS = range(1, 4)
_PHRASE = re.compile(r"[a-z0-9/']+(?: [a-z0-9/'-]+)*")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_WORD = re.compile(r"[a-z0-9]{3,}")


def check(known: Suspicion, catalog: Catalog) -> list[str]:
    """All faults; an empty list means that the check of suspicious messages can be trusted."""
    whole = (_scams, _signs, _lookalikes, _registrations, _facts_beside, _heard)
    return [fault for checked in whole for fault in checked(known, catalog)]


def check_own(own: dict[str, Official]) -> list[str]:
    """Faults of an operator's own list, which needs no source: the operator is one."""
    return [f"{OPERATORS_LIST}: {id_}: {fault}" for id_, one in own.items() for fault in official_faults(one)]


def _scams(known: Suspicion, catalog: Catalog) -> Iterator[str]:
    where = "content/scams.yml"
    if len(known.scams) < LEAST_SCAMS:
        yield f"{where}: {len(known.scams)} scams instead of at least {LEAST_SCAMS}."
    for id_, scam in known.scams.items():
        yield from (f"{where}: {id_}: {fault}" for fault in _scam(scam, catalog))


def _scam(scam: Scam, catalog: Catalog) -> Iterator[str]:
    if scam.topic not in catalog.topics:
        yield f"topic {scam.topic!r} has no file in content/topics/."
    if not scam.signs or len(scam.now) not in STEPS:
        yield f"{len(scam.signs)} signs and {len(scam.now)} steps instead of at least 1 and 1 to 3."
    yield from _facts(catalog, (*scam.signs, *scam.now))
    yield from _sources(catalog, scam.sources)
    if not scam.sources:
        yield "names no source."
    if len(scam.says) not in (2, 3):
        yield f"says: {len(scam.says)} lines instead of 2 or 3."
    for line in (*scam.says, scam.unless):
        yield from _phrases(line)


def _signs(known: Suspicion, catalog: Catalog) -> Iterator[str]:
    for id_, sign in known.signs.items():
        faults = [*_facts(catalog, (sign.words,)), *_phrases((*sign.phrases, *sign.about, *sign.unless))]
        yield from (f"content/signs.yml: {id_}: {fault}" for fault in faults)


def _facts(catalog: Catalog, facts: Iterable[Fact]) -> Iterator[str]:
    shown = {hotline.number for hotline in catalog.hotlines.values() if hotline.show} | {"5656"}
    for fact in facts:
        yield from fact_faults(catalog, fact)
        for language in LANGUAGES:
            text = fact.in_(language)
            if len(text) > LINE_LIMIT:
                yield f"{text!r}: longer than {LINE_LIMIT} characters."
            yield from (
                f"{number} is not the number of a hotline that may be shown."
                for number in NUMBER.findall(text)
                if number not in shown
            )


def _sources(catalog: Catalog, ids: Iterable[str]) -> Iterator[str]:
    yield from (f"source {id_!r} is not in content/sources.yml." for id_ in ids if id_ not in catalog.sources)


def _phrases(phrases: Iterable[str]) -> Iterator[str]:
    yield from (f"{phrase!r} is not folded words." for phrase in phrases if not _PHRASE.fullmatch(phrase))


def _lookalikes(known: Suspicion, catalog: Catalog) -> Iterator[str]:
    where = "content/lookalikes.yml"
    looks = known.lookalikes
    for id_, one in looks.official.items():
        faults = [*official_faults(one), *_sources(catalog, one.sources)]
        yield from (f"{where}: {id_}: {fault}" for fault in faults)
        if one.domains and not one.sources:
            yield f"{where}: {id_}: names an address and no source that confirms it."
    yield from (f"{where}: {host!r} is no host." for host in looks.shorteners if not _HOST.fullmatch(host))


def official_faults(one: Official) -> Iterator[str]:
    """Also for what an operator adds."""
    if not one.words:
        yield "has no words by which it would be known."
    yield from (
        f"{word!r} is not 3 or more of a-z and 0-9." for word in one.words if not _WORD.fullmatch(word)
    )
    yield from (f"{domain!r} is no host." for domain in one.domains if not _HOST.fullmatch(domain))


def _registrations(known: Suspicion, catalog: Catalog) -> Iterator[str]:
    for id_, kind in known.registrations.items():
        faults = list(_facts(catalog, (*kind.told, kind.look_up)))
        yield from (f"content/registrations.yml: {id_}: {fault}" for fault in faults)


def _facts_beside(known: Suspicion, catalog: Catalog) -> Iterator[str]:
    lists = {name: facts for name, facts in msgspec.structs.asdict(known.facts).items() if name != "checked"}
    for name, facts in lists.items():
        faults = list(_facts(catalog, facts))
        yield from (f"content/check_facts.yml: {name}: {fault}" for fault in faults)


def _heard(known: Suspicion, _: Catalog) -> Iterator[str]:
    for name in known.phrases.__struct_fields__:
        faults = list(_phrases(getattr(known.phrases, name)))
        yield from (f"content/check_phrases.yml: {name}: {fault}" for fault in faults)
