"""An answer of `content/faq/` to a question that is narrower than what a topic's guidance says; where two or
three lie near, the person is asked which of them is meant."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from actions import give_guidance
from actions.cases import case_in
from actions.contract import Action, Choice, Outcome, Pending, Reply, Turn
from actions.wording import sources
from content.schema import Fact, Faq
from nlu.phrases import contains
from nlu.retrieval import SURE, Hit
from nlu.understanding import Act

_SHORTEST, _LONGEST = 5, 25
"""Words. A shorter text names a thing; a longer one tells a story, which is for the guidance of a topic."""
_END = 5
"""Words. Where a question stands in a story; elsewhere "o dau" may be "ở đầu làng"."""
_SURE_ALONE = 0.7
"""The chance from which an answer is given though the message was understood to be of another topic."""
_NEAR, _FAR = 0.25, 0.1
"""The chance of the best from which questions are offered as choices, and that below which one is not."""
_PERHAPS = 0.45
"""The chance from which a question is offered beside "this is outside what I can do"."""
_TOPICS = 2
"""Beside a single question the topics that the message may be about."""
_NONE = "none"
"""The choice that is no entry: none of the questions offered."""
_BROAD = ("what_to_do", "agency", "to_whom")
"""Phrases of questions that the topic's guidance answers, with the agency of the province."""

_OF_US: frozenset[Act] = frozenset({"about_bot", "check_status", "deny"})
"""Acts under which a question on this service may be understood: "who sees the photos I send?" """
_DONE_BY_ACT = frozenset({"track_complaint_how", "human_or_machine", "what_can_you_do"})
"""Entries that say no more than what those acts do or tell anyway."""

_GUIDANCE_SAYS = frozenset({"rights_list"})
"""Entries as broad as the guidance of their topic, which has agency and hotline beside."""


def answered(turn: Turn) -> str | None:
    """The entry of `content/faq/` that the message surely asks for. What we understand as out of scope stays
    so: one shared word ("căn cước") makes a matter of other offices look like ours."""
    hits = _hits(turn)
    if not hits or hits[0].id in _GUIDANCE_SAYS:
        return None
    return hits[0].id if hits[0].chance >= (SURE if _agreed(turn, hits[0]) else _SURE_ALONE) else None


def near(turn: Turn, unsure: bool) -> bool:
    """Whether to ask which of the nearest questions is meant: where nothing was `answered`, the topic is
    `unsure` or another than theirs, and we did not ask back just now."""
    hits, understood = _hits(turn), turn.understanding
    if understood.act not in ("ask", "report") or not hits or turn.talk.misses:
        return False
    subject = _subject(turn, hits)
    if subject is not None and (unsure or subject != understood.topic):
        return True
    doubtful = unsure or not _agreed(turn, hits[0])
    return understood.act == "ask" and hits[0].chance >= _NEAR and doubtful


def _subject(turn: Turn, hits: list[Hit]) -> str | None:
    """The topic that the nearest questions all are of, where the message names a sub-case of it: "ginseng
    from a seminar, can it go back?" is of the contract, whatever was bought."""
    topics = {turn.catalog.faq[hit.id].topic for hit in hits}
    topic = topics.pop()
    return topic if not topics and _names(turn, topic) else None


def _names(turn: Turn, topic: str | None) -> bool:
    return topic is not None and case_in(turn.catalog, turn.text, topic) is not None


class Perhaps(NamedTuple):
    """The question that a message out of scope may have been, as a choice."""

    choice: Choice
    likely: bool


def nearest(turn: Turn) -> Perhaps | None:
    """None where no question lies near."""
    if not _may_ask(turn, shortest=_SHORTEST - 1):
        return None
    hits = turn.pipeline.retrieval.find(turn.text, turn.profile.language, most=1)
    near = next((hit for hit in hits if hit.chance >= _PERHAPS), None)
    return None if near is None else Perhaps(_choice(turn, near), near.chance >= SURE)


def _hits(turn: Turn) -> list[Hit]:
    if turn.understanding.urgent or not _may_ask(turn):
        return []
    two_questions = "?" in turn.text.rstrip(" ?!.")
    if two_questions or any(contains(turn.text, turn.catalog.phrases[name]) for name in _BROAD):
        return []
    if not _asks(turn):
        return []
    hits = turn.pipeline.retrieval.find(turn.text, turn.profile.language)
    return [hit for hit in hits if _of_us(turn, hit)] if turn.understanding.act in _OF_US else hits


