"""A complaint from first word to code: the form with what was told already, summary, consent, hand-off."""

from __future__ import annotations

import msgspec

from actions.agencies import named, route_of
from actions.cases import case_in, heard, spoken_of
from actions.contract import Action, Choice, Form, Outcome, Pending, Reply, Turn
from actions.form import ask, fill
from actions.form.place import old_name_mapped, remembered_commune, set_commune
from actions.form.send import send
from actions.form.slots import Filled, asks_free_text, note, put
from actions.places import learned, province_called, with_commune
from actions.urgent_steps import urgent_text
from actions.wording import joined, responsibility
from actions.yes_no import agrees, declines
from nlu.answers import parse_phone
from nlu.conditions import conditions
from nlu.phrases import contains, is_only

_NAMES = ("product", "seller", "bank", "bank_account", "url", "order_code", "registration_number", "barcode")
"""Questions to which a bare yes is no answer."""

_SHORT = 8
"""Words. "Why do you ask" is short; in a longer text the same words belong to the story."""
_SURE = 0.8
"""From this confidence danger that is told in a form may be of another matter than the form's."""


async def run(turn: Turn) -> Outcome:
    head, _, tail = (turn.payload or "").partition(":")
    if head == "report":
        return await open_form(turn, tail)
    if head == "switch":
        return await _switch(turn, tail)
    form = turn.talk.form
    if form is None:
        return await open_form(turn, turn.understanding.topic or turn.talk.topic or "other")
    if turn.payload:
        return await _chosen(turn, form, head, tail)
    return await _said(turn, form)


async def open_form(turn: Turn, topic: str) -> Outcome:
    """Opens the form of `topic` with what the story told; its first question is among the replies."""
    story = _story(turn, topic)
    turn = msgspec.structs.replace(turn, profile=learned(
        turn.profile, story.text, story.understanding.entities, turn.catalog))  # fmt: skip
    form = Form(topic=topic, started_at=turn.now, urgent=story.understanding.urgent)
    form.attachments, turn.talk.attachments = [*turn.talk.attachments, *(a.id for a in turn.attachments)], []
    form.for_someone_else = contains(story.text, turn.catalog.phrases["for_someone_else"])
    form.conditions = sorted(conditions(story.text, turn.catalog))
    matter = turn.catalog.topics[topic]
    form.case = heard(story, matter) or spoken_of(turn, matter)
    told = msgspec.structs.replace(story, profile=turn.profile, talk=turn.talk)
    filled = fill.start(told, form)
    remembered_commune(turn, form)
    if turn.talk.location:
        form.slots["location"], turn.talk.location = turn.talk.location, None
    turn.talk.form, turn.talk.pending, turn.talk.topic, turn.talk.misses = form, None, topic, 0
    prefix = [turn.say("form.opened")]
    if form.for_someone_else:
        prefix.append(turn.say("form.for_other_noted"))
    known = [slot for slot in filled.new if slot != "what_happened"]
    if known:
        listed = joined(f"{ask.label(turn, slot)}: {ask.shown(turn, slot, form)}" for slot in known)
        prefix.append(turn.say("form.opened_with", filled=listed))
    return _outcome(turn, form, [ask.question(turn, form, "\n".join(prefix))], act="report")


async def _switch(turn: Turn, topic: str) -> Outcome:
    """Another matter's form, or the same story under another topic: what was answered already is kept."""
    old = turn.talk.form
    pending = turn.talk.pending
    turn.talk.pending = None
    if old is None or (pending is not None and pending.data):
        return await open_form(turn, topic)
    old.topic, old.stage, old.asked = topic, "filling", None
    old.case = case_in(turn.catalog, old.slots.get("what_happened", ""), topic)
    turn.talk.topic = topic
    return _next(turn, old, "")


def other_matter(turn: Turn, topic: str) -> Outcome:
    """The person tells of something else while a form is open: asked back, so that neither gets lost."""
    form = turn.talk.form
    assert form is not None
    turn.talk.last_story, turn.talk.last_understanding = turn.text, turn.understanding
    turn.talk.pending = Pending("which_topic", topic)
    old, new = (turn.catalog.topics[id_].title.in_(turn.profile.language) for id_ in (form.topic, topic))
    choices = (
        turn.choice("form.switch_new", f"switch:{topic}", topic=new.lower()),
        turn.choice("form.switch_stay", "stay", topic=old.lower()),
    )
    return _outcome(
        turn, form, [Reply(turn.say("form.switch", old=old.lower(), new=new.lower()), choices)], "report"
    )


