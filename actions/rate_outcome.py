"""Whether it helped: asked once, when an agency has resolved a complaint."""

from __future__ import annotations

from actions.contract import Action, Outcome, Reply, Turn


async def run(turn: Turn) -> Outcome:
    _, code, answer = (turn.payload or "::").split(":", 2)
    await turn.ports.cases.rate(code, answer == "yes")
    if answer == "yes":
        return Outcome([Reply(turn.say("cases.rated_yes"))], turn.talk, act="affirm")
    choices = (turn.choice("talk.menu_officer", "officer"),)
    return Outcome([Reply(turn.say("cases.rated_no"), choices)], turn.talk, act="deny")


ACTION = Action(name="rate_outcome", run=run, payloads=("helped",))
