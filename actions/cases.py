"""Sub-cases of a topic: which of them a message tells of, and what is said then."""

from __future__ import annotations

import datetime as dt

import msgspec

from actions.contract import Choice, Turn
from content.cases import whole
from content.catalog import Catalog
from content.schema import Fact, Topic
from nlu.conditions import called_for

_OFFERED = 3
"""With two other choices no more than any channel with buttons of its own can show."""
_MOST = 6
"""Of what to keep, rights and what to avoid: a sub-case's own stand first."""
_FOLLOWING = 10
"""Words. A longer message is a story of its own."""


class Advice(msgspec.Struct, frozen=True):
    """What is said about a matter: the topic's words, its sub-case's where that has its own."""

    title: str
    do: tuple[Fact, ...]
    steps: tuple[Fact, ...]
    signs: tuple[Fact, ...]
    keep: tuple[Fact, ...]
    rights: tuple[Fact, ...]
    avoid: tuple[Fact, ...]
    call: tuple[str, ...]
    call_if: str
    bank_first: bool
    checked: dt.date
    own: bool
    """A sub-case speaks."""


def heard(turn: Turn, topic: Topic) -> str | None:
    """The sub-case that the message tells of; where a few words tell of none, the one spoken of before."""
    told = case_in(turn.catalog, turn.text, topic.id)
    if told is None and len(turn.text.split()) <= _FOLLOWING:
        told = spoken_of(turn, topic)
    return told or _by_language(turn, topic)


def _by_language(turn: Turn, topic: Topic) -> str | None:
    cases = turn.catalog.cases.get(topic.id, {}).items()
    return next((id_ for id_, case in cases if case.spoken == turn.profile.language), None)


def case_in(catalog: Catalog, text: str, topic: str) -> str | None:
    """The first sub-case of the topic that the text tells of."""
    phrases = {id_: case.phrases for id_, case in catalog.cases.get(topic, {}).items()}
    told = called_for(text, catalog, phrases)
    return told[0] if told else None


def of_scam(catalog: Catalog, text: str, scam: str) -> str | None:
    """The topic of which the text tells a sub-case that is this scam."""
    for topic, cases in catalog.cases.items():
        phrases = {id_: case.phrases for id_, case in cases.items() if case.scam == scam}
        if phrases and called_for(text, catalog, phrases):
            return topic
    return None


def spoken_of(turn: Turn, topic: Topic) -> str | None:
    known = turn.talk.topic == topic.id and turn.talk.case in turn.catalog.cases.get(topic.id, {})
    return turn.talk.case if known else None


def advice(turn: Turn, topic: Topic, case: str | None) -> Advice:
    """What to say about the topic, or about that sub-case of it."""
    known = turn.catalog.cases.get(topic.id, {}).get(case or "")
    of = whole(known) if known else None
    language = turn.profile.language
    guidance, urgent = topic.guidance, topic.urgent
    if of is None:
        return Advice(
            title=topic.title.in_(language),
            do=guidance.do,
            steps=urgent.steps,
            signs=(),
            keep=guidance.keep,
            rights=guidance.rights,
            avoid=guidance.avoid,
            call=urgent.call,
            call_if="",
            bank_first=urgent.bank_first,
            checked=topic.checked,
            own=False,
        )
    return Advice(
        title=(of.title or topic.title).in_(language),
        do=of.do or of.steps,
        steps=of.steps or urgent.steps,
        signs=of.signs,
        keep=(*of.keep, *guidance.keep)[:_MOST],
        rights=(*of.rights, *guidance.rights)[:_MOST],
        avoid=(*of.avoid, *guidance.avoid)[:_MOST],
        call=of.call or urgent.call,
        call_if=of.call_if.in_(language) if of.call_if else "",
        bank_first=urgent.bank_first and of.bank_first,
        checked=of.checked,
        own=True,
    )


def offered(turn: Turn, topic: Topic) -> tuple[Choice, ...]:
    """ "Which of these is it?": the sub-cases that a person can tell apart better than we can."""
    cases = turn.catalog.cases.get(topic.id, {}).items()
    known = [(id_, whole(case).title) for id_, case in cases if case.offered]
    choices = [
        Choice(title.in_(turn.profile.language), f"case:{topic.id}:{id_}") for id_, title in known if title
    ]
    return tuple(choices[:_OFFERED])


def chosen(turn: Turn) -> tuple[str, str] | None:
    """Topic and sub-case of a choice of ours; None where it names what does not exist."""
    _, topic, case = [*(turn.payload or "").split(":", 2), "", ""][:3]
    return (topic, case) if case in turn.catalog.cases.get(topic, {}) else None
