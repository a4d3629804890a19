"""An answer of `content/faq/` to a question that is narrower than what a topic's guidance says."""

from __future__ import annotations

from actions.contract import Action, Choice, Outcome, Pending, Reply, Turn
from actions.wording import sources
from content.schema import Fact, Faq
from nlu.phrases import contains
from nlu.retrieval import SURE

_SHORTEST, _LONGEST = 5, 25
"""Words. A shorter text names a thing; a longer one tells a story, which is for the guidance of a topic."""
_SURE_ALONE = 0.8
"""The chance from which an answer is given though the message was understood to be of another topic."""
_BROAD = ("what_to_do", "agency", "to_whom")
"""Phrases of questions that the topic's guidance answers, with the agency of the province."""

_GUIDANCE_SAYS = frozenset({"rights_list"})
"""Entries as broad as the guidance of their topic, which has agency and hotline beside."""


def answered(turn: Turn) -> str | None:
    """The entry of `content/faq/` that the message surely asks for. What we understand as out of scope stays
    so: one shared word ("căn cước") makes a matter of other offices look like ours."""
    understood, phrases = turn.understanding, turn.catalog.phrases
    if understood.act != "ask" or understood.urgent or turn.attachments:
        return None
    if not _SHORTEST <= len(turn.text.split()) <= _LONGEST:
        return None
    two_questions = "?" in turn.text.rstrip(" ?!.")
    if two_questions or any(contains(turn.text, phrases[name]) for name in _BROAD):
        return None
    hits = turn.pipeline.retrieval.find(turn.text, turn.profile.language, most=1)
    if not hits or hits[0].id in _GUIDANCE_SAYS:
        return None
    agreed = turn.catalog.faq[hits[0].id].topic in (None, understood.topic)
    return hits[0].id if hits[0].chance >= (SURE if agreed else _SURE_ALONE) else None


async def run(turn: Turn) -> Outcome:
    """The answer with its source and date; a report on its topic is offered as after guidance."""
    entry = turn.catalog.faq[(turn.payload or "").partition(":")[2]]
    text = "\n".join(part for part in (_words(turn, entry), _closing(turn, entry)) if part)
    talk = turn.talk
    talk.misses = 0
    if entry.topic is None or talk.form is not None:
        return Outcome([Reply(text)], talk, act="ask")
    talk.topic, talk.pending = entry.topic, Pending("offer_report", entry.topic)
    talk.last_story, talk.last_understanding = turn.text, turn.understanding
    choices: tuple[Choice, ...] = (
        turn.choice("guidance.offer_yes", f"report:{entry.topic}"),
        turn.choice("guidance.more", f"more:{entry.topic}"),
        turn.choice("talk.menu_officer", "officer"),
    )
    reply = Reply(text + "\n\n" + turn.say("guidance.offer"), choices)
    return Outcome([reply], talk, act="ask", topic=entry.topic)


def _words(turn: Turn, entry: Faq) -> str:
    return (entry.answer.en if turn.profile.language == "en" else None) or entry.answer.vi


def _closing(turn: Turn, entry: Faq) -> str:
    fact = Fact(vi=entry.answer.vi, en=entry.answer.en or "", sources=entry.sources, law=entry.law)
    return sources(turn, entry.checked, [fact])


ACTION = Action(name="answer_faq", run=run, payloads=("faq",))
