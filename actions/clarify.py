"""Not sure what was meant: offer the near topics; the second time, a person."""

from __future__ import annotations

from actions.contract import Action, Choice, Outcome, Pending, Reply, Turn
from actions.give_guidance import near_topics
from actions.my_data import offer_to_learn


async def run(turn: Turn) -> Outcome:
    if turn.payload == "none":
        return _again(turn)
    talk = turn.talk
    talk.misses += 1
    talk.last_story, talk.last_understanding = turn.text, turn.understanding
    if not any(character.isalnum() for character in turn.text):
        return Outcome([Reply(turn.say("talk.empty"))], talk, act=turn.understanding.act)
    if talk.misses >= 2:
        talk.pending = Pending("offer_officer")
        offered = (turn.choice("clarify.officer_yes", "officer"), turn.choice("talk.no", "none"))
        return _say(turn, turn.say("clarify.offer_officer"), (*offered, *offer_to_learn(turn)))
    near = near_topics(turn)
    if not near:
        return _say(turn, turn.say("clarify.again"), offer_to_learn(turn))
    talk.pending = Pending("which_topic")
    language = turn.profile.language
    choices = tuple(Choice(turn.catalog.topics[id_].title.in_(language), f"topic:{id_}") for id_ in near)
    return _say(
        turn, turn.say("clarify.which_topic"), (*choices, turn.choice("clarify.none_of_these", "none"))
    )


def _again(turn: Turn) -> Outcome:
    turn.talk.pending = None
    officer = turn.choice("talk.menu_officer", "officer")
    return _say(turn, turn.say("clarify.again"), (officer, *offer_to_learn(turn)))


def _say(turn: Turn, text: str, choices: tuple[Choice, ...] = ()) -> Outcome:
    return Outcome(
        [Reply(text, choices)], turn.talk, act=turn.understanding.act, topic=turn.understanding.topic
    )


ACTION = Action(name="clarify", run=run, payloads=("none",))
