"""What a schema cannot see: that the files under `content/` fit each other. A fault names file and field."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations
from string import Formatter

from content import plans
from content.catalog import ROOT, Catalog, ProvinceContent
from content.listings import kind_of
from content.schema import Citation, Fact, Faq, Language, Responsible, Topic, TopicRule, Urgent

CONTRACT_TOPICS = frozenset(
    {
        *("food_produce", "food_prepared", "functional_food", "medicine", "cosmetics", "medical_device"),
        *("health_ads", "health_service", "bank_fraud", "bank_service", "counterfeit_goods"),
        *("online_shopping", "warranty_return", "contract_terms", "misleading_ads", "price"),
        *("measurement_quality", "traceability", "personal_data", "tourism", "environment_packaging"),
        *("consumer_rights", "consumer_education", "mediation", "agency_conduct", "other"),
    }
)
"""Those that may not vanish."""

TOPICS = CONTRACT_TOPICS | {path.stem for path in (ROOT / "topics").glob("*.yml")}
"""Every topic: every province must say who is responsible for each. A new one is a new file."""

COMMUNE_COUNTS = {"hung-yen": 104, "thai-nguyen": 92}
"""As the statistics office counts them since 1 July 2025."""

LANGUAGES: tuple[Language, ...] = ("vi", "en")
STEP_LIMIT = 200
FIRST_SCREEN_LIMIT = 600
NEEDED_SLOTS = ("what_happened", "commune")
ANSWER_LIMIT = 600
FORMS_ASKED = range(3, 25)
SAME_QUESTION = 0.8
"""Two forms of one question that share this part of their words teach the search nothing new."""


def check(catalog: Catalog) -> list[str]:
    """All faults; an empty list means that content is in order."""
    whole = (_topics, _dangers, _asides, _faq, _contacts, _lexicon, _messages, _codes)
    faults = [fault for checked in whole for fault in checked(catalog)]
    for id_, province in catalog.provinces.items():
        faults += [f"content/provinces/{id_}/{fault}" for fault in _province(catalog, id_, province)]
    return faults


# --- topics -------------------------------------------------------------------------------------------------


def _topics(catalog: Catalog) -> Iterator[str]:
    for missing in sorted(TOPICS - set(catalog.topics)):
        yield f"content/topics/{missing}.yml: this topic of the contract has no file."
    for stem, topic in catalog.topics.items():
        where = f"content/topics/{stem}.yml"
        if topic.id != stem or stem not in TOPICS:
            yield f"{where}: id {topic.id!r} is not the file's name; write `id: {stem}`."
        for checked in (_facts, _urgent, _guidance, _form):
            yield from (f"{where}: {fault}" for fault in checked(catalog, topic))


def _facts(catalog: Catalog, topic: Topic) -> Iterator[str]:
    parts = {
        "urgent.steps": topic.urgent.steps,
        "guidance.do": topic.guidance.do,
        "guidance.keep": topic.guidance.keep,
        "guidance.rights": topic.guidance.rights,
        "guidance.avoid": topic.guidance.avoid,
    }
    for part, facts in parts.items():
        for number, fact in enumerate(facts, 1):
            for fault in fact_faults(catalog, fact):
                yield f"{part}[{number}]: {fault}"


def fact_faults(catalog: Catalog, fact: Fact) -> Iterator[str]:
    """Missing languages, no origin, sources and articles that are not listed."""
    if not (fact.vi.strip() and fact.en.strip()):
        yield "the sentence is missing in one language."
    if not (fact.sources or fact.law or fact.advice or fact.service):
        yield "names no source and no law and is not marked as advice."
    yield from _sources(catalog, fact.sources)
    for cited in fact.law:
        yield from _citation(catalog, cited)


def _sources(catalog: Catalog, ids: tuple[str, ...]) -> Iterator[str]:
    yield from (f"source {id_!r} is not in content/sources.yml." for id_ in ids if id_ not in catalog.sources)


def _citation(catalog: Catalog, cited: Citation) -> Iterator[str]:
    act = catalog.acts.get(cited.act)
    if act is None:
        yield f"act {cited.act!r} is not in content/legal/."
    elif cited.article not in act.articles:
        yield f"article {cited.article!r} of {cited.act} is not in content/legal/."


def _urgent(catalog: Catalog, topic: Topic) -> Iterator[str]:
    yield from (f"urgent.{fault}" for fault in _three_steps(catalog, topic.urgent))


def _three_steps(catalog: Catalog, urgent: Urgent) -> Iterator[str]:
    if len(urgent.steps) != 3:
        yield f"steps: {len(urgent.steps)} steps instead of 3."
    for number, step in enumerate(urgent.steps, 1):
        for language in LANGUAGES:
            if len(step.in_(language)) > STEP_LIMIT:
                yield f"steps[{number}].{language}: longer than {STEP_LIMIT} characters."
    for id_ in urgent.call:
        if id_ not in catalog.hotlines or not catalog.hotlines[id_].show:
            yield f"call: {id_!r} is no hotline that may be shown."


def _dangers(catalog: Catalog) -> Iterator[str]:
    for name, urgent in catalog.dangers.items():
        faults = [fault for step in urgent.steps for fault in fact_faults(catalog, step)]
        faults += _three_steps(catalog, urgent)
        yield from (f"content/dangers.yml: {name}: {fault}" for fault in faults)
    where = "content/lexicon/urgent.yml: dangers"
    for name, rules in catalog.urgent.dangers.items():
        if name not in catalog.dangers:
            yield f"{where}: {name!r} is not in content/dangers.yml."
        unknown = [rule for rule in rules if rule not in catalog.urgent.always]
        yield from (f"{where}.{name}: {rule!r} is no rule of `always`." for rule in unknown)


def _guidance(catalog: Catalog, topic: Topic) -> Iterator[str]:
    for language in LANGUAGES:
        screen = "\n".join(f"{n}. {fact.in_(language)}" for n, fact in enumerate(topic.guidance.do, 1))
        if not 0 < len(screen) <= FIRST_SCREEN_LIMIT:
            yield f"guidance.do.{language}: {len(screen)} characters instead of 1 to {FIRST_SCREEN_LIMIT}."
    for id_ in topic.guidance.hotlines:
        if id_ not in catalog.hotlines:
            yield f"guidance.hotlines: {id_!r} is not in content/hotlines.yml."


def _form(catalog: Catalog, topic: Topic) -> Iterator[str]:
    slots = [step.slot for step in topic.form]
    known = catalog.slots
    yield from (f"form: slot {slot!r} is not in content/slots.yml." for slot in slots if slot not in known)
    yield from (f"form: slot {slot!r} stands twice." for slot in _twice(slots))
    yield from (f"form: slot {slot!r} is missing." for slot in NEEDED_SLOTS if slot not in slots)


def _asides(catalog: Catalog) -> Iterator[str]:
    for id_, question in catalog.asides.items():
        faults = [fault for fact in question.answer for fault in fact_faults(catalog, fact)]
        faults += [f"{phrase!r} is not folded." for phrase in question.asked if not phrase.isascii()]
        yield from (f"content/asides: {id_}: {fault}" for fault in faults)


# --- questions and answers ----------------------------------------------------------------------------------

NUMBER = re.compile(r"(?<![\d/.])(?:1[89]00(?:[ .]?\d+)+|0\d{9}|11[1-5]|156|5656)(?![\d/])")
"""Whatever an answer could make somebody dial."""


def _faq(catalog: Catalog) -> Iterator[str]:
    for id_, entry in catalog.faq.items():
        for checked in (_origin, _forms, _answer, _numbers):
            yield from (f"content/faq: {id_}: {fault}" for fault in checked(catalog, entry))
    asked = [(folded(form), id_) for id_, e in catalog.faq.items() for form in (*e.asked.vi, *e.asked.en)]
    for form in _twice(form for form, _ in asked):
        ids = [id_ for other, id_ in asked if other == form]
        yield f"content/faq: {ids[-1]}: {form!r} is asked in {ids[0]} too."


def folded(text: str) -> str:
    """Lower case, no diacritics, words alone: as two spellings of one question are the same."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return " ".join(re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c))))


