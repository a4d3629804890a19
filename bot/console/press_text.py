"""A warning as a text for the press: title, date line, what happens, the signs, what to do, whom to call.

Nothing is added to what `content/` says: the sentences are those of the bot, spoken to everybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import partial

import msgspec

from actions.agencies import named
from actions.routing import route
from actions.wording import citation, day
from content.catalog import Catalog
from content.press import press
from content.schema import Fact, Hotline, Language, Text
from content.suspicion import shipped

_SIGNS, _AVOID = 4, 3
"""Sentences of the second paragraph, at most."""
_SOURCES = 4


class Warned(msgspec.Struct, frozen=True):
    """What a text can be about, in one shape. `topic` has its agency and hotlines."""

    key: str
    title: Text
    topic: str
    what: tuple[Fact, ...]
    signs: tuple[Fact, ...]
    avoid: tuple[Fact, ...]
    do: tuple[Fact, ...]
    call: tuple[str, ...]
    checked: dt.date
    bank_first: bool = False
    sources: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]

    @property
    def facts(self) -> tuple[Fact, ...]:
        return (*self.what, *self.signs[:_SIGNS], *self.avoid[:_AVOID], *self.do)


class PressText(msgspec.Struct, frozen=True):
    title: str
    body: str
    pending: tuple[str, ...]
    """Sentences of it whose wording an authority has yet to approve."""


def subjects(catalog: Catalog) -> dict[str, Warned]:
    """All that a text can be written of: scams, topics, dangers, by `<kind>:<id>`."""
    return {one.key: one for one in (*_scams(catalog), *_topics(catalog), *_dangers(catalog))}


def _scams(catalog: Catalog) -> Iterable[Warned]:
    for id_, scam in shipped().scams.items():
        topic = catalog.topics[scam.topic]
        yield Warned(
            key=f"scam:{id_}",
            title=scam.title,
            topic=scam.topic,
            what=scam.signs[:1],
            signs=scam.signs[1:],
            avoid=(),
            do=scam.now,
            call=tuple(dict.fromkeys((*topic.urgent.call, *topic.guidance.hotlines))),
            checked=scam.checked,
            bank_first=topic.urgent.bank_first,
            sources=scam.sources,
        )


def _topics(catalog: Catalog) -> Iterable[Warned]:
    for id_, topic in catalog.topics.items():
        if id_ in press().not_topics:
            continue
        yield Warned(
            key=f"topic:{id_}",
            title=topic.title,
            topic=id_,
            what=(),
            signs=(),
            avoid=topic.guidance.avoid,
            do=topic.guidance.do,
            call=tuple(dict.fromkeys((*topic.urgent.call, *topic.guidance.hotlines))),
            checked=topic.checked,
        )


def _dangers(catalog: Catalog) -> Iterable[Warned]:
    for id_, danger in catalog.dangers.items():
        yield Warned(
            key=f"danger:{id_}",
            title=press().dangers[id_].title,
            topic="other",
            what=(),
            signs=(),
            avoid=(press().dangers[id_].beside,),
            do=danger.steps,
            call=danger.call,
            checked=catalog.topics["other"].checked,
        )


def written(
    catalog: Catalog,
    subject: Warned,
    province: str,
    language: Language,
    today: dt.date,
    plan: str = "",
) -> PressText:
    """The text, paragraphs apart by an empty line. `plan`: number and date of the province's plan."""
    say = partial(catalog.say, language)
    content = catalog.provinces[province].province
    place, title = content.name.in_(language), _title(subject, language)
    heading = say("press.title_topic" if subject.kind == "topic" else "press.title", title=title)
    month = f"{today.month:02}" if today.month < 3 else str(today.month)  # Decree 30/2020, appendix I
    dated = say("press.date", province=place, day=f"{today.day:02}", month=month, year=today.year)
    paragraphs = [
        heading,
        dated,
        _what(catalog, subject, language, place),
        _signs(catalog, subject, language),
        say("press.do", sentences=_sentences(subject.do, language)),
        _contacts(catalog, subject, province, language, plan),
        _sources(catalog, subject, language),
        say("press.approval"),
    ]
    pending = tuple(fact.in_(language) for fact in subject.facts if fact.review == "pending")
    return PressText(heading, "\n\n".join(part for part in paragraphs if part), pending)


def _title(subject: Warned, language: Language) -> str:
    return press().of_everybody(subject.title.in_(language), language) or subject.title.in_(language)


def _what(catalog: Catalog, subject: Warned, language: Language, place: str) -> str:
    say, title = partial(catalog.say, language), _title(subject, language)
    if subject.kind == "scam":
        first = _sentences(subject.what, language)
        return say("press.scam", province=place, title=title, first=first).strip()
    if subject.kind == "danger":
        return say("press.danger", province=place, title=title)
    covers = catalog.topics[subject.topic].covers.in_(language)
    return say("press.topic", province=place, covers=covers[0].lower() + covers[1:].rstrip("."))


def _signs(catalog: Catalog, subject: Warned, language: Language) -> str:
    if subject.signs:
        return catalog.say(language, "press.signs", sentences=_sentences(subject.signs[:_SIGNS], language))
    if subject.avoid:
        return catalog.say(language, "press.avoid", sentences=_sentences(subject.avoid[:_AVOID], language))
    return catalog.say(language, "press.one_sign")


def _sentences(facts: Iterable[Fact], language: Language) -> str:
    told = (press().of_everybody(sentence, language) for fact in facts for sentence in [fact.in_(language)])
    return " ".join(sentence for sentence in told if sentence)


def _contacts(catalog: Catalog, subject: Warned, province: str, language: Language, plan: str) -> str:
    say, content = partial(catalog.say, language), catalog.provinces[province].province
    lines = [catalog.hotlines[id_] for id_ in subject.call if catalog.hotlines[id_].show]
    numbers = [say("press.hotline", number=one.number, name=_who_answers(one, language)) for one in lines]
    if subject.bank_first:
        numbers.insert(0, say("press.bank"))
    lead = named(catalog, language, route(catalog, province, subject.topic).lead)
    told = {"province": content.name.in_(language), "agency": lead.name}
    if lead.clauses:
        cited = {"clauses": ", ".join(lead.clauses), "plan": plan or say("press.plan")}
        agency = say("press.agency", **cited, **told)
    else:
        agency = say("press.agency_plain", **told)
    called = say("press.hotlines", numbers="; ".join(numbers)) if numbers else ""
    return "\n".join(line for line in (called, agency) if line)


def _who_answers(line: Hotline, language: Language) -> str:
    return " ".join(line.name.in_(language).replace(line.number, "").split())


def _sources(catalog: Catalog, subject: Warned, language: Language) -> str:
    titles: dict[str, None] = {}
    for fact in subject.facts:
        titles |= dict.fromkeys(citation(catalog, language, cited) for cited in fact.law)
    ids = [*subject.sources, *(id_ for fact in subject.facts if not fact.law for id_ in fact.sources)]
    read = (id_ for id_ in ids if not id_.startswith("agencies."))  # the plans stand with the agency
    titles |= dict.fromkeys(catalog.sources[id_].title.in_(language) for id_ in read)
    if not titles:
        return ""
    named_ = "; ".join(list(titles)[:_SOURCES])
    return catalog.say(language, "press.sources", sources=named_, checked=day(subject.checked))