def _story(turn: Turn, topic: str) -> Turn:
    """The turn that told what happened: this one, or the one that guidance on this topic was given for. The
    label of a choice tells nothing."""
    if turn.payload is None:
        return turn
    told = turn.talk.last_understanding
    if told is None or turn.talk.last_story is None or told.topic != topic:
        nothing = msgspec.structs.replace(turn.understanding, act="ask", urgent=False, entities=())
        return msgspec.structs.replace(turn, text="", understanding=nothing, payload=None)
    return msgspec.structs.replace(turn, text=turn.talk.last_story, understanding=told, payload=None)


async def _said(turn: Turn, form: Form) -> Outcome:
    """A typed message while the form is open."""
    phrases = turn.catalog.phrases
    if turn.location is not None:
        form.slots["location"] = f"{turn.location[0]:.5f}, {turn.location[1]:.5f}"
        return _next(turn, form, turn.say("talk.location_kept"))
    if turn.shared_phone:
        phone = parse_phone(turn.shared_phone) or turn.shared_phone
        put(form, "contact_phone", phone, turn.shared_phone, Filled())
        return _next(turn, form, "")
    if turn.attachments:
        form.attachments += [attachment.id for attachment in turn.attachments]
        if form.asked == "evidence":
            form.slots.pop("evidence", None)
            form.skipped.append("evidence")
        elif form.asked and not turn.text and ask.step_asked(turn, form).photo:
            form.skipped.append(form.asked)
        if not turn.text and form.stage == "summary":  # an album comes photo by photo: one summary is enough
            return Outcome([ask.more_files(turn, form)], turn.talk, act="inform", topic=form.topic)
        if not turn.text:
            return _next(turn, form, turn.say("form.photo_kept", count=len(turn.attachments)))
    if is_only(turn.text, phrases["resume"]):
        topic = turn.catalog.topics[form.topic].title.in_(turn.profile.language)
        return _next(turn, form, turn.say("form.resumed", topic=topic))
    if len(turn.text.split()) <= _SHORT and contains(turn.text, phrases["why"]):
        return _next(turn, form, ask.why(turn, form))
    if form.stage != "filling":
        return await _said_at_the_end(turn, form)
    if form.asked == ask.PROVINCE:
        return _province_said(turn, form)
    if fill.skips(turn, form) or (declines(turn) and not asks_free_text(turn, form)):
        return _skip(turn, form)
    if form.asked == "evidence":
        return _words_for_files(turn, form)
    if form.asked in _NAMES and agrees(turn):
        return _next(turn, form, "")  # a bare yes names nothing: the question stands
    return _answered(turn, form, fill.answer(turn, form))


def _words_for_files(turn: Turn, form: Form) -> Outcome:
    """Words where files were asked for: a yes waits for them, anything else is kept as a note."""
    if agrees(turn) and "evidence" not in form.said:
        form.said["evidence"] = turn.text
        return _outcome(turn, form, [Reply(turn.say("form.send_photo"), (turn.choice("form.skip", "skip"),))])
    if agrees(turn):
        return _skip(turn, form)
    note(form, turn.text)
    return _skip(turn, form)


async def _said_at_the_end(turn: Turn, form: Form) -> Outcome:
    """Summary and consent take yes, no, and corrections in plain words."""
    if agrees(turn):
        return await _chosen(turn, form, "ok" if form.stage == "summary" else "consent", "yes")
    if declines(turn):
        if form.stage == "consent":
            return _cancel(turn, form)
        return _outcome(turn, form, [ask.summary(turn, form)], act="deny")
    if contains(turn.text, turn.catalog.phrases["pause"]):
        return _left(turn, form, "pause")
    form_stage, form.asked = form.stage, None
    filled = Filled()
    fill.from_entities(turn, form, filled, correcting=True)
    if not filled.changed and not filled.new:
        unread = turn.say(f"form.not_understood_{form_stage}")
        return _outcome(turn, form, [Reply(unread, ask.question(turn, form).choices)])
    form.stage = "summary"
    return _answered(turn, form, filled)


def _province_said(turn: Turn, form: Form) -> Outcome:
    profile = learned(turn.profile, turn.text, turn.understanding.entities, turn.catalog)
    called = province_called(turn.text, turn.catalog)
    if called:
        profile = msgspec.structs.replace(profile, province=called)
    filled = Filled()
    if profile.province is not None:
        turn = msgspec.structs.replace(turn, profile=profile)
        form.asked = "commune"
        fill.from_entities(turn, form, filled, correcting=False)
    return _answered(turn, form, filled)


