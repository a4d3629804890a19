"""Greetings, thanks, farewells, a yes or no out of the blue, anger: brief, warm, back to the matter."""

from __future__ import annotations

import msgspec

from actions.contract import Action, Choice, Outcome, Pending, Reply, Turn
from actions.learning import day_near, learn


async def run(turn: Turn) -> Outcome:
    act = turn.understanding.act
    if turn.payload and turn.payload.startswith("menu:"):
        turn.talk.pending = Pending("which_topic")
        return Outcome([Reply(turn.say("talk.greeting_ask"))], turn.talk, act="help")
    if turn.payload and turn.payload.partition(":")[0] == "start":
        return _start(turn)
    if act == "greet":
        return Outcome([_welcome(turn)], turn.talk, act="greet")
    if act == "cancel":
        turn.talk.pending = None
        return Outcome([Reply(turn.say("talk.nothing_to_cancel"), menu(turn))], turn.talk, act="cancel")
    if act == "deny":
        turn.talk.pending = None
    choices = menu(turn) if act in ("affirm", "abuse") else ()
    return Outcome([Reply(turn.say(f"talk.{act}"), choices)], turn.talk, act=act)


def _start(turn: Turn) -> Outcome:
    """Somebody opens the chat, or follows us: by a link of their province (`start:hung-yen`) it is known."""
    province = (turn.payload or "").partition(":")[2]
    if province in turn.provinces:
        turn = msgspec.structs.replace(turn, profile=msgspec.structs.replace(turn.profile, province=province))
    return Outcome([_welcome(turn)], turn.talk, profile=turn.profile, act="greet")


def _welcome(turn: Turn) -> Reply:
    """The greeting; on 15 March and in the week before also what the day offers."""
    text = greeting(turn)
    if day_near(turn.today) and turn.talk.form is None:
        text += "\n" + turn.say("quiz.day_today" if turn.today.day == 15 else "quiz.day_soon")
    return Reply(text, (*menu(turn), *learn(turn)))


def greeting(turn: Turn) -> str:
    if turn.talk.introduced:
        return turn.say("talk.greeting_again")
    name = turn.profile.first_name
    hello = turn.say("talk.greeting", name=name) if name else turn.say("talk.greeting_nameless")
    return hello + "\n" + turn.say("talk.greeting_ask")


def menu(turn: Turn) -> tuple[Choice, ...]:
    """What can be done next; nothing beside an open form, which asks for itself."""
    if turn.talk.form is not None:
        return ()
    return (
        turn.choice("talk.menu_report", "menu:report"),
        turn.choice("talk.menu_ask", "menu:ask"),
        turn.choice("talk.menu_track", "track"),
        turn.choice("talk.menu_officer", "officer"),
    )


ACTION = Action(
    name="small_talk",
    run=run,
    acts=("greet", "thanks", "goodbye", "affirm", "deny", "cancel", "abuse"),
    payloads=("menu", "start"),
)
