"""The end of a form: sent to whom the plan makes responsible, and what the person is told then."""

from __future__ import annotations

from actions.contract import Form, Outcome, Reply, Turn
from actions.listings import contact
from actions.ports import ComplaintDraft, Filed
from actions.wording import day, responsibility


async def send(turn: Turn, form: Form) -> Outcome:
    """Sends the form to whom the plan makes responsible. Consent was just given."""
    assert turn.profile.province is not None
    filed = await turn.ports.cases.file(draft_of(turn, form, turn.profile.province))
    turn.talk.form = turn.talk.last_story = turn.talk.last_understanding = None
    outcome = Outcome(
        [filed_reply(turn, filed)], turn.talk, profile=turn.profile, act="affirm", topic=form.topic
    )
    outcome.urgent = form.urgent
    return outcome


def draft_of(turn: Turn, form: Form, province: str) -> ComplaintDraft:
    return ComplaintDraft(
        kind=form.kind,
        province=province,
        topic=form.topic,
        urgent=form.urgent,
        vulnerable=bool(turn.profile.vulnerable),
        slots=form.slots,
        said=form.said,
        attachments=tuple(form.attachments),
        conditions=frozenset(form.conditions),
        commune=form.commune,
        incident_commune=form.incident_commune,
        for_someone_else=form.for_someone_else,
        talk_since=form.started_at,
    )


def filed_reply(turn: Turn, filed: Filed, sent: str = "form.filed") -> Reply:
    """Code, agency, clause by its basis, and until when."""
    case = filed.case
    lines = [
        turn.say(sent, agency=case.lead.name, code=case.code, secret=filed.secret),
        responsibility(turn, case.lead, case.province),
    ]
    if where := contact(turn, case.lead, case.province):
        lines.append(where)
    if case.due is not None:
        key = "form.filed_due_law" if case.by_law else "form.filed_due_target"
        lines.append(turn.say(key, date=day(case.due)))
    if turn.profile.vulnerable:
        lines.append(turn.say("form.filed_priority"))
    lines += [turn.say("form.filed_updates"), turn.say("form.filed_keep")]
    return Reply("\n".join(lines), (turn.choice("talk.menu_track", "track"),))