async def _chosen(turn: Turn, form: Form, head: str, tail: str) -> Outcome:
    """A choice of the form's own."""
    if head == "cancel":
        return _cancel(turn, form)
    if head == "whom" and turn.profile.province is not None:
        lead = named(turn.catalog, turn.profile.language, route_of(turn, form).lead)
        told = responsibility(turn, lead, turn.profile.province)
        return _outcome(turn, form, [Reply(told, ask.question(turn, form).choices)])
    if head == "stop":
        await turn.ports.subscriptions.unsubscribe()  # the same word ends the news: it is honoured anywhere
        return _left(turn, form, "pause")
    if head in ("resume", "pause"):
        return _left(turn, form, head)
    if head == "other":
        return other_matter(turn, tail)
    if head == "danger":
        return await _in_danger(turn, form)
    if head == "skip":
        return _skip(turn, form)
    if head == "province":
        return _province_chosen(turn, form, tail)
    if head == "commune":
        return _commune_chosen(turn, form, tail)
    if head == "edit":
        return _edit(turn, form, tail)
    if head == "vulnerable":
        return _vulnerable_chosen(turn, form, tail)
    if head == "ok" and form.stage == "summary":
        form.stage = "consent"
        return _next(turn, form, "", act="affirm")
    if head == "consent" and form.stage == "consent":
        return await send(turn, form) if tail == "yes" else _cancel(turn, form)
    turn.talk.pending = None
    return _next(turn, form, "")


async def _in_danger(turn: Turn, form: Form) -> Outcome:
    """Danger in the middle of a form: the urgent steps stand before the next question. The words are kept: as
    the answer where symptoms or the story were asked for, else as a note, and the question stands. Danger of
    another matter brings the steps of that one, and the question which of the two comes first."""
    turn = msgspec.structs.replace(turn, payload=None)
    if other := _other_danger(turn, form):
        return _urgently(turn, other, other_matter(turn, other))
    form.urgent = True
    if form.asked in ("symptoms", "what_happened"):
        outcome = await _said(turn, form)
    else:
        note(form, turn.text)
        outcome = _next(turn, form, "")
    return _urgently(turn, form.topic, outcome)


def _urgently(turn: Turn, topic: str, outcome: Outcome) -> Outcome:
    outcome.replies.insert(0, Reply(urgent_text(turn, turn.catalog.topics[topic])))
    outcome.urgent = True
    return outcome


def _other_danger(turn: Turn, form: Form) -> str | None:
    """The topic of a story of its own, told at some length; a threat or a symptom belongs to the form's."""
    told = turn.understanding
    if told.topic == form.topic or told.act != "report" or told.confidence < _SURE:
        return None
    if form.asked in ("symptoms", "what_happened") or turn.pipeline.danger(turn.text):
        return None
    return told.topic if len(turn.text.split()) > _SHORT else None


def _left(turn: Turn, form: Form, head: str) -> Outcome:
    topic = turn.catalog.topics[form.topic].title.in_(turn.profile.language).lower()
    if head == "resume":
        act = "greet" if turn.understanding.act == "greet" else "inform"
        return _next(turn, form, turn.say("form.welcome_back", topic=topic), act)
    choices = (turn.choice("form.resume", "resume"), turn.choice("form.cancel", "cancel"))
    return _outcome(turn, form, [Reply(turn.say("form.paused"), choices)], act="goodbye")


def _province_chosen(turn: Turn, form: Form, province: str) -> Outcome:
    if province not in turn.provinces:
        turn.talk.form = None
        return Outcome(
            [Reply(turn.say("form.province_elsewhere"))], turn.talk, act="inform", topic=form.topic
        )
    profile = msgspec.structs.replace(turn.profile, province=province)
    return _next(msgspec.structs.replace(turn, profile=profile), form, "")


def _commune_chosen(turn: Turn, form: Form, code: str) -> Outcome:
    filled = Filled()
    form.asked = "commune"
    if code in turn.catalog.commune_by_code:
        set_commune(turn, form, code, turn.text, filled)
    return _answered(turn, form, filled)


def _edit(turn: Turn, form: Form, slot: str) -> Outcome:
    if slot == "more":
        return _outcome(turn, form, [ask.more_to_edit(turn, form)])
    if slot == "topic":
        return _outcome(turn, form, [_which_topic(turn, form)])
    if slot not in turn.catalog.slots:
        return _next(turn, form, "")
    form.stage = "filling"
    form.slots.pop(slot, None)
    form.editing = slot
    if slot == "commune":
        form.commune = None
    return _next(turn, form, "")


