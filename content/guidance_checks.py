"""What the schemas cannot see of guidance: sub-cases that fit a screen, short forms, plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from content.case_schema import Case
from content.cases import scams, whole
from content.catalog import Catalog
from content.checks import FIRST_SCREEN_LIMIT, LANGUAGES, NUMBER, STEP_LIMIT, TOPICS, fact_faults
from content.education_checks import LONGEST_SENTENCE, sentences
from content.schema import Fact, FormStep, Text, Topic

MOST_STEPS = 3
SIGNS_SHOWN, DO_SHOWN = 2, 2
"""As `actions.give_guidance` shows them on the first screen."""
OFFERED = 3
CHOICE_LIMIT = 40
"""As much as a button shows on a narrow phone, with room for a second line."""
MOST_QUESTIONS = 8
LAST_QUESTIONS = ("commune", "contact_phone", "evidence")
"""Asked of everybody at the end: where one lives, how to reach one, what one can show."""


def check(catalog: Catalog, jargon: Mapping[str, str]) -> list[str]:
    """All faults; an empty list means that sub-cases and forms are in order and everything reads plainly."""
    faults = [*_cases(catalog), *_forms(catalog)]
    for where, fact in facts(catalog):
        faults += [
            f"{where}: {fault}" for language in LANGUAGES for fault in unclear(fact.in_(language), jargon)
        ]
    return faults


def facts(catalog: Catalog) -> Iterator[tuple[str, Fact]]:
    """Every sentence of guidance that a consumer can read, and the file that holds it."""
    for id_, topic in catalog.topics.items():
        guidance = topic.guidance
        for group in (topic.urgent.steps, guidance.do, guidance.keep, guidance.rights, guidance.avoid):
            yield from ((f"content/topics/{id_}.yml", fact) for fact in group)
    for id_, cases in catalog.cases.items():
        for name, case in cases.items():
            yield from ((f"content/cases/{id_}.yml: {name}", fact) for fact in _all(case))
    for name, urgent in catalog.dangers.items():
        yield from ((f"content/dangers.yml: {name}", fact) for fact in urgent.steps)


def waiting_for_review(catalog: Catalog) -> list[tuple[str, Fact]]:
    """Advice whose wording an authority should approve and has not."""
    return [(where, fact) for where, fact in facts(catalog) if fact.review == "pending"]


def unclear(text: str, jargon: Mapping[str, str]) -> Iterator[str]:
    """Words of offices, and sentences that cannot be read aloud in one breath."""
    yield from (f"{word!r}: say {plain!r}." for word, plain in jargon.items() if word in text.lower())
    for sentence in sentences(text):
        if len(sentence.split()) > LONGEST_SENTENCE:
            yield f"longer than {LONGEST_SENTENCE} words: {sentence!r}."


# --- sub-cases ----------------------------------------------------------------------------------------------


def _cases(catalog: Catalog) -> Iterator[str]:
    for topic, cases in catalog.cases.items():
        where = f"content/cases/{topic}.yml"
        if topic not in TOPICS:
            yield f"{where}: {topic!r} is no topic of the contract."
        for name, case in cases.items():
            if case.scam is not None and case.scam not in scams():
                yield f"{where}: {name}: scam {case.scam!r} is not in content/scams.yml."
                continue
            for checked in (_origins, _lengths, _numbers, _contacts):
                yield from (f"{where}: {name}: {fault}" for fault in checked(catalog, whole(case)))
        yield from (f"{where}: {fault}" for fault in _told_apart(cases))
        if sum(case.offered for case in cases.values()) > OFFERED:
            yield f"{where}: more than {OFFERED} sub-cases are offered."


def _origins(catalog: Catalog, case: Case) -> Iterator[str]:
    for fact in _all(case):
        yield from (f"{fact.vi!r}: {fault}" for fault in fact_faults(catalog, fact))


def _all(case: Case) -> tuple[Fact, ...]:
    return (*case.signs, *case.do, *case.steps, *case.keep, *case.avoid, *case.rights)


def _lengths(_: Catalog, case: Case) -> Iterator[str]:
    if not (case.do or case.steps):
        yield "says neither what to do (`do`) nor the first steps (`steps`)."
    for part, group in (("do", case.do), ("steps", case.steps)):
        if len(group) > MOST_STEPS:
            yield f"{part}: {len(group)} instead of at most {MOST_STEPS}."
        for number, fact in enumerate(group, 1):
            for language in LANGUAGES:
                if len(fact.in_(language)) > STEP_LIMIT:
                    yield f"{part}[{number}].{language}: longer than {STEP_LIMIT} characters."
    for language in LANGUAGES:
        calm = (*(case.do or case.steps), *case.signs[:SIGNS_SHOWN])
        lost = (*case.steps, *case.do[:DO_SHOWN])
        for screen in (calm, lost):
            if (length := sum(len(fact.in_(language)) + 3 for fact in screen)) > FIRST_SCREEN_LIMIT:
                yield f"first screen, {language}: {length} characters, more than {FIRST_SCREEN_LIMIT}."
        if case.title is None:
            yield "has no title."
        elif case.offered and len(case.title.in_(language)) > CHOICE_LIMIT:
            yield f"title.{language}: longer than {CHOICE_LIMIT} characters."


def _numbers(catalog: Catalog, case: Case) -> Iterator[str]:
    """A bank's number stands in content/banks.yml only, beside "the one on your card counts"."""
    shown = {hotline.number for hotline in catalog.hotlines.values() if hotline.show} | {"5656"}
    for fact in _all(case):
        for language in LANGUAGES:
            for number in sorted(set(NUMBER.findall(fact.in_(language))) - shown):
                yield f"{number} is not the number of a hotline that may be shown."


