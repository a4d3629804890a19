"""Guidance on a topic: urgent steps where life or money is in danger, else what to do and whom to call."""

from __future__ import annotations

import msgspec

from actions import file_complaint
from actions.agencies import lead_for
from actions.banks import bank_to_call, concerns_a_bank, named_banks
from actions.cases import Advice, advice, chosen, heard, offered, spoken_of
from actions.contract import Action, Choice, Outcome, Pending, Reply, Turn
from actions.listings import contact
from actions.urgent_steps import urgent_text
from actions.wording import bulleted, hotlines, joined, numbered, responsibility, sources
from content.schema import Fact, Topic
from nlu.understanding import Guess

_RIGHTS = 2
"""Of the rights, on a first screen."""
_DO = 2
"""Of what to do while nothing is lost, beside the steps after a loss."""
_SIGNS = 2
"""Of the signs of a sub-case, on its first screen; the others open with "more"."""


async def run(turn: Turn) -> Outcome:
    if turn.payload and turn.payload.startswith("more:"):
        return _more(turn, turn.catalog.topics[turn.payload.removeprefix("more:")])
    turn = _with_chosen_topic(turn)
    topic = turn.catalog.topics[turn.understanding.topic or "other"]
    talk = turn.talk
    picked = chosen(turn)
    case = picked[1] if picked else heard(turn, topic)
    if talk.form is not None:
        return _outcome(turn, topic, first_screen(turn, topic, case), ())  # the open form is the offer
    talk.topic, talk.case, talk.misses = topic.id, case, 0
    talk.last_story = turn.text if turn.payload is None else talk.last_story
    talk.last_understanding = turn.understanding
    if turn.forwarded:  # should a complaint come of it, these words are what happened
        talk.last_understanding = msgspec.structs.replace(turn.understanding, act="report")
    if turn.understanding.urgent:
        return _urgent(turn, topic)
    if turn.understanding.act == "report" and not turn.forwarded:
        opened = await file_complaint.open_form(turn, topic.id)
        opened.replies.insert(0, Reply(first_screen(turn, topic, case)))
        return opened
    talk.pending = Pending("offer_report", topic.id)
    passed_on = [turn.say("guidance.forwarded")] if turn.forwarded else []
    which = () if case else offered(turn, topic)
    asked = turn.say("guidance.which_case" if which else "guidance.offer")
    text = "\n\n".join([*passed_on, first_screen(turn, topic, case), asked])
    return _outcome(turn, topic, text, (*which, *_offer(turn, topic)[: 2 if which else 3]))


def _with_chosen_topic(turn: Turn) -> Turn:
    """After "which of these?": the earlier message, read with the topic that the person chose."""
    if not turn.payload:
        return turn
    picked = chosen(turn)
    topic = picked[0] if picked else turn.payload.removeprefix("topic:")
    if topic not in turn.catalog.topics:  # a choice of a sub-case that is no more
        topic = turn.talk.topic or "other"
    earlier = turn.talk.last_understanding or turn.understanding
    act = earlier.act if earlier.act in ("ask", "report") and not picked else "ask"
    reading = msgspec.structs.replace(earlier, topic=topic, act=act, confidence=1.0, alternatives=())
    return msgspec.structs.replace(turn, understanding=reading, text=turn.talk.last_story or turn.text)


def _urgent(turn: Turn, topic: Topic) -> Outcome:
    turn.talk.pending = Pending("offer_report", topic.id)
    text = urgent_text(turn, topic) + "\n\n" + turn.say("guidance.urgent_offer")
    return _outcome(turn, topic, text, _offer(turn, topic), urgent=True)


