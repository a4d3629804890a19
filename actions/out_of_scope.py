"""What the bot cannot help with: said kindly, with where to go instead, and what it may have meant."""

from __future__ import annotations

from actions import answer_faq
from actions.contract import Action, Outcome, Reply, Turn
from actions.small_talk import menu


async def run(turn: Turn) -> Outcome:
    perhaps = answer_faq.nearest(turn) if turn.talk.form is None else None
    if perhaps is None:
        lines, choices = ["talk.out_of_scope", "talk.out_of_scope_point"], menu(turn)
    else:
        choices = (perhaps.choice, *menu(turn))
        lines = ["talk.out_of_scope", "talk.out_of_scope_point", "talk.out_of_scope_perhaps"]
        if perhaps.likely:  # who asked it would not read on after "I cannot help with this"
            lines = ["talk.out_of_scope_meant", "talk.out_of_scope_point"]
    text = "\n".join(turn.say(line) for line in lines)
    return Outcome([Reply(text, choices)], turn.talk, act="out_of_scope")


ACTION = Action(name="out_of_scope", run=run, acts=("out_of_scope",))