def _may_ask(turn: Turn, shortest: int = _SHORTEST) -> bool:
    """The person's own words, and as many as a question has."""
    own = not turn.attachments and not turn.forwarded
    return own and shortest <= len(turn.text.split()) <= _LONGEST


def _asks(turn: Turn) -> bool:
    """A question: a story of one's own may end in one ("... and they keep my money, is that allowed?")."""
    act, end = turn.understanding.act, " ".join(turn.text.split()[-_END:])
    if act in ("ask", "about_bot"):
        return True
    worded = end.endswith("?") or contains(end, turn.catalog.phrases["question"])
    return worded and (act == "report" or act in _OF_US)


def _of_us(turn: Turn, hit: Hit) -> bool:
    return turn.catalog.faq[hit.id].service and hit.id not in _DONE_BY_ACT


def _agreed(turn: Turn, hit: Hit) -> bool:
    topic = turn.catalog.faq[hit.id].topic
    return topic in (None, turn.understanding.topic) or _names(turn, topic)


async def run(turn: Turn) -> Outcome:
    """The answer with its source and date; a report on its topic is offered as after guidance."""
    id_ = (turn.payload or "").partition(":")[2]
    if not id_:
        return await _nearest(turn)
    talk = turn.talk
    if id_ == _NONE:
        talk.misses = 0
        officer = turn.choice("talk.menu_officer", "officer")
        return Outcome([Reply(turn.say("clarify.cannot_answer"), (officer,))], talk, act="ask")
    entry = turn.catalog.faq[id_]
    text = "\n".join(part for part in (_words(turn, entry), _closing(turn, entry)) if part)
    talk.misses = 0
    if entry.topic is None or talk.form is not None:
        return Outcome([Reply(text)], talk, act="ask")
    talk.topic, talk.pending = entry.topic, Pending("offer_report", entry.topic)
    if turn.text not in (*entry.asked.vi, *entry.asked.en):  # a choice's label is not the person's own story
        talk.last_story, talk.last_understanding = turn.text, turn.understanding
    choices: tuple[Choice, ...] = (
        turn.choice("guidance.offer_yes", f"report:{entry.topic}"),
        turn.choice("guidance.more", f"more:{entry.topic}"),
        turn.choice("talk.menu_officer", "officer"),
    )
    reply = Reply(text + "\n\n" + turn.say("guidance.offer"), choices)
    return Outcome([reply], talk, act="ask", topic=entry.topic)


async def _nearest(turn: Turn) -> Outcome:
    """Where the nearest questions are all of one sub-case, what is to be done in it; else they are offered as
    choices."""
    subject = _subject(turn, _hits(turn))
    if subject is None:
        return _which(turn)
    reading = msgspec.structs.replace(turn.understanding, act="ask", topic=subject)
    return await give_guidance.run(msgspec.structs.replace(turn, understanding=reading, payload=None))


def _which(turn: Turn) -> Outcome:
    """The nearest questions as choices."""
    talk = turn.talk
    talk.misses, talk.pending = talk.misses + 1, None
    talk.last_story, talk.last_understanding = turn.text, turn.understanding
    choices = [_choice(turn, hit) for hit in _hits(turn) if hit.chance >= _FAR]
    none = turn.choice("clarify.none_of_these_questions", f"faq:{_NONE}")
    if len(choices) > 1:
        return Outcome([Reply(turn.say("clarify.which_question"), (*choices, none))], talk, act="ask")
    topics = [turn.catalog.topics[id_] for id_ in give_guidance.near_topics(turn)[:_TOPICS]]
    choices += [Choice(topic.title.in_(turn.profile.language), f"topic:{topic.id}") for topic in topics]
    return Outcome([Reply(turn.say("clarify.this_question"), (*choices, none))], talk, act="ask")


def _choice(turn: Turn, hit: Hit) -> Choice:
    """The entry under its own question."""
    asked = turn.catalog.faq[hit.id].asked
    title = (asked.en or asked.vi)[0] if turn.profile.language == "en" else asked.vi[0]
    return Choice(title, f"faq:{hit.id}")


def _words(turn: Turn, entry: Faq) -> str:
    return (entry.answer.en if turn.profile.language == "en" else None) or entry.answer.vi


def _closing(turn: Turn, entry: Faq) -> str:
    fact = Fact(vi=entry.answer.vi, en=entry.answer.en or "", sources=entry.sources, law=entry.law)
    return sources(turn, entry.checked, [fact])


def offered(turn: Turn, name: str) -> bool:
    """Whether a choice that we may have offered is called so."""
    return name == _NONE or name in turn.catalog.faq


ACTION = Action(name="answer_faq", run=run, payloads=("faq",))
