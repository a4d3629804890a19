"""Which agency handles a matter in the person's province, with the clause that makes it responsible."""

from __future__ import annotations

from actions.agencies import named
from actions.contract import Action, Outcome, Pending, Reply, Turn
from actions.form.ask import province_question
from actions.listings import contact, home_committee
from actions.ports import AgencyName
from actions.routing import route
from actions.wording import joined, responsibility
from nlu.conditions import conditions


async def run(turn: Turn) -> Outcome:
    topic = (turn.payload or "").partition(":")[2] or turn.understanding.topic or turn.talk.topic
    if topic is None:
        turn.talk.pending = Pending("which_agency")
        return Outcome([Reply(turn.say("service.agency_which"))], turn.talk, act="ask")
    turn.talk.topic = topic
    province = turn.profile.province
    if province is None:
        turn.talk.pending = Pending("which_agency", topic)
        return Outcome([province_question(turn)], turn.talk, act="ask", topic=topic)
    turn.talk.pending = None
    return _answer(turn, topic, province)


def _answer(turn: Turn, topic: str, province: str) -> Outcome:
    language = turn.profile.language
    way = route(turn.catalog, province, topic, conditions(turn.text, turn.catalog), text=turn.text)
    lead = named(turn.catalog, language, way.lead)
    lines = [
        turn.say(
            "service.agency_found",
            topic=turn.catalog.topics[topic].title.in_(language),
            province=turn.catalog.provinces[province].province.name.in_(language),
        ),
        turn.say("service.agency_lead", agency=lead.name),
    ]
    if way.coordinating:
        others = joined(named(turn.catalog, language, who).name for who in way.coordinating)
        lines.append(turn.say("service.agency_with", agencies=others))
    lines += [responsibility(turn, lead, province), *_where(turn, lead, province)]
    choices = (
        turn.choice("guidance.offer_yes", f"report:{topic}"),
        turn.choice("guidance.more", f"more:{topic}"),
    )
    offered = choices if turn.talk.form is None else ()  # an open form is the offer
    return Outcome([Reply("\n".join(lines), offered)], turn.talk, act="ask", topic=topic)


def _where(turn: Turn, lead: AgencyName, province: str) -> list[str]:
    """Where the lead is found and, of those who live in a known commune, its committee; else that nobody has
    confirmed any address."""
    known = [contact(turn, lead, province), home_committee(turn)]
    return [line for line in known if line] or [turn.say("service.agency_contact")]


ACTION = Action(name="find_agency", run=run, payloads=("agency",))