def _origin(catalog: Catalog, entry: Faq) -> Iterator[str]:
    if entry.topic is not None and entry.topic not in TOPICS:
        yield f"{entry.topic!r} is no topic of the contract."
    if not (entry.sources or entry.law or entry.service):
        yield "names no source and no law and does not speak of this service."
    yield from _sources(catalog, entry.sources)
    for cited in entry.law:
        yield from _citation(catalog, cited)


def _forms(_: Catalog, entry: Faq) -> Iterator[str]:
    vi, en = entry.asked.vi, entry.asked.en
    if len(vi) not in FORMS_ASKED:
        yield f"asked.vi: {len(vi)} forms instead of {FORMS_ASKED[0]} to {FORMS_ASKED[-1]}."
    if bool(en) != bool(entry.answer.en):
        yield "asked.en and answer.en: one stands without the other."
    for one, other in (*combinations(vi, 2), *combinations(en, 2)):
        words, others = set(folded(one).split()), set(folded(other).split())
        if len(words & others) >= SAME_QUESTION * len(words | others):
            yield f"{one!r} and {other!r} are nearly the same question."


def _answer(_: Catalog, entry: Faq) -> Iterator[str]:
    for language, text in (("vi", entry.answer.vi), ("en", entry.answer.en)):
        if text is not None and not 0 < len(text.strip()) <= ANSWER_LIMIT:
            yield f"answer.{language}: {len(text)} characters instead of 1 to {ANSWER_LIMIT}."


