"""Files, and words for an officer, that come while no form is open."""

from __future__ import annotations

from actions.contract import Action, Choice, Outcome, Pending, Reply, Turn


async def run(turn: Turn) -> Outcome:
    ids = tuple(attachment.id for attachment in turn.attachments)
    if turn.payload:
        return await _add(turn, turn.payload.partition(":")[2], tuple(turn.talk.attachments))
    if turn.location is not None:
        turn.talk.location = f"{turn.location[0]:.5f}, {turn.location[1]:.5f}"
        return _say(turn, turn.say("talk.location_kept"))
    if turn.asked_case:
        return await _answer_officer(turn, turn.asked_case, ids)
    live = [case for case in await turn.ports.cases.mine() if case.state in ("open", "accepted")]
    turn.talk.attachments += ids
    if len(live) == 1:
        return await _add(turn, live[0].code, tuple(turn.talk.attachments))
    if live:
        turn.talk.pending = Pending("evidence")
        choices = tuple(Choice(case.code, f"evidence:{case.code}") for case in live[:5])
        return _say(turn, turn.say("cases.evidence_which"), choices)
    if not ids:
        return _say(turn, turn.say("cases.evidence_none"))
    return _say(turn, turn.say("talk.photo_without_case", count=len(ids)))


async def _add(turn: Turn, code: str, ids: tuple[str, ...]) -> Outcome:
    """Adds the files that wait, and the words beside them, to the complaint."""
    note = "" if turn.payload else turn.text
    turn.talk.pending = None
    if not ids and not note:
        return _say(turn, turn.say("cases.evidence_send"))
    if not await turn.ports.cases.add_evidence(code, ids, note):
        return _say(turn, turn.say("cases.evidence_none"))
    turn.talk.attachments = []
    if ids:
        return _say(turn, turn.say("cases.evidence_added", count=len(ids), code=code))
    return _say(turn, turn.say("cases.note_added", code=code))


async def _answer_officer(turn: Turn, code: str, ids: tuple[str, ...]) -> Outcome:
    await turn.ports.cases.answer_officer(code, turn.text, (*turn.talk.attachments, *ids))
    turn.talk.attachments, turn.talk.pending = [], None
    case = next(case for case in await turn.ports.cases.mine() if case.code == code)
    return _say(turn, turn.say("cases.answered", agency=case.lead.name, code=code))


def _say(turn: Turn, text: str, choices: tuple[Choice, ...] = ()) -> Outcome:
    return Outcome([Reply(text, choices)], turn.talk, act="inform")


ACTION = Action(name="add_evidence", run=run, payloads=("evidence",))
