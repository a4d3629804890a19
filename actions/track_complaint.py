"""The state of complaints: one's own, or any by its code and secret, also from another channel."""

from __future__ import annotations

import re
from collections.abc import Collection

from actions.contract import Action, Choice, Outcome, Pending, Reply, Turn
from actions.ports import CaseView, Locked
from actions.wording import day, responsibility
from nlu.phrases import contains

CODE = re.compile(r"\b([A-Za-z]{2})(?:[\s.-]*(\d{2})[\s.-]+(\d{1,6})|[\s.-]*(\d{2})(\d{6}))\b")
SECRET = re.compile(r"\b(?=[A-Za-z]*\d|[A-Za-z]{6}\b)[A-Za-z0-9]{6}\b")


async def run(turn: Turn) -> Outcome:
    head, _, tail = (turn.payload or "").partition(":")
    if head == "withdraw":
        return await _withdraw(turn, tail)
    pending = turn.talk.pending
    code = told_code(turn)
    if pending and pending.question == "track_secret" and not turn.payload and code in (None, pending.data):
        return await _open(turn, pending.data, turn.text)
    mine = await turn.ports.cases.mine()
    if code is None:
        if mine:
            return _list(turn, mine)
        turn.talk.pending = Pending("track_code")
        return _say(turn, turn.say("cases.none"))
    own = [case for case in mine if case.code == code]
    if own:
        return _list(turn, own)
    secret = secret_beside(turn.text)
    if secret:
        return await _open(turn, code, secret)
    turn.talk.pending = Pending("track_secret", code)
    return _say(turn, turn.say("cases.ask_secret", code=code))


def code_in(text: str, prefixes: Collection[str] = ()) -> str | None:
    """The complaint code that the text holds, however it is spaced: "hy 26 123" is HY-26-000123.

    With `prefixes` only these letters begin one: to a consumer's batch number "AB12345" they are a must.
    """
    for found in CODE.finditer(text):
        if not prefixes or found[1].upper() in prefixes:
            return f"{found[1].upper()}-{found[2] or found[4]}-{int(found[3] or found[5]):06d}"
    return None


def without_secret(text: str) -> str:
    """The text as a transcript may hold it: a code may stand, the secret beside it may not."""
    codes = [found.group() for found in CODE.finditer(text)]
    hidden = SECRET.sub("******", CODE.sub("\0", text))
    for code in codes:
        hidden = hidden.replace("\0", code, 1)
    return hidden


def told_code(turn: Turn) -> str | None:
    """The code of one of our provinces that the message holds."""
    provinces = turn.catalog.provinces.values()
    return code_in(turn.text, {content.province.prefix for content in provinces})


def secret_beside(text: str) -> str | None:
    """The secret typed with its code. One in six has no digit: only where nothing else stands with the code
    is it no word in capitals."""
    rest = CODE.sub(" ", text)
    if alone := SECRET.fullmatch(rest.strip(" .,:;/-\n")):
        return alone.group()
    found = re.search(r"\b(?=\w*\d)(?=\w*[A-Z])[A-Z0-9]{6}\b", rest)
    return found.group() if found else None


async def _open(turn: Turn, code: str, said: str) -> Outcome:
    turn.talk.pending = None
    found = SECRET.search(CODE.sub(" ", said))
    case = await turn.ports.cases.open(code, found.group().upper()) if found else None
    if case is None or isinstance(case, Locked):
        turn.talk.pending = Pending("track_secret", code)
        shut = turn.say("cases.wrong") if case is None else _locked(turn, code, case)
        return _say(turn, shut, (turn.choice("talk.menu_officer", "officer"),))
    outcome = _list(turn, [case])
    outcome.replies.insert(0, Reply(turn.say("cases.opened", code=code)))
    return outcome


def _locked(turn: Turn, code: str, lock: Locked) -> str:
    return turn.say("cases.locked", code=code, time=f"{lock.until:%H:%M}", date=day(lock.until.date()))


async def _withdraw(turn: Turn, code: str) -> Outcome:
    mine = await turn.ports.cases.mine()
    if code not in {case.code for case in mine}:
        return _list(turn, mine) if mine else _say(turn, turn.say("cases.none"))
    done = await turn.ports.cases.withdraw(code)
    return _say(turn, turn.say("cases.withdrawn" if done else "cases.not_withdrawn", code=code))


def _list(turn: Turn, cases: list[CaseView]) -> Outcome:
    turn.talk.pending = None
    shown = cases[:5]
    text = "\n\n".join(view(turn, case) for case in shown)
    if len(cases) > 1:
        text = turn.say("cases.list") + "\n\n" + text
    if contains(turn.text, turn.catalog.phrases["withdraws"]):
        text += "\n\n" + turn.say("cases.withdraw_hint")
    live = [case for case in shown if case.state in ("open", "accepted", "asked")]
    choices = tuple(
        Choice(turn.say("cases.withdraw", code=case.code), f"withdraw:{case.code}") for case in live[:3]
    )
    return _say(turn, text, choices)


def view(turn: Turn, case: CaseView) -> str:
    lines = [
        turn.say(
            "cases.view",
            code=case.code,
            topic=turn.catalog.topics[case.topic].title.in_(turn.profile.language),
            state=turn.say(f"cases.state_{case.state}"),
            agency=responsibility(turn, case.lead, case.province),
        )
    ]
    if case.due and case.state in ("open", "accepted", "asked"):
        lines.append(turn.say("cases.due_law" if case.by_law else "cases.due_target", date=day(case.due)))
    if case.answer:
        lines.append(turn.say("cases.last_answer", answer=case.answer))
    return "\n".join(lines)


def _say(turn: Turn, text: str, choices: tuple[Choice, ...] = ()) -> Outcome:
    return Outcome([Reply(text, choices)], turn.talk, act="check_status")


ACTION = Action(name="track_complaint", run=run, acts=("check_status",), payloads=("track", "withdraw"))