def _numbers(catalog: Catalog, entry: Faq) -> Iterator[str]:
    """An answer names the number of a hotline that is listed beside it and may be shown, and no other."""
    allowed: set[str] = set()
    for id_ in entry.hotlines:
        hotline = catalog.hotlines.get(id_)
        if hotline is None or not hotline.show:
            yield f"hotlines: {id_!r} is no hotline that may be shown."
        else:
            allowed |= {hotline.number, *NUMBER.findall(hotline.use.vi)}
            if hotline.number not in entry.answer.vi:
                yield f"hotlines: the answer does not name {hotline.number}."
    for text in (entry.answer.vi, entry.answer.en or ""):
        for number in sorted(set(NUMBER.findall(text)) - allowed):
            yield f"answer: {number} is not the number of a hotline listed here."


# --- provinces ----------------------------------------------------------------------------------------------


def _province(catalog: Catalog, id_: str, province: ProvinceContent) -> Iterator[str]:
    if province.province.id != id_:
        yield f"province.yml: id {province.province.id!r} is not the folder's name."
    expected = COMMUNE_COUNTS.get(id_, len(province.communes))
    if len(province.communes) != expected:
        yield f"communes.yml: {len(province.communes)} communes instead of {expected}."
    routing = province.routing
    for missing in sorted(TOPICS - set(routing.topics)):
        yield f"routing.yml: topic {missing} has no rule."
    for extra in sorted(set(routing.topics) - TOPICS):
        yield f"routing.yml: {extra} is no topic: content/topics/{extra}.yml is missing."
    for part in (routing.focal, routing.commune, routing.committee):
        yield from (f"routing.yml: {part.agency}: {fault}" for fault in _part(catalog, province, part))
    for part in routing.everywhere:
        yield from (f"routing.yml: everywhere: {fault}" for fault in _part(catalog, province, part))
        if part.when is None:
            yield f"routing.yml: everywhere: {part.agency} has no condition."
    for topic, rule in routing.topics.items():
        yield from (f"routing.yml: topic {topic}: {fault}" for fault in _rule(catalog, province, rule))
    yield from (f"plan.yml: {fault}" for fault in plans.faults(province))
    yield from _left_from_a_copy(catalog, id_, province)


def _left_from_a_copy(catalog: Catalog, id_: str, province: ProvinceContent) -> Iterator[str]:
    """A new province is begun as a copy: names of the one that was copied must not reach its people."""
    others = [other.province.name.vi for key, other in catalog.provinces.items() if key != id_]
    said = {"province.yml: plan_title": province.province.plan_title}
    said |= {f"agencies.yml: {key}": agency.name.vi for key, agency in province.agencies.items()}
    for where, text in said.items():
        yield from (
            f"{where}: {text!r} names {other}, another province." for other in others if other in text
        )


def _rule(catalog: Catalog, province: ProvinceContent, rule: TopicRule) -> Iterator[str]:
    if not rule.leads or rule.leads[-1].when is not None:
        yield "has no lead that needs no condition."
    if any(lead.when is None for lead in rule.leads[:-1]):
        yield "has leads after one that needs no condition."
    for part in (*rule.leads, *rule.coordinating):
        yield from _part(catalog, province, part)
        if not (part.clauses or part.law):
            yield f"{part.agency} has neither a clause nor a law."
    for when, clauses in rule.more_clauses.items():
        if when not in catalog.conditions:
            yield f"condition {when!r} is not in content/lexicon/conditions.yml."
        yield from _clauses(province, clauses)


