"""Guidance on a topic: urgent steps where life or money is in danger, else what to do and whom to call."""

from __future__ import annotations

import msgspec

from actions import file_complaint
from actions.agencies import lead_for
from actions.contract import Action, Choice, Outcome, Pending, Reply, Turn
from actions.urgent_steps import urgent_text
from actions.wording import bulleted, hotlines, numbered, responsibility, sources
from content.schema import Topic
from nlu.understanding import Guess

_RIGHTS = 2
"""Of the rights, on a first screen."""


async def run(turn: Turn) -> Outcome:
    if turn.payload and turn.payload.startswith("more:"):
        return _more(turn, turn.catalog.topics[turn.payload.removeprefix("more:")])
    turn = _with_chosen_topic(turn)
    topic = turn.catalog.topics[turn.understanding.topic or "other"]
    talk = turn.talk
    if talk.form is not None:
        return _outcome(turn, topic, first_screen(turn, topic), ())  # the open form is the offer
    talk.topic, talk.misses = topic.id, 0
    talk.last_story = turn.text if turn.payload is None else talk.last_story
    talk.last_understanding = turn.understanding
    if turn.forwarded:  # should a complaint come of it, these words are what happened
        talk.last_understanding = msgspec.structs.replace(turn.understanding, act="report")
    if turn.understanding.urgent:
        return _urgent(turn, topic)
    if turn.understanding.act == "report" and not turn.forwarded:
        opened = await file_complaint.open_form(turn, topic.id)
        opened.replies.insert(0, Reply(first_screen(turn, topic)))
        return opened
    talk.pending = Pending("offer_report", topic.id)
    heard = [turn.say("guidance.forwarded")] if turn.forwarded else []
    text = "\n\n".join([*heard, first_screen(turn, topic), turn.say("guidance.offer")])
    return _outcome(turn, topic, text, _offer(turn, topic))


def _with_chosen_topic(turn: Turn) -> Turn:
    """After "which of these?": the earlier message, read with the topic that the person chose."""
    if not turn.payload:
        return turn
    topic = turn.payload.removeprefix("topic:")
    earlier = turn.talk.last_understanding or turn.understanding
    act = earlier.act if earlier.act in ("ask", "report") else "ask"
    reading = msgspec.structs.replace(earlier, topic=topic, act=act, confidence=1.0, alternatives=())
    return msgspec.structs.replace(turn, understanding=reading, text=turn.talk.last_story or turn.text)


def _urgent(turn: Turn, topic: Topic) -> Outcome:
    turn.talk.pending = Pending("offer_report", topic.id)
    text = urgent_text(turn, topic) + "\n\n" + turn.say("guidance.urgent_offer")
    return _outcome(turn, topic, text, _offer(turn, topic), urgent=True)


def first_screen(turn: Turn, topic: Topic) -> str:
    """What to do, who handles it, whom to call, the source and its date."""
    language = turn.profile.language
    guidance = topic.guidance
    parts = [turn.say("guidance.heading", topic=topic.title.in_(language)), numbered(guidance.do, language)]
    if guidance.rights_first:
        parts.insert(1, turn.say("guidance.rights") + "\n" + bulleted(guidance.rights[:_RIGHTS], language))
    if turn.profile.province:
        lead = lead_for(turn, topic.id)
        parts.append(responsibility(turn, lead, turn.profile.province))
    called = hotlines(turn, guidance.hotlines)
    if called:
        parts.append(turn.say("guidance.hotlines", numbers=called))
    shown = (*guidance.rights[:_RIGHTS], *guidance.do) if guidance.rights_first else guidance.do
    parts.append(sources(turn, topic.checked, shown))
    return "\n".join(part for part in parts if part)


def _more(turn: Turn, topic: Topic) -> Outcome:
    language = turn.profile.language
    guidance = topic.guidance
    sections = [("keep", guidance.keep), ("rights", guidance.rights), ("avoid", guidance.avoid)]
    text = "\n\n".join(
        turn.say(f"guidance.{name}") + "\n" + bulleted(facts, language) for name, facts in sections if facts
    )
    text += "\n\n" + sources(turn, topic.checked, (*guidance.keep, *guidance.rights, *guidance.avoid))
    if turn.talk.form is not None:
        return _outcome(turn, topic, text.strip(), ())
    turn.talk.topic = topic.id
    turn.talk.pending = Pending("offer_report", topic.id)
    choices = _offer(turn, topic)[:1] + _offer(turn, topic)[2:]
    return _outcome(turn, topic, text.strip() + "\n\n" + turn.say("guidance.offer"), choices)


def _offer(turn: Turn, topic: Topic) -> tuple[Choice, ...]:
    return (
        turn.choice("guidance.offer_yes", f"report:{topic.id}"),
        turn.choice("guidance.more", f"more:{topic.id}"),
        turn.choice("talk.menu_officer", "officer"),
    )


def _outcome(
    turn: Turn, topic: Topic, text: str, choices: tuple[Choice, ...], urgent: bool = False
) -> Outcome:
    act = turn.understanding.act if turn.understanding.act in ("ask", "report") else "ask"
    return Outcome([Reply(text, choices)], turn.talk, act=act, topic=topic.id, urgent=urgent)


def near_topics(turn: Turn) -> list[str]:
    """The topics that the message may be about, best first, at most three; "other" tells nobody anything."""
    readings = [
        Guess(turn.understanding.act, turn.understanding.topic, 1.0),
        *turn.understanding.alternatives,
    ]
    topics = dict.fromkeys(
        reading.topic for reading in readings if reading.topic and reading.topic != "other"
    )
    return list(topics)[:3]


ACTION = Action(name="give_guidance", run=run, acts=("ask", "report"), payloads=("topic", "more"))