def _contacts(catalog: Catalog, case: Case) -> Iterator[str]:
    for id_ in case.call:
        if id_ not in catalog.hotlines or not catalog.hotlines[id_].show:
            yield f"call: {id_!r} is no hotline that may be shown."


def _told_apart(cases: Mapping[str, Case]) -> Iterator[str]:
    """A phrase belongs to one sub-case: the first in the file would win silently."""
    for name, case in cases.items():
        if not case.phrases and not case.offered:
            yield f"{name}: nothing tells of it (`phrases`), and it is not offered either."
        yield from (f"{name}: phrase {p!r} has capitals." for p in case.phrases if p != p.lower())
    yield from (
        f"phrase {phrase!r} stands twice."
        for phrase in _twice(phrase for case in cases.values() for phrase in case.phrases)
    )


# --- forms --------------------------------------------------------------------------------------------------


def _forms(catalog: Catalog) -> Iterator[str]:
    for id_, topic in catalog.topics.items():
        where = f"content/topics/{id_}.yml: form"
        for step in topic.form:
            yield from (f"{where}: {step.slot}: {fault}" for fault in _step(catalog, topic, step))
        for case in (None, *sorted({case for step in topic.form for case in step.only_in})):
            asked = [step for step in topic.form if not step.only_in or case in step.only_in]
            if case:  # who is heard to tell of it has told what happened
                asked = [step for step in asked if step.slot != "what_happened"]
            told = f"{where} ({case})" if case else where
            yield from (f"{told}: {fault}" for fault in _order(asked))


def _step(catalog: Catalog, topic: Topic, step: FormStep) -> Iterator[str]:
    yield from (f"also: slot {s!r} is not in content/slots.yml." for s in step.also if s not in catalog.slots)
    known = catalog.cases.get(topic.id, {})
    yield from (
        f"only_in: {c!r} is not in content/cases/{topic.id}.yml." for c in step.only_in if c not in known
    )
    texts: tuple[Text | None, ...] = (step.ask, step.why)
    if any(not (text.vi.strip() and text.en.strip()) for text in texts if text is not None):
        yield "the question is missing in one language."


def _order(asked: list[FormStep]) -> Iterator[str]:
    """Short, and what the agency cannot do without stands first, should the person stop."""
    if len(asked) > MOST_QUESTIONS:
        yield f"{len(asked)} questions instead of at most {MOST_QUESTIONS}."
    slots = [step.slot for step in asked]
    if tuple(slots[-len(LAST_QUESTIONS) :]) != LAST_QUESTIONS:
        yield f"does not end with {', '.join(LAST_QUESTIONS)}."
    needs = [step.needed for step in asked if step.slot not in LAST_QUESTIONS]
    if needs != sorted(needs, reverse=True):
        yield "asks something that is not needed before something that is."


def _twice(words: Iterable[str]) -> list[str]:
    return [word for word, count in Counter(words).items() if count > 1]
