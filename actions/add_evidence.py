"""Files, and words for an officer, that come while no form is open."""

from __future__ import annotations

from actions.contract import Action, Choice, Outcome, Pending, Reply, Turn
from actions.form.ask import question


async def run(turn: Turn) -> Outcome:
    ids = tuple(attachment.id for attachment in turn.attachments)
    if turn.payload:
        return await _chosen(turn, turn.payload.partition(":")[2])
    if turn.location is not None:
        turn.talk.location = f"{turn.location[0]:.5f}, {turn.location[1]:.5f}"
        return _say(turn, turn.say("talk.location_kept"))
    pending = turn.talk.pending
    waits_for = pending.data if pending is not None and pending.question == "evidence" else ""
    if turn.asked_case and not waits_for:
        return await _answer_officer(turn, turn.asked_case, ids)
    live = await _live(turn)
    turn.talk.attachments += ids
    if waits_for in live:
        return await _add(turn, waits_for)
    if len(live) == 1:
        return await _add(turn, live[0])
    if live:
        return _which(turn, live, "cases.evidence_which")
    if not ids:
        return _say(turn, turn.say("cases.evidence_none"))
    return _say(turn, turn.say("talk.photo_without_case", count=len(ids)))


async def _live(turn: Turn) -> list[str]:
    """Codes of the person's own complaints that still take something, newest first."""
    return [
        case.code for case in await turn.ports.cases.mine() if case.state in ("open", "accepted", "asked")
    ]


def _which(turn: Turn, live: list[str], words: str) -> Outcome:
    turn.talk.pending = Pending("evidence")
    return _say(turn, turn.say(words), tuple(Choice(code, f"evidence:{code}") for code in live[:5]))


async def _chosen(turn: Turn, code: str) -> Outcome:
    """A complaint was picked: what waits goes to it; where nothing waits, what comes next. The code may be
    another person's, or of a complaint that has ended: then nothing is added anywhere."""
    live = await _live(turn)
    turn.talk.pending = None
    if code not in live:
        if not live:
            return _say(turn, turn.say("cases.evidence_none"))
        return _which(turn, live, "cases.evidence_other_which")
    if turn.talk.attachments:
        return await _add(turn, code)
    turn.talk.pending = Pending("evidence", code)
    return _say(turn, turn.say("cases.evidence_send"))


async def _add(turn: Turn, code: str) -> Outcome:
    """Adds the files that wait, and the words beside them, to the complaint."""
    note, ids = "" if turn.payload else turn.text, tuple(turn.talk.attachments)
    turn.talk.pending = None
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
    answered = Reply(turn.say("cases.answered", agency=case.lead.name, code=code))
    replies = [answered]
    if turn.talk.parked is not None:  # the form that was open when the officer asked
        turn.talk.form, turn.talk.parked = turn.talk.parked, None
        replies.append(question(turn, turn.talk.form, turn.say("form.back_to")))
    return Outcome(replies, turn.talk, act="inform")


def _say(turn: Turn, text: str, choices: tuple[Choice, ...] = ()) -> Outcome:
    return Outcome([Reply(text, choices)], turn.talk, act="inform")


ACTION = Action(name="add_evidence", run=run, payloads=("evidence",))
