"""The tip of the day: by date, the same for everybody."""

from __future__ import annotations

from actions.contract import Action, Choice, Outcome, Reply, Turn
from actions.wording import day, sources
from content.education import education


async def run(turn: Turn) -> Outcome:
    choices: tuple[Choice, ...] = ()
    if turn.talk.form is None:
        choices = (turn.choice("quiz.start", "quiz"), turn.choice("quiz.subscribe", "subscribe"))
    return Outcome([Reply(told(turn), choices)], turn.talk, act="ask")


def told(turn: Turn) -> str:
    tip = education().tip_of(turn.today)
    text = turn.say("quiz.tip", day=day(turn.today), tip=tip.in_(turn.profile.language))
    return "\n".join(part for part in (text, sources(turn, tip.checked, [tip])) if part)


ACTION = Action(name="tip", run=run, payloads=("tip",))
