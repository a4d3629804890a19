"""What the bot can do, with things to type; and who is speaking."""

from __future__ import annotations

from actions.contract import Action, Outcome, Reply, Turn
from actions.learning import learn
from actions.small_talk import menu
from actions.wording import joined


async def run(turn: Turn) -> Outcome:
    if turn.understanding.act == "about_bot" and not turn.payload:
        return Outcome([Reply(about(turn))], turn.talk, act="about_bot")
    return Outcome([Reply(turn.say("help.full"), (*menu(turn), *learn(turn)))], turn.talk, act="help")


def about(turn: Turn) -> str:
    return turn.say("about.who", province=served(turn)) + "\n\n" + turn.say("about.data")


def served(turn: Turn) -> str:
    """The provinces whose system this is, as they are named in a sentence."""
    known = [turn.profile.province] if turn.profile.province else turn.provinces
    *first, last = (turn.catalog.provinces[id_].province.name.in_(turn.profile.language) for id_ in known)
    return turn.say("about.and", first=joined(first), last=last) if first else last


ACTION = Action(name="help", run=run, acts=("help", "about_bot"), payloads=("help",))
