"""What the bot cannot help with: said kindly, with where to go instead."""

from __future__ import annotations

from actions.contract import Action, Outcome, Reply, Turn
from actions.small_talk import menu


async def run(turn: Turn) -> Outcome:
    text = turn.say("talk.out_of_scope") + "\n" + turn.say("talk.out_of_scope_point")
    return Outcome([Reply(text, menu(turn))], turn.talk, act="out_of_scope")


ACTION = Action(name="out_of_scope", run=run, acts=("out_of_scope",))