def _which_topic(turn: Turn, form: Form) -> Reply:
    """Asks for the matter in the person's own words; the topics that came near are offered beside."""
    turn.talk.pending = Pending("which_topic")
    told = turn.talk.last_understanding
    near = [guess.topic for guess in told.alternatives if guess.topic] if told else []
    offered = dict.fromkeys(topic for topic in [*near, "other"] if topic != form.topic)
    language = turn.profile.language
    choices = [Choice(turn.catalog.topics[id_].title.in_(language), f"switch:{id_}") for id_ in offered]
    current = turn.catalog.topics[form.topic].title.in_(language).lower()
    choices.append(turn.choice("form.switch_stay", "stay", topic=current))
    return Reply(turn.say("form.which_topic"), tuple(choices))


def _vulnerable_chosen(turn: Turn, form: Form, answer: str) -> Outcome:
    if answer == "ask":
        choices = (turn.choice("talk.yes", "vulnerable:yes"), turn.choice("talk.no", "vulnerable:no"))
        return _outcome(turn, form, [Reply(turn.say("form.vulnerable_explain"), choices)])
    noted = turn.say("form.vulnerable_noted") if answer == "yes" else ""
    return _next(_vulnerable(turn, answer == "yes"), form, noted)


def _vulnerable(turn: Turn, yes: bool) -> Turn:
    return msgspec.structs.replace(turn, profile=msgspec.structs.replace(turn.profile, vulnerable=yes))


def _skip(turn: Turn, form: Form) -> Outcome:
    if form.asked and form.asked != ask.PROVINCE:
        form.skipped.append(form.asked)
    return _next(turn, form, "")


def _cancel(turn: Turn, form: Form) -> Outcome:
    turn.talk.form = None
    return Outcome([Reply(turn.say("form.cancelled"))], turn.talk, act="cancel", topic=form.topic)


def _answered(turn: Turn, form: Form, filled: Filled) -> Outcome:
    """Goes on after an answer: says what was changed or could not be read, remembers the commune."""
    asked = form.asked
    if contains(turn.text, turn.catalog.phrases["no_files"]) and "evidence" not in form.skipped:
        form.skipped.append("evidence")
    if filled.problem and contains(turn.text, turn.catalog.phrases["skip"]):
        return _skip(turn, form)
    form.conditions = sorted({*form.conditions, *conditions(turn.text, turn.catalog)})
    if filled.communes:
        return _outcome(turn, form, [ask.which_commune(turn, filled.communes, turn.text.strip())])
    told = "commune" in (*filled.new, *filled.changed)
    own = not (form.for_someone_else or ask.asks_elsewhere(turn, form))
    if form.commune and told and own:
        turn = msgspec.structs.replace(turn, profile=with_commune(turn.profile, form.commune, turn.catalog))
    notes = _notes(turn, form, filled, asked)
    if filled.problem:
        notes.append(turn.say(filled.problem))
    return _next(turn, form, "\n".join(notes))


def _notes(turn: Turn, form: Form, filled: Filled, asked: str | None) -> list[str]:
    """What was changed, and what was told on the way; the answer that was asked for goes without saying."""
    told = [("form.corrected", slot) for slot in filled.changed]
    told += [("form.noted", slot) for slot in filled.new if slot != asked]
    if form.commune and "commune" in (*filled.new, *filled.changed):
        moved = old_name_mapped(turn, form)
        if moved:
            return [moved]
    return [
        turn.say(key, label=ask.label(turn, slot), value=ask.shown(turn, slot, form)) for key, slot in told
    ]


def _next(turn: Turn, form: Form, prefix: str, act: str = "inform") -> Outcome:
    if form.kind == "complaint" or ask.next_slot(turn, form) is not None:
        return _outcome(turn, form, [ask.question(turn, form, prefix)], act)
    return _outcome(turn, form, [], act)


def _outcome(turn: Turn, form: Form, replies: list[Reply], act: str = "inform") -> Outcome:
    return Outcome(replies, turn.talk, profile=turn.profile, act=act, topic=form.topic)


ACTION = Action(
    name="file_complaint",
    run=run,
    acts=("inform",),
    payloads=("report", "switch", "stay", "skip", "cancel", "edit", "vulnerable", "ok", "consent", "resume",
              "pause", "other", "danger", "stop", "whom"),
)  # fmt: skip
