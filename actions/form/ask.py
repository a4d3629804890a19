"""Which question comes next, and the messages that ask it."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from actions.agencies import named, route_of
from actions.contract import Choice, Form, Reply, Turn
from actions.wording import day, joined
from content.schema import FormStep, SlotKind
from nlu.steps.fold import fold
from nlu.steps.secrets import mask_personal

_EDITS_SHOWN = 7
"""With the other choices of a summary no more than any channel with buttons of its own can show."""

PROVINCE = "province"
"""Asked like a slot, but remembered with the person and not with the complaint."""


def steps(turn: Turn, form: Form) -> list[FormStep]:
    if form.kind == "request":
        return [FormStep(slot="what_happened")]
    asked = turn.catalog.topics[form.topic].form
    return [step for step in asked if not step.only_in or form.case in step.only_in]


def step_asked(turn: Turn, form: Form) -> FormStep:
    """The open question; one of the summary's edits may ask for a slot that the form has no step for."""
    slot = form.asked or ""
    return next((step for step in steps(turn, form) if step.slot == slot), FormStep(slot=slot))


def next_slot(turn: Turn, form: Form) -> str | None:
    """The first question that is neither answered nor skipped; the province stands before the commune."""
    if form.editing is not None and form.editing not in form.slots and form.editing not in form.skipped:
        return form.editing
    form.editing = None
    for step in steps(turn, form):
        if step.slot == "commune" and turn.profile.province is None:
            return PROVINCE
        if step.slot not in form.slots and step.slot not in form.skipped:
            return step.slot
    return PROVINCE if turn.profile.province is None else None


def question(turn: Turn, form: Form, prefix: str = "") -> Reply:
    """The next message of the form: a question, the summary, or the request for consent."""
    if form.stage == "filling":
        form.asked = next_slot(turn, form)
        if form.asked is None:
            form.stage = "summary"
    if form.stage == "summary":
        return summary(turn, form, prefix)
    if form.stage == "consent":
        return consent(turn, form, prefix)
    if form.asked == PROVINCE:
        return province_question(turn, prefix)
    return _slot_question(turn, form, prefix)


def province_question(turn: Turn, prefix: str = "") -> Reply:
    choices = [
        Choice(turn.catalog.provinces[id_].province.name.in_(turn.profile.language), f"province:{id_}")
        for id_ in turn.provinces
    ]
    choices.append(turn.choice("form.province_other", "province:other"))
    return Reply(_lines(prefix, turn.say("form.province")), tuple(choices))


def _slot_question(turn: Turn, form: Form, prefix: str) -> Reply:
    language = turn.profile.language
    step = step_asked(turn, form)
    slot = turn.catalog.slots[step.slot]
    told = step.also and all(other in form.slots for other in step.also)
    ask = ((step.alone if told else step.ask) or slot.ask).in_(language)
    if slot.kind is SlotKind.PHOTO:
        ask = _lines(ask, turn.say("form.send_photo"))
    skip, cancel = turn.choice("form.skip", "skip"), turn.choice("form.cancel", "cancel")
    wants: Literal["phone"] | None = "phone" if step.slot == "contact_phone" else None
    return Reply(_lines(prefix, ask), (skip, cancel), wants)


def asks_elsewhere(turn: Turn, form: Form) -> bool:
    """The form asks for the commune where it happened, not where the person lives."""
    return any(step.slot == "commune" and step.elsewhere for step in steps(turn, form))


def why(turn: Turn, form: Form) -> str:
    """Why the question asked is asked."""
    slot = turn.catalog.slots.get(form.asked or "")
    why = step_asked(turn, form).why or (slot.why if slot else None)
    reason = why.in_(turn.profile.language) if why else ""
    return turn.say("form.why_prefix", why=reason)


def which_commune(turn: Turn, codes: list[str], name: str) -> Reply:
    """An old name that several communes bore: asked back, never guessed."""
    choices = []
    for code in codes:
        _, commune = turn.catalog.commune_by_code[code]
        bore_it = [unit for unit in commune.formed_from if _bare(unit.name) in fold(name)]
        districts = {unit.district for unit in bore_it or commune.formed_from}
        choices.append(Choice(f"{commune.name} ({joined(sorted(districts)[:2])})", f"commune:{code}"))
    return Reply(turn.say("form.which_commune", name=name), (*choices, turn.choice("form.skip", "skip")))


def _bare(name: str) -> str:
    return fold(name).removeprefix("thi tran ").removeprefix("phuong ").removeprefix("xa ")


