"""Is this message, link, number or code a scam? What speaks for it, what to do; never that it is not.

Links are never opened. Who has paid or given a code already gets the urgent steps instead
(`bot.dialogue.suspected`).
"""

from __future__ import annotations

import datetime as dt

import msgspec

from actions import suspicious_words as words
from actions.contract import Action, Choice, Outcome, Pending, Reply, Turn
from actions.wording import numbered, sources
from content.schema import Fact
from nlu.suspicious.report import Report
from nlu.understanding import Act

_LIVE = ("open", "accepted", "asked")
_MOST_STORY = 2000
"""Characters."""


async def run(turn: Turn) -> Outcome:
    wanted = (turn.payload or "").partition(":")[2]
    turn.talk.misses = 0
    if wanted != "photo":  # else it was kept when it was announced
        turn.talk.attachments += [attachment.id for attachment in turn.attachments]
    if wanted == "done":
        return _say(turn, turn.say("suspicious.done_said"))
    report = turn.checker.look(turn.text, turn.understanding.entities, turn.codes)
    if turn.attachments and not turn.codes and not report.links and not report.numbers:
        return _no_code(turn)
    if wanted == "ask":
        turn.talk.pending = Pending("what_to_check")
        return _say(turn, turn.say("suspicious.ask_thing"))
    return await _answer(turn, report)


def _no_code(turn: Turn) -> Outcome:
    """A photo without any code that could be read, or one that still lies with the messenger."""
    turn.talk.pending = Pending("what_to_check")
    awaited = any(attachment.awaited for attachment in turn.attachments)
    return _say(turn, turn.say("suspicious.reading" if awaited else "suspicious.no_code"))


async def _answer(turn: Turn, report: Report) -> Outcome:
    text = await _text(turn, report)
    topic = _topic(turn, report)
    _remember(turn, report, topic)
    if turn.talk.form is not None:  # the open form is the offer
        return _say(turn, text, topic=topic)
    text += "\n\n" + turn.say("guidance.offer")
    return _say(turn, text, await _choices(turn, topic), topic)


async def _text(turn: Turn, report: Report) -> str:
    """Verdict, signs, what is known of the things, how often reported, what to do, the source."""
    goods, told = words.goods(turn, report)
    typical, steps = words.typical(turn, report), words.steps(turn, report)
    parts = [turn.say("suspicious.goods") if report.only_goods else words.verdict(turn, report)]
    found = words.signs(turn, report)
    if found:
        parts.append(turn.say("suspicious.found") + "\n" + words.listed(found))
    if typical:
        parts.append(turn.say("suspicious.how") + "\n" + _facts(turn, typical))
    beside = [*words.known_of(turn, report), *goods, *_code_text(turn, report)]
    counted = await turn.ports.cases.reported(report.numbers) if report.numbers else {}
    beside += words.reports(turn, report.numbers, counted)
    if beside or told:
        parts.append("\n".join([*beside, *(fact.in_(turn.profile.language) for fact in told)]))
    if steps:
        parts.append(turn.say("suspicious.steps") + "\n" + numbered(steps, turn.profile.language))
    parts.append(sources(turn, _checked(turn, report), (*typical, *told, *steps)))
    return "\n\n".join(part for part in parts if part)


def _code_text(turn: Turn, report: Report) -> list[str]:
    """A code that holds nothing that could be looked at."""
    empty = not (report.links or report.numbers or report.goods or report.identity)
    return [turn.say("suspicious.code_text")] if turn.codes and empty else []


def _facts(turn: Turn, facts: tuple[Fact, ...]) -> str:
    return words.listed(fact.in_(turn.profile.language) for fact in facts)


def _checked(turn: Turn, report: Report) -> dt.date:
    """The day on which the oldest of what was said was checked."""
    known = turn.checker.known
    days = [known.signs[sign].checked for sign in report.signs]
    if report.scam is not None:
        days.append(known.scams[report.scam].checked)
    days += [known.registrations[one.format].checked for one in report.registrations if one.format]
    return min(days, default=known.facts.checked)


def _topic(turn: Turn, report: Report) -> str:
    """What a complaint about it would be about."""
    if report.scam is not None:
        return turn.checker.known.scams[report.scam].topic
    if not report.only_goods:
        return "bank_fraud"
    formats = [one.format for one in report.registrations if one.format is not None]
    return turn.checker.known.registrations[formats[0]].goods if formats else "counterfeit_goods"


def _remember(turn: Turn, report: Report, topic: str) -> None:
    """Should a complaint come of it, these words are what happened."""
    talk, text = turn.talk, turn.text
    told = talk.pending is not None and talk.pending.question == "offer_report" and talk.topic == topic
    if told and talk.last_story:  # a number that belongs to what was spoken of
        text = f"{talk.last_story}. {text}"[:_MOST_STORY]
    alone = turn.checker.alone(turn.text, turn.understanding.entities)
    act: Act = "report" if text and (told or not alone) else "ask"
    held = [link.address.written for link in report.links] + [code.digits for code in report.goods]
    story = text or " ".join(held)
    understood = turn.pipeline.parse(story, turn.today)
    talk.topic, talk.last_story = topic, story
    talk.last_understanding = msgspec.structs.replace(understood, act=act, topic=topic, urgent=False)
    talk.checked = not report.only_goods
    talk.pending = Pending("offer_report", topic)


async def _choices(turn: Turn, topic: str) -> tuple[Choice, ...]:
    added = await _to_case(turn)
    report = turn.choice("guidance.offer_yes", f"report:{topic}")
    officer = turn.choice("talk.menu_officer", "officer")
    return (*added, report, officer, turn.choice("suspicious.done", "check:done"))


async def _to_case(turn: Turn) -> tuple[Choice, ...]:
    """A photo may have been meant for the complaint that is under way."""
    if not turn.attachments or turn.payload is not None:
        return ()
    live = [case.code for case in await turn.ports.cases.mine() if case.state in _LIVE]
    return tuple(turn.choice("suspicious.add_to_case", f"evidence:{code}", code=code) for code in live[:1])


def _say(turn: Turn, text: str, choices: tuple[Choice, ...] = (), topic: str | None = None) -> Outcome:
    return Outcome([Reply(text, choices)], turn.talk, act=turn.understanding.act, topic=topic)


ACTION = Action(name="check_suspicious", run=run, payloads=("check",))
