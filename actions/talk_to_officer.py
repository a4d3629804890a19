"""A person instead of a machine: the message goes to the focal agency's officers and is answered here."""

from __future__ import annotations

import datetime as dt

import msgspec

from actions.contract import Action, Form, Outcome, Reply, Turn
from actions.form.ask import province_question, question
from actions.form.send import draft_of, filed_reply
from actions.places import learned
from actions.urgent_steps import urgent_text

TOPIC = "consumer_rights"
"""Wishes to speak to an officer go where general advice is given: to the focal agency of both plans."""


async def run(turn: Turn) -> Outcome:
    form = turn.talk.form
    if form is None or form.kind != "request":
        turn.talk.parked = form
        form = Form(topic=TOPIC, started_at=turn.now, kind="request", asked="what_happened")
        form.attachments, turn.talk.attachments = turn.talk.attachments, []
        turn.talk.form = form
        urgent = turn.say("service.officer_urgent") if turn.understanding.urgent else ""
        return _ask_words(turn, urgent)
    outcome = await _continue(turn, form)
    if turn.payload is None and turn.pipeline.danger(turn.text) is not None:
        outcome.replies.insert(0, Reply(urgent_text(turn, turn.catalog.topics[form.topic])))
        outcome.urgent = True
    return outcome


async def _continue(turn: Turn, form: Form) -> Outcome:
    """The words, then the province if it is unknown, then it goes off."""
    head, _, tail = (turn.payload or "").partition(":")
    if head == "stop":
        await turn.ports.subscriptions.unsubscribe()
    if head in ("cancel", "skip", "stop"):
        return _ended(turn, Reply(turn.say("form.cancelled")), "cancel")
    form.attachments += [attachment.id for attachment in turn.attachments]
    profile = learned(turn.profile, turn.text, turn.understanding.entities, turn.catalog)
    if head == "province":
        if tail not in turn.provinces:
            return _ended(turn, Reply(turn.say("form.province_elsewhere")), "inform")
        profile = msgspec.structs.replace(profile, province=tail)
    elif "what_happened" not in form.slots:
        if turn.payload or not turn.text:
            return _ask_words(turn, "")
        form.slots["what_happened"] = form.said["what_happened"] = turn.text
    if "what_happened" not in form.slots:
        return _ask_words(turn, "")
    turn = msgspec.structs.replace(turn, profile=profile)
    if profile.province is None:
        form.asked = "province"
        return Outcome([province_question(turn)], turn.talk, profile=profile, act="inform")
    filed = await turn.ports.cases.file(draft_of(turn, form, profile.province))
    return _ended(turn, filed_reply(turn, filed, "form.filed_request"), "talk_to_officer")


def _ended(turn: Turn, reply: Reply, act: str) -> Outcome:
    """Back to the complaint form that was open before, if there was one."""
    talk = turn.talk
    talk.form, talk.parked = talk.parked, None
    replies = [reply]
    if talk.form is not None:
        # what was said until now holds the codes of the request: it is not the complaint's
        talk.form.started_at = turn.now + dt.timedelta(microseconds=1)
        replies.append(question(turn, talk.form, turn.say("form.back_to")))
    return Outcome(replies, talk, profile=turn.profile, act=act)


def _ask_words(turn: Turn, prefix: str) -> Outcome:
    province = turn.profile.province
    provinces = turn.catalog.provinces
    focal = provinces[province or turn.provinces[0]]
    agency = focal.agencies[focal.routing.focal.agency]
    name = agency.name.in_(turn.profile.language) if province else turn.say("service.focal")
    text = "\n".join(part for part in (prefix, turn.say("service.officer_form", agency=name)) if part)
    return Outcome([Reply(text, (turn.choice("form.cancel", "cancel"),))], turn.talk, act="talk_to_officer")


ACTION = Action(name="talk_to_officer", run=run, acts=("talk_to_officer",), payloads=("officer",))
