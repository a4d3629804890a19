"""A message of which the platform passes on nothing at all, as with children's accounts: whom to turn to."""

from __future__ import annotations

from actions.contract import Action, Outcome, Reply, Turn


async def run(turn: Turn) -> Outcome:
    return Outcome([Reply(turn.say("unreadable.content_kept_back"))], turn.talk, act="inform")


ACTION = Action(name="unreadable", run=run, payloads=("unreadable",))