def first_screen(turn: Turn, topic: Topic, case: str | None = None) -> str:
    """What to do, who handles it, whom to call, the source and its date."""
    language = turn.profile.language
    told = advice(turn, topic, case)
    if _may_have_lost(turn, topic, told):
        return _screen(turn, topic, told, _both_ways(turn, told), (*told.steps, *told.do[:_DO]))
    parts = [numbered(told.do, language)]
    shown = told.do
    if topic.guidance.rights_first and not told.own:
        shown = (*told.rights[:_RIGHTS], *told.do)
        parts.insert(0, turn.say("guidance.rights") + "\n" + bulleted(told.rights[:_RIGHTS], language))
    if told.signs:
        parts.append(turn.say("guidance.signs") + "\n" + bulleted(told.signs[:_SIGNS], language))
    return _screen(turn, topic, told, parts, shown)


def _may_have_lost(turn: Turn, topic: Topic, told: Advice) -> bool:
    """Who reports a scam has mostly paid or given something away, and does not always say so."""
    reported = turn.understanding.act == "report" and not turn.forwarded
    return reported and concerns_a_bank(topic) and _has_steps_of_its_own(topic, told)


def _has_steps_of_its_own(topic: Topic, told: Advice) -> bool:
    return told.own and told.steps not in (told.do, topic.urgent.steps)


def _both_ways(turn: Turn, told: Advice) -> list[str]:
    """The steps after a loss, and beside them what to do where nothing is lost."""
    language = turn.profile.language
    lost = turn.say("guidance.lost") + "\n" + numbered(told.steps, language)
    return [lost, turn.say("guidance.nothing_lost") + "\n" + bulleted(told.do[:_DO], language)]


def _screen(turn: Turn, topic: Topic, told: Advice, parts: list[str], shown: tuple[Fact, ...]) -> str:
    """The advice under its title, with who is responsible, whom to call and the sources."""
    lines = [turn.say("guidance.heading", topic=told.title), *parts]
    if turn.profile.province:
        lead = lead_for(turn, topic.id)
        lines.append(responsibility(turn, lead, turn.profile.province))
        lines.append(contact(turn, lead, turn.profile.province))
    if called := _numbers(turn, topic, told):
        lines.append(turn.say("guidance.hotlines", numbers=called))
    lines.append(sources(turn, told.checked, shown))
    return "\n".join(line for line in lines if line)


def _numbers(turn: Turn, topic: Topic, told: Advice) -> str:
    """The topic's hotlines, and before them the bank where one was named or money may be gone."""
    bank_too = named_banks(turn) or _may_have_lost(turn, topic, told)
    bank = [bank_to_call(turn)] if told.bank_first and bank_too else []
    return joined(part for part in (*bank, hotlines(turn, topic.guidance.hotlines)) if part)


def _more(turn: Turn, topic: Topic) -> Outcome:
    told = advice(turn, topic, spoken_of(turn, topic))
    sections = _sections(topic, told)
    text = "\n\n".join(
        turn.say(f"guidance.{name}") + "\n" + bulleted(facts, turn.profile.language)
        for name, facts in sections
        if facts
    )
    text += "\n\n" + sources(turn, told.checked, [fact for _, facts in sections for fact in facts])
    if turn.talk.form is not None:
        return _outcome(turn, topic, text.strip(), ())
    turn.talk.topic = topic.id
    turn.talk.pending = Pending("offer_report", topic.id)
    choices = _offer(turn, topic)[:1] + _offer(turn, topic)[2:]
    return _outcome(turn, topic, text.strip() + "\n\n" + turn.say("guidance.offer"), choices)


def _sections(topic: Topic, told: Advice) -> list[tuple[str, tuple[Fact, ...]]]:
    """What "more" opens. Of a sub-case also what to do once it has gone wrong, and all its signs."""
    rest = [("keep", told.keep), ("rights", told.rights), ("avoid", told.avoid)]
    if not told.own:
        return rest
    gone_wrong = told.steps if _has_steps_of_its_own(topic, told) else ()
    return [("gone_wrong", gone_wrong), ("signs", told.signs[_SIGNS:]), *rest]


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


ACTION = Action(name="give_guidance", run=run, acts=("ask", "report"), payloads=("topic", "case", "more"))
