"""How agencies, dates, numbers and sources are put into words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from actions.contract import Turn
from actions.ports import AgencyName
from content.catalog import Catalog
from content.listings import entered_line
from content.schema import Bank, Citation, Fact, Hotline, Language

_NAMED = 2
"""Sources, and articles of one act, in a closing line."""


def day(moment: dt.date) -> str:
    """27/3/2026, as it is written in Viet Nam."""
    return f"{moment.day}/{moment.month}/{moment.year}"


def joined(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def numbered(facts: Iterable[Fact], language: Language) -> str:
    return "\n".join(f"{number}. {fact.in_(language)}" for number, fact in enumerate(facts, 1))


def bulleted(facts: Iterable[Fact], language: Language) -> str:
    return "\n".join(f"• {fact.in_(language)}" for fact in facts)


def responsibility(turn: Turn, agency: AgencyName, province: str) -> str:
    """One sentence: who is responsible, and by which clause or law.

    Only a clause that names the matter or its field may be read as "the plan makes it responsible"; a focal
    agency takes the complaint and passes it on.
    """
    if agency.basis == "law":
        return turn.say("guidance.law_basis", agency=agency.name, law=agency.law or "")
    focal = turn.catalog.provinces[province].routing.focal.agency
    if not agency.clauses or (agency.basis == "focal" and agency.agency != focal):
        return turn.say("guidance.responsible", agency=agency.name)
    clauses = joined(agency.clauses)
    if agency.basis == "focal":
        return turn.say("guidance.focal", agency=agency.name, clauses=clauses)
    plan = turn.plan_numbers.get(province)
    if plan:
        return turn.say("guidance.named_plan", agency=agency.name, clauses=clauses, plan=plan)
    return turn.say("guidance.named", agency=agency.name, clauses=clauses)


def hotlines(turn: Turn, ids: Iterable[str]) -> str:
    """The numbers that may be shown, with who answers; empty where none may."""
    lines = [turn.catalog.hotlines[id_] for id_ in ids if turn.catalog.hotlines[id_].show]
    return joined(turn.say("guidance.hotline", number=h.number, name=_who_answers(turn, h)) for h in lines)


def _who_answers(turn: Turn, line: Hotline) -> str:
    """The name without the number, the hours where they are known, and who entered the number here."""
    language = turn.profile.language
    name = " ".join(line.name.in_(language).replace(line.number, "").split())
    if line.hours:
        name = turn.say("listings.hotline_hours", name=name, hours=line.hours)
    return f"{name}; {entered_line(turn.catalog, language, line.entered)}" if line.entered else name


def bank_number(turn: Turn, bank: Bank) -> str:
    """Name and number, and who entered the number here."""
    told = f"{bank.name} {bank.number}"
    return (
        f"{told}, {entered_line(turn.catalog, turn.profile.language, bank.entered)}" if bank.entered else told
    )


def citation(catalog: Catalog, language: Language, cited: Citation) -> str:
    act = catalog.acts[cited.act]
    name = f"{act.name.in_(language)} ({act.number})"
    return catalog.say(language, "guidance.law", act=name, article=cited.article)


def _worth_naming(fact: Fact) -> list[str]:
    """Where a law is cited, the place where we read it is not; the plans are named with the agency."""
    return [] if fact.law else [source for source in fact.sources if not source.startswith("agencies.")]


def sources(turn: Turn, checked: dt.date, facts: Iterable[Fact]) -> str:
    """The closing line: where the facts come from and when they were checked; empty for plain advice. Where a
    law is cited, the place where we read it need not be named too; an act is named once."""
    language = turn.profile.language
    named: dict[str, list[Citation]] = {}
    for fact in facts:
        for cited in fact.law:
            named.setdefault(cited.act, []).append(cited)
        for source in _worth_naming(fact):
            named.setdefault(turn.catalog.sources[source].title.in_(language), [])
    if not named:
        return ""
    told = [_articles(turn.catalog, language, cited) if cited else name for name, cited in named.items()]
    return turn.say("guidance.sources", sources="; ".join(told[:_NAMED]), checked=day(checked))


def _articles(catalog: Catalog, language: Language, cited: list[Citation]) -> str:
    articles = joined(list(dict.fromkeys(one.article for one in cited))[:_NAMED])
    return citation(catalog, language, Citation(cited[0].act, articles))