def _part(catalog: Catalog, province: ProvinceContent, part: Responsible) -> Iterator[str]:
    agency = province.agencies.get(part.agency)
    if agency is None:
        yield f"agency {part.agency!r} is not in agencies.yml."
    elif part.unit is not None and part.unit not in agency.units:
        yield f"unit {part.unit!r} is not in agencies.yml."
    if part.when is not None and part.when not in catalog.conditions:
        yield f"condition {part.when!r} is not in content/lexicon/conditions.yml."
    yield from _clauses(province, part.clauses)
    if part.law is not None:
        yield from _citation(catalog, part.law)


def _clauses(province: ProvinceContent, clauses: Iterable[str]) -> Iterator[str]:
    yield from (f"clause {clause} is not in plan.yml." for clause in clauses if clause not in province.plan)


# --- the rest -----------------------------------------------------------------------------------------------


def _contacts(catalog: Catalog) -> Iterator[str]:
    """Nobody is given a number that only one source knows."""
    for id_, hotline in catalog.hotlines.items():
        yield from _sourced(catalog, f"content/hotlines.yml: {id_}", hotline.sources, hotline.show)
    for id_, bank in catalog.banks.items():
        yield from _sourced(catalog, f"content/banks.yml: {id_}", bank.sources, bank.show)
        if bank.show and bank.number is None:
            yield f"content/banks.yml: {id_}: is shown without a number."
    for id_, province in catalog.provinces.items():
        for key, listing in province.listings.items():
            where = f"content/provinces/{id_}/contacts.yml: {key}"
            yield from _sourced(catalog, where, listing.sources, show=True)
            if kind_of(catalog, f"{id_}/{key}") is None:
                yield f"{where}: is no agency, unit or commune of the province."


def _sourced(catalog: Catalog, where: str, sources: tuple[str, ...], show: bool) -> Iterator[str]:
    yield from (f"{where}: {fault}" for fault in _sources(catalog, sources))
    known = [catalog.sources[id_] for id_ in sources if id_ in catalog.sources]
    if show and len(known) < 2 and not any(source.confidence == "2+" for source in known):
        yield f"{where}: is shown with fewer than two sources."


def _lexicon(catalog: Catalog) -> Iterator[str]:
    folded = {
        "content/banks.yml": [alias for bank in catalog.banks.values() for alias in bank.aliases],
        "accused_words of agencies.yml": [
            word
            for province in catalog.provinces.values()
            for agency in province.agencies.values()
            for word in agency.accused_words
        ],
    }
    for where, words in folded.items():
        yield from (f"{where}: {w!r} is not folded." for w in words if not w.isascii() or w != w.lower())
    for name, phrases in catalog.conditions.items():
        faulty = [*_twice(phrases), *(phrase for phrase in phrases if phrase != phrase.lower())]
        where = f"content/lexicon/conditions.yml: {name}"
        yield from (f"{where}: {phrase!r} stands twice or has capitals." for phrase in faulty)
    aliases = [alias for bank in catalog.banks.values() for alias in bank.aliases]
    yield from (f"content/banks.yml: alias {alias!r} stands twice." for alias in _twice(aliases))


def _messages(catalog: Catalog) -> Iterator[str]:
    vi, en = catalog.messages["vi"], catalog.messages["en"]
    yield from (f"content/messages: {key} is missing in English." for key in sorted(vi.keys() - en.keys()))
    yield from (f"content/messages: {key} is missing in Vietnamese." for key in sorted(en.keys() - vi.keys()))
    for key in sorted(vi.keys() & en.keys()):
        if _placeholders(vi[key]) != _placeholders(en[key]):
            yield f"content/messages: {key} has other placeholders in English than in Vietnamese."


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def _codes(catalog: Catalog) -> Iterator[str]:
    provinces = [content.province for content in catalog.provinces.values()]
    for kind, codes in {
        "commune code": [c.code for content in catalog.provinces.values() for c in content.communes],
        "province code": [province.code for province in provinces],
        "prefix": [province.prefix for province in provinces],
    }.items():
        yield from (f"content/provinces: {kind} {code} stands twice." for code in _twice(codes))


def _twice(words: Iterable[str]) -> list[str]:
    return [word for word, n in Counter(words).items() if n > 1]