def shown(turn: Turn, slot: str, form: Form) -> str:
    """The answer as the person reads it back: amounts with dots, dates as day/month/year, numbers of people
    and accounts half hidden, for what we say stands in the transcript."""
    value = form.slots[slot]
    kind = turn.catalog.slots[slot].kind
    if kind is SlotKind.MONEY:
        amount = f"{int(value):,}"
        return f"{amount} VND" if turn.profile.language == "en" else amount.replace(",", ".") + " đ"
    if kind is SlotKind.DATE:
        return day(dt.date.fromisoformat(value))
    if kind is SlotKind.BANK and value in turn.catalog.banks:
        return turn.catalog.banks[value].name
    if kind in (SlotKind.PHONE, SlotKind.BANK_ACCOUNT):
        return value[:2] + "x" * (len(value) - 5) + value[-3:]
    return mask_personal(value, turn.pipeline.extract(value, turn.today)) if kind is SlotKind.TEXT else value


def label(turn: Turn, slot: str, form: Form | None = None) -> str:
    if slot == "commune" and form is not None and asks_elsewhere(turn, form):
        return turn.say("form.summary_incident")
    return turn.catalog.slots[slot].label.in_(turn.profile.language)


def summary(turn: Turn, form: Form, prefix: str = "") -> Reply:
    language = turn.profile.language
    topic = turn.catalog.topics[form.topic]

    def line(name: str, value: str) -> str:
        return turn.say("form.summary_line", label=name, value=value)

    lines = [turn.say("form.summary"), line(turn.say("form.summary_topic"), topic.title.in_(language))]
    lines += [line(label(turn, slot, form), shown(turn, slot, form)) for slot in form.slots]
    if form.incident_commune:
        place = turn.catalog.commune_by_code[form.incident_commune][1].name
        lines.append(line(turn.say("form.summary_incident"), place))
    if form.attachments:
        count = turn.say("form.summary_photos_count", count=len(form.attachments))
        lines.append(line(turn.say("form.summary_photos"), count))
    flags = [
        (form.urgent, "urgent"),
        (form.for_someone_else, "for_other"),
        (turn.profile.vulnerable, "vulnerable"),
    ]
    lines += ["• " + turn.say(f"form.summary_{name}") for yes, name in flags if yes]
    lines.append(turn.say("form.summary_ask"))
    return Reply(_lines(prefix, "\n".join(lines)), _summary_choices(turn, form))


def more_files(turn: Turn, form: Form) -> Reply:
    """Another file while the summary stands: counted, with the way on."""
    text = turn.say("form.photo_kept_more", count=len(turn.attachments), total=len(form.attachments))
    return Reply(text, (turn.choice("form.summary_ok", "ok"), turn.choice("form.cancel", "cancel")))


def _summary_choices(turn: Turn, form: Form) -> tuple[Choice, ...]:
    choices = [turn.choice("form.summary_ok", "ok")]
    edits = _edits(turn, form)
    choices += edits[:_EDITS_SHOWN]
    if len(edits) > _EDITS_SHOWN:
        choices.append(turn.choice("form.edit_more", "edit:more"))
    if turn.profile.vulnerable is None:
        choices.append(turn.choice("form.vulnerable_offer", "vulnerable:ask"))
    choices.append(turn.choice("form.cancel", "cancel"))
    return tuple(choices)


def _edits(turn: Turn, form: Form) -> list[Choice]:
    slots = [slot for slot in form.slots if slot in turn.catalog.slots]
    named = {slot: label(turn, slot, form).lower() for slot in slots}
    edits = [turn.choice("form.edit", f"edit:{slot}", label=name) for slot, name in named.items()]
    return [*edits, turn.choice("form.edit_topic", "edit:topic")]


def more_to_edit(turn: Turn, form: Form) -> Reply:
    """The edit choices that the summary had no room for."""
    return Reply(turn.say("form.edit_which"), tuple(_edits(turn, form)[_EDITS_SHOWN:]))


def consent(turn: Turn, form: Form, prefix: str = "") -> Reply:
    """Names who gets the complaint before it is sent (Law 91/2025 Art. 9: informed, never by silence)."""
    language = turn.profile.language
    way = route_of(turn, form)
    lead = named(turn.catalog, language, way.lead)
    others = joined(named(turn.catalog, language, who).name for who in way.coordinating)
    tail = turn.say("form.consent_others", agencies=others) if others else ""
    what = turn.say("form.consent_files" if form.attachments else "form.consent_words")
    text = turn.say("form.consent", what=what, agency=lead.name, others=tail)
    choices = (turn.choice("form.consent_yes", "consent:yes"), turn.choice("form.consent_no", "consent:no"))
    return Reply(_lines(prefix, text), choices)


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
