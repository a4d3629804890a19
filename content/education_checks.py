"""What the schemas of `content/education.py` cannot see: lengths, plain words, one right choice, sources."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from string import Formatter

from content.catalog import Catalog
from content.checks import LANGUAGES, NUMBER, fact_faults, folded
from content.education import Education, Level, QuizQuestion, SeasonId, Words, words
from content.schema import Fact, Text

LEAST_OF_A_LEVEL = 22
LEAST_TIPS = 40
RIGHTS = 8
QUESTION_LIMIT = 180
CHOICE_LIMIT = 60
"""As much as a button shows on a narrow phone without being cut."""
CHOICES = range(3, 5)
WHY_LIMIT = 260
WHY_SENTENCES = 2
TIP_LIMIT = 200
LINE_LIMIT = 160
LONGEST_SENTENCE = 25
"""Words. What is read aloud in one breath."""
ID = re.compile(r"[a-z0-9_]{3,32}")
"""Short enough for what a button carries."""


def check(known: Education, catalog: Catalog) -> list[str]:
    """All faults; an empty list means that quiz, tips and 15 March are in order."""
    faults = [*_quiz(known, catalog), *_tips(known, catalog), *_day(known, catalog), *_typed(words())]
    return faults + [
        f"{where}: {fault}" for where, text in texts(known) for fault in _words(known, catalog, text)
    ]


def facts(known: Education) -> Iterator[tuple[str, Fact]]:
    """Every sentence of it that claims something, and where it stands."""
    for level, questions in known.quiz.items():
        yield from ((f"content/quiz/{level}.yml: {id_}", one.why) for id_, one in questions.items())
    yield from ((f"content/tips.yml: {id_}", tip) for id_, tip in known.tips.items())
    day = known.consumer_day
    told = (day.greeting, *day.rights.items, day.rights.note, day.quiz)
    yield from (("content/consumer_day.yml", fact) for fact in told)
    for id_, season in day.seasons.items():
        yield from ((f"content/consumer_day.yml: {id_}", fact) for fact in season.warnings)


def texts(known: Education) -> Iterator[tuple[str, str]]:
    """Everything that a consumer can read of it: where it stands, and the text."""
    for level, questions in known.quiz.items():
        for id_, question in questions.items():
            parts: tuple[Text | Fact, ...] = (question.ask, *question.choices, question.why)
            yield from _both(f"content/quiz/{level}.yml: {id_}", parts)
    for id_, tip in known.tips.items():
        yield from _both(f"content/tips.yml: {id_}", (tip,))
    day = known.consumer_day
    card: tuple[Text | Fact, ...] = (day.rights.title, *day.rights.items, day.rights.note)
    yield from _both("content/consumer_day.yml", (day.greeting, day.theme, *card, day.quiz))
    for season_id, season in day.seasons.items():
        yield from _both(f"content/consumer_day.yml: {season_id}", (season.name, *season.warnings))


def _both(where: str, parts: tuple[Text | Fact, ...]) -> Iterator[tuple[str, str]]:
    yield from ((where, part.in_(language)) for part in parts for language in LANGUAGES)


def _words(known: Education, catalog: Catalog, text: str) -> Iterator[str]:
    if not text.strip():
        yield "a text is missing in one language."
    yield from (f"{word!r}: say {plain!r}." for word, plain in known.jargon.items() if word in text.lower())
    for sentence in sentences(text):
        if len(sentence.split()) > LONGEST_SENTENCE:
            yield f"longer than {LONGEST_SENTENCE} words: {sentence!r}."
    shown = {
        digits for hotline in catalog.hotlines.values() if hotline.show for digits in _numbers(hotline.number)
    }
    yield from (
        f"{n} is not the number of a hotline that may be shown."
        for n in NUMBER.findall(text)
        if n not in shown
    )


def _numbers(number: str) -> tuple[str, ...]:
    return (number, "5656") if number == "156" else (number,)


def sentences(text: str) -> list[str]:
    """Apart at full stops and semicolons, not at the dots of addresses and numbers."""
    return [part for part in re.split(r"(?<=[.!?])”?\s+|; ", text) if part]


# --- quiz ---------------------------------------------------------------------------------------------------


def _quiz(known: Education, catalog: Catalog) -> Iterator[str]:
    for level, questions in known.quiz.items():
        where = f"content/quiz/{level}.yml"
        if len(questions) < LEAST_OF_A_LEVEL:
            yield f"{where}: {len(questions)} questions instead of at least {LEAST_OF_A_LEVEL}."
        for id_, question in questions.items():
            faults = (*_id(id_), *_question(question), *_why(catalog, question.why))
            yield from (f"{where}: {id_}: {fault}" for fault in faults)
    everywhere = [(id_, q) for questions in known.quiz.values() for id_, q in questions.items()]
    yield from (
        f"content/quiz: {id_!r} stands in two levels." for id_ in _twice([id_ for id_, _ in everywhere])
    )
    asked = [folded(question.ask.vi) for _, question in everywhere]
    yield from (f"content/quiz: {question!r} is asked twice." for question in _twice(asked))


def _id(id_: str) -> Iterator[str]:
    if not ID.fullmatch(id_):
        yield "the name is not 3 to 32 of a-z, 0-9 and _."


def _question(question: QuizQuestion) -> Iterator[str]:
    if len(question.choices) not in CHOICES:
        yield f"{len(question.choices)} choices instead of {CHOICES[0]} or {CHOICES[-1]}."
    if (right := sum(choice.right for choice in question.choices)) != 1:
        yield f"{right} right choices instead of exactly one."
    for language in LANGUAGES:
        yield from _length(f"ask.{language}", question.ask.in_(language), QUESTION_LIMIT)
        labels = [choice.in_(language) for choice in question.choices]
        yield from (
            fault for label in labels for fault in _length(f"choices.{language}", label, CHOICE_LIMIT)
        )
        yield from (
            f"choices.{language}: {label!r} stands twice." for label in _twice([folded(x) for x in labels])
        )


def _why(catalog: Catalog, why: Fact) -> Iterator[str]:
    yield from (f"why: {fault}" for fault in (*fact_faults(catalog, why), *_sourced(why)))
    for language in LANGUAGES:
        text = why.in_(language)
        yield from _length(f"why.{language}", text, WHY_LIMIT)
        if (count := len(re.findall(r"[.!?](?=\s|$)", text))) not in range(1, WHY_SENTENCES + 1):
            yield f"why.{language}: {count} sentences instead of 1 or {WHY_SENTENCES}."


def _sourced(fact: Fact) -> Iterator[str]:
    """Here even advice says where it comes from."""
    if not fact.sources:
        yield "names no source."


def _length(where: str, text: str, limit: int) -> Iterator[str]:
    if len(text) > limit:
        yield f"{where}: {len(text)} characters instead of at most {limit}."


# --- tips and 15 March --------------------------------------------------------------------------------------


def _tips(known: Education, catalog: Catalog) -> Iterator[str]:
    where = "content/tips.yml"
    if len(known.tips) < LEAST_TIPS:
        yield f"{where}: {len(known.tips)} tips instead of at least {LEAST_TIPS}."
    for id_, tip in known.tips.items():
        faults = [*_id(id_), *fact_faults(catalog, tip), *_sourced(tip)]
        faults += [fault for lang in LANGUAGES for fault in _length(lang, tip.in_(lang), TIP_LIMIT)]
        yield from (f"{where}: {id_}: {fault}" for fault in faults)
    for season in sorted(set(SeasonId) - {tip.season for tip in known.tips.values()}):
        yield f"{where}: no tip for the season {season}."


def _day(known: Education, catalog: Catalog) -> Iterator[str]:
    day, where = known.consumer_day, "content/consumer_day.yml"
    warnings = [warning for season in day.seasons.values() for warning in season.warnings]
    for fact in (day.greeting, *day.rights.items, day.rights.note, day.quiz, *warnings):
        faults = [*fact_faults(catalog, fact)]
        faults += [fault for lang in LANGUAGES for fault in _length(lang, fact.in_(lang), LINE_LIMIT)]
        yield from (f"{where}: {fault} ({fact.vi!r})" for fault in faults)
    if len(day.rights.items) != RIGHTS:
        yield f"{where}: rights: {len(day.rights.items)} rights instead of {RIGHTS}."
    yield from (
        f"{where}: rights: {right.vi!r} cites no article." for right in day.rights.items if not right.law
    )
    for language in LANGUAGES:
        if {name for _, name, _, _ in Formatter().parse(day.theme.in_(language)) if name} != {
            "year",
            "theme",
        }:
            yield f"{where}: theme.{language}: must hold {{year}} and {{theme}}."
    yield from (f"{where}: the season {id_} is missing." for id_ in sorted(set(SeasonId) - set(day.seasons)))
    for id_, season in day.seasons.items():
        if not season.warnings or not season.months or not set(season.months) <= set(range(1, 13)):
            yield f"{where}: {id_}: needs warnings, and months from 1 to 12."


def _typed(typed: Words) -> Iterator[str]:
    """A phrase with marks or capitals would never be found."""
    where = "content/education_words.yml"
    yield from (f"{where}: levels: {level} is missing." for level in sorted(set(Level) - set(typed.levels)))
    phrases = [*typed.quiz, *typed.tip, *typed.consumer_day, *typed.beside, *typed.again, *typed.stop]
    phrases += [*typed.skip, *(phrase for level in typed.levels.values() for phrase in level)]
    yield from (
        f"{where}: {phrase!r} is not written small and without marks."
        for phrase in phrases
        if not (phrase.isascii() and phrase == phrase.lower())
    )


def _twice(told: list[str]) -> list[str]:
    return [word for word, count in Counter(told).items() if count > 1]
