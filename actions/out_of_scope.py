"""What the bot cannot help with: said kindly, with where to go instead, and what it may have meant."""

from __future__ import annotations

from actions import answer_faq
from actions.contract import Action, Outcome, Reply, Turn
from actions.small_talk import menu


async def run(turn: Turn) -> Outcome:
    text = turn.say("talk.out_of_scope") + "\n" + turn.say("talk.out_of_scope_point")
    perhaps = answer_faq.nearest(turn) if turn.talk.form is None else ()
    if perhaps:
        text += "\n" + turn.say("talk.out_of_scope_perhaps")
    return Outcome([Reply(text, (*perhaps, *menu(turn)))], turn.talk, act="out_of_scope")


ACTION = Action(name="out_of_scope", run=run, acts=("out_of_scope",))
