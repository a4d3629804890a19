"""What the schema of `content/visitors/` cannot see; also for files that nobody has reviewed yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from content.catalog import Catalog
from content.checks import NUMBER, fact_faults
from content.visitors import VisitorSentence, VisitorText

MOST_SENTENCES = 12
SENTENCE_LIMIT = 80
_LETTERS = {"han": ("\u3400", "\u9fff"), "hangul": ("\uac00", "\ud7a3")}


def check(texts: Mapping[str, VisitorText], catalog: Catalog) -> list[str]:
    """All faults; an empty list means that a reviewed text could be shown as it stands."""
    return [
        f"content/visitors/{language}.yml: {fault}"
        for language, text in texts.items()
        for fault in _text(text, catalog)
    ]


def waiting(texts: Mapping[str, VisitorText]) -> list[str]:
    """The languages of texts that nobody has reviewed: they reach no consumer."""
    return [text.name.en for text in texts.values() if not text.may_be_shown]


def _text(text: VisitorText, catalog: Catalog) -> Iterator[str]:
    if text.reviewed and not text.may_be_shown:
        yield "reviewed: true needs `reviewed_by` (who read it) and `reviewed_on` (the day); it is not shown."
    if not text.reviewed and (text.reviewed_by or text.reviewed_on):
        yield "`reviewed_by` or `reviewed_on` stands there, but `reviewed` is false."
    if not text.written_by.strip():
        yield "`written_by` does not say who wrote it."
    if not 1 <= len(text.sentences) <= MOST_SENTENCES:
        yield f"{len(text.sentences)} sentences instead of 1 to {MOST_SENTENCES}."
    for number, sentence in enumerate(text.sentences, 1):
        yield from (f"sentences[{number}]: {fault}" for fault in _sentence(text, sentence, catalog))


def _sentence(text: VisitorText, sentence: VisitorSentence, catalog: Catalog) -> Iterator[str]:
    first, last = _LETTERS[text.script]
    if not any(first <= letter <= last for letter in sentence.text):
        yield f"{sentence.text!r} is not written in {text.name.en}."
    if len(sentence.text) > SENTENCE_LIMIT:
        yield f"text: longer than {SENTENCE_LIMIT} characters."
    yield from fact_faults(catalog, sentence)
    named = [set(NUMBER.findall(said)) for said in (sentence.text, sentence.vi, sentence.en)]
    if any(numbers != named[0] for numbers in named):
        yield "text, vi and en do not name the same telephone numbers."
    allowed = {catalog.hotlines[id_].number for id_ in text.hotlines if _shown(catalog, id_)}
    for number in sorted(set[str]().union(*named) - allowed):
        yield f"{number} is not the number of one of the `hotlines` above that may be shown."


def _shown(catalog: Catalog, id_: str) -> bool:
    return id_ in catalog.hotlines and catalog.hotlines[id_].show
